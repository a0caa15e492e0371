import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { holidayLabels } from './calendar.js';
import { codeLists, kindOfFacts, labelOf } from './codes.js';
import { datumSchema, inForceOn } from './datum.js';
import { deadlineIds } from './deadlines.js';
import { designationFunctions } from './designation.js';
import { glossary, glossaryEntry, glossarySchema } from './glossary.js';
import { labelsSchema, languages } from './languages.js';
import { retentionRuleIds } from './retention.js';
import { pages } from './sources.js';
import { blanksOf, beforeContactRequest, lawText, textKeys, texts } from './texts.js';
import { isLawVersion, lawSet, lawVersions } from './versions.js';

/** Every wording anywhere in a value, complete or not, so that a new datum cannot forget a language. */
const wordingsIn = (value: unknown): readonly object[] => {
  if (typeof value !== 'object' || value === null) return [];
  const members = Object.entries(value);
  const isWording = members.some(
    ([key, member]) => languages.some((each) => each === key) && typeof member === 'string',
  );
  return isWording ? [value] : members.flatMap(([, member]) => wordingsIn(member));
};

describe.each(lawVersions)('edition %s', (version) => {
  const law = lawSet(version);
  const data = [
    ...law.deadlines,
    ...Object.values(law.settings),
    ...law.incompatibilities,
    ...Object.values(law.designationRules),
    ...law.retentionRules,
    law.destructionTerm,
    ...law.secrecyReferences,
  ];

  it('has a source, a status and a date of effect for each datum', () => {
    for (const datum of data)
      expect(datumSchema.safeParse(datum).error?.message ?? `${datum.id} ok`).toBe(`${datum.id} ok`);
    for (const steps of Object.values(law.protection))
      for (const rule of Object.values(steps)) {
        expect(rule.source.cite.length).toBeGreaterThan(0);
        expect(rule.status === 'sourced' && rule.source.urls.length === 0).toBe(false);
      }
  });
  it('has each id once, and every id it should have', () => {
    expect(law.deadlines.map(({ id }) => id).toSorted()).toEqual([...deadlineIds].toSorted());
    expect(law.retentionRules.map(({ id }) => id).toSorted()).toEqual([...retentionRuleIds].toSorted());
    expect(law.incompatibilities.map(({ id }) => id).toSorted()).toEqual([...designationFunctions].toSorted());
    for (const [id, datum] of Object.entries(law.settings)) expect(datum.id).toBe(id);
    for (const { value } of law.retentionRules)
      expect(
        value.min <= value.amount && value.amount <= value.max && value.min > 0 && value.actions.includes(value.action),
      ).toBe(true);
  });
  it('has one secrecy reference on every day', () => {
    for (const day of ['1900-01-01', '2026-04-07', '2026-04-08', '2099-01-01'])
      expect(law.secrecyReferences.filter((each) => inForceOn(each, day))).toHaveLength(1);
  });
  it('has every label in four languages', () => {
    const wordings = wordingsIn([law, codeLists.map((list) => list.labels), holidayLabels]);
    for (const wording of wordings)
      expect(labelsSchema.safeParse(wording).error?.message ?? 'complete').toBe('complete');
    expect(wordings.length).toBeGreaterThan(100);
  });
});

describe('codes', () => {
  it('are labelled in four languages, accepted by their schema, and nothing else is', () => {
    for (const list of codeLists) {
      expect(new Set(list.values).size).toBe(list.values.length);
      for (const code of list.values) {
        expect(code).toMatch(/^[a-z][a-z_]*$/);
        expect(labelsSchema.safeParse(list.labels[code]).success).toBe(true);
        expect(list.schema.safeParse(code).success).toBe(true);
      }
      expect(list.schema.safeParse('no_such_code').success).toBe(false);
    }
    expect(new Set(codeLists.map(({ name }) => name)).size).toBe(codeLists.length);
    expect(labelOf(kindOfFacts, 'bullying', 'nl')).toBe('pesterijen');
  });
});

describe('glossary', () => {
  it('is complete, and each code term stands in it once', () => {
    expect(glossarySchema.safeParse(glossary).success).toBe(true);
    expect(new Set(glossary.map(({ term }) => term)).size).toBe(glossary.length);
    expect(glossary).toHaveLength(54);
    expect(glossaryEntry('ContactRequest').nl).toBe('contactvraag');
  });
});

describe('wordings', () => {
  it('are in four languages with the same blanks', () => {
    for (const key of textKeys)
      for (const language of languages)
        expect([...texts[key][language].matchAll(/\{(\w+)\}/g)].map((match) => match[1])).toEqual(blanksOf(key));
  });
  it('fill their blanks or refuse', () => {
    expect(lawText('limits.retention', 'fr', { years: '10' })).toContain('10 ans');
    expect(() => lawText('limits.retention', 'fr')).toThrow('text limits.retention: no value for {years}');
  });
  it('of an edition that is not there are refused', () => {
    expect(() => lawText('contact.who_will_know', 'nl', {}, '1999.1')).toThrow(
      'law version: 1999.1 is not one of 2026.1',
    );
  });
  it('tell the worker everything before sending', () => {
    for (const key of ['contact.who_will_know', 'contact.what_employer_learns', 'contact.which_clock_starts'] as const)
      expect(beforeContactRequest).toContain(key);
    expect(lawText('limits.threat_model', 'en')).toBe(
      "Against outsiders, other organisations, colleagues, the accused, the employer's managers, a stolen disk, a stolen backup, a curious auditor and a curious operator without the root key: protected. Against whoever holds the root key on a running server: until free text is sealed in the browser, not protected; the access history covers access through the product.",
    );
  });
  it('never call a contact request a report', () => {
    for (const key of textKeys.filter((each) => each.startsWith('contact.') && each !== 'contact.not_whistleblowing'))
      expect(`${texts[key].nl} ${texts[key].en}`).not.toMatch(/melding|\breport\b/i);
  });
});

describe('sources', () => {
  it('are addresses, or say what they are', () => {
    for (const [id, addresses] of Object.entries(pages)) {
      expect(id).toMatch(/^s\d+$/);
      for (const address of addresses.filter((each) => each.startsWith('http')))
        expect(z.url().safeParse(address).success).toBe(true);
    }
  });
  it('know which editions there are', () => {
    expect([isLawVersion('2026.1'), isLawVersion('2026.2')]).toEqual([true, false]);
  });
});
