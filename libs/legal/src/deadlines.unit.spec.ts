import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCalendarDays } from './calendar.js';
import {
  type DeadlineId,
  deadlineIds,
  dueDate,
  explainText,
  explanationSchema,
  termMet,
  termPassed,
} from './deadlines.js';
import { languages } from './languages.js';
import { explainKeptUntil, keptUntil, retentionRuleIds } from './retention.js';
import { lawVersion, UnknownLawVersion } from './versions.js';

const anyDate = fc.integer({ min: 10_000, max: 40_000 }).map((days) => addCalendarDays('1970-01-01', days));

describe('due dates', () => {
  it.each<[DeadlineId, string, string]>([
    ['hearing', '2026-03-02', '2026-03-12'],
    ['hearing', '2026-12-24', '2027-01-03'],
    ['mandatory_interview', '2026-03-02', '2026-03-12'],
    ['acceptance_decision', '2026-03-02', '2026-03-12'],
    ['registered_letter_received', '2026-03-02', '2026-03-05'],
    ['registered_letter_received', '2026-04-30', '2026-05-06'],
    ['collective_decision', '2026-03-02', '2026-06-02'],
    ['collective_decision_with_analysis', '2026-03-02', '2026-09-02'],
    ['advice', '2026-03-02', '2026-06-02'],
    ['advice_extended', '2026-03-02', '2026-09-02'],
    ['employer_measures', '2026-03-02', '2026-04-02'],
    ['employer_decision', '2026-03-02', '2026-05-02'],
    ['union_objection', '2026-03-02', '2026-03-17'],
    ['training', '2026-03-02', '2028-03-02'],
    ['supervision', '2026-03-02', '2027-03-02'],
    ['referral_acceptance', '2026-03-02', '2026-03-12'],
    ['referral_expiry', '2026-03-02', '2026-03-16'],
    ['access_answer', '2026-01-31', '2026-02-28'],
    ['access_answer_extended', '2026-03-02', '2026-06-02'],
    ['access_answer_handed_out', '2026-03-02', '2026-03-23'],
  ])('%s from %s is %s', (id, start, due) => {
    expect(dueDate(id, start).due).toBe(due);
  });

  it('are met on the last day and passed on the next', () => {
    const { due } = dueDate('hearing', '2026-03-02');
    expect([termMet(due, '2026-03-12'), termMet(due, '2026-03-13')]).toEqual([true, false]);
    expect([termPassed(due, '2026-03-12'), termPassed(due, '2026-03-13')]).toEqual([false, true]);
  });

  it('never come earlier when the start is later, and always lie after the start', () => {
    fc.assert(
      fc.property(fc.constantFrom(...deadlineIds), anyDate, fc.nat(400), (id, start, later) => {
        const first = dueDate(id, start).due;
        expect(first > start).toBe(true);
        expect(dueDate(id, addCalendarDays(start, later)).due >= first).toBe(true);
      }),
    );
  });

  it('refuse a date that does not exist and an edition that is not there', () => {
    expect(() => dueDate('hearing', '2026-02-30')).toThrow('a real calendar date');
    expect(() => dueDate('hearing', '2026-03-02', '1999.1')).toThrow(UnknownLawVersion);
  });
});

describe('explanations', () => {
  it('say every step, as data', () => {
    const { explain } = dueDate('registered_letter_received', '2026-04-30');
    expect(explain).toMatchObject({
      deadline: 'registered_letter_received',
      start: '2026-04-30',
      unit: 'working_days',
      amount: 3,
      due: '2026-05-06',
      skipped: [
        { date: '2026-05-01', why: 'labour_day' },
        { date: '2026-05-02', why: 'saturday' },
        { date: '2026-05-03', why: 'sunday' },
      ],
      status: 'sourced',
      lawVersion,
    });
  });

  it('survive JSON and can be worded in every language', () => {
    fc.assert(
      fc.property(fc.constantFrom(...deadlineIds), anyDate, (id, start) => {
        const { explain } = dueDate(id, start);
        const stored = explanationSchema.parse(JSON.parse(JSON.stringify(explain)));
        expect(stored).toEqual(explain);
        for (const language of languages) {
          const text = explainText(stored, language);
          expect(text).toContain(explain.source.cite);
          expect(text).toContain(lawVersion);
          expect(text).not.toContain('undefined');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('read well', () => {
    expect(explainText(dueDate('hearing', '2026-03-01').explain, 'nl')).toBe(
      'Horen en informeren: ten laatste op 11 maart 2026. De termijn is 10 kalenderdagen te rekenen vanaf het eerste contact op 1 maart 2026; de eerste dag telt niet mee, de laatste wel. Bron: FPS Employment: first contact and information. Versie van de wetsgegevens: 2026.1.',
    );
    expect(explainText(dueDate('hearing', '2026-03-01').explain, 'fr')).toContain('le 1er mars 2026');
    expect(explainText(dueDate('employer_measures', '2026-03-02').explain, 'de')).toContain('nach 1 Monat;');
    expect(explainText(dueDate('employer_measures', '2026-03-02').explain, 'en')).toContain(
      'confirmed by a Belgian lawyer',
    );
    expect(explainText(dueDate('registered_letter_received', '2026-03-02').explain, 'en')).toContain(
      'received: on 5 March',
    );
  });
});

describe('retention', () => {
  it('runs from the rule and stays within its bounds', () => {
    expect(keptUntil('informal_case', '2026-03-02').until).toBe('2036-03-02');
    expect(keptUntil('informal_case', '2026-03-02', { amount: 20 }).until).toBe('2046-03-02');
    expect(keptUntil('formal_request', '2026-03-02').until).toBe('2046-03-02');
    expect(keptUntil('third_party_entry', '2028-02-29').until).toBe('2033-02-28');
    expect(() => keptUntil('informal_case', '2026-03-02', { amount: 4 })).toThrow(
      'retention informal_case: 5 to 20 years',
    );
    expect(() => keptUntil('third_party_entry', '2026-03-02', { amount: 6 })).toThrow('5 to 5 years');
  });
  it('is explained in every language', () => {
    expect(explainKeptUntil(keptUntil('informal_case', '2026-03-02'), 'en')).toBe(
      'Informal case: kept up to and including 2 March 2036, 10 years after closing (2 March 2026). Source: No law sets a period; own choice within the 5 to 20 years experts name. Law data version: 2026.1. Our own choice: no legal rule found.',
    );
    for (const rule of retentionRuleIds)
      for (const language of languages)
        expect(explainKeptUntil(keptUntil(rule, '2026-03-02'), language)).not.toContain('undefined');
  });
});
