import { erasableClasses, subjectParts } from '@toeverlaat/contracts';
import { retentionRuleIds } from '@toeverlaat/legal';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregates } from './inventory.js';
import { readJson } from './workspace.js';

/**
 * Every kind of stream is kept under a rule that ends it, or somebody said why it has no term (ADR 78): what nobody thought of when it was
 * first stored would stay for ever.
 */
const FILE = 'docs/events/kept-under.json';
const reason = z.string().min(40);
const listSchema = z.strictObject({
  /** By category: the record classes of retention that its streams are kept under. */
  kept: z.record(z.string(), z.array(z.enum(retentionRuleIds)).min(1)),
  /** By category: why it has no term. */
  kept_without_a_term: z.record(z.string(), reason),
  /** Record classes of which nothing is stored yet. */
  no_records_yet: z.partialRecord(z.enum(retentionRuleIds), reason),
});
const list = listSchema.parse(readJson(FILE));

const all = await aggregates();
const kept = Object.keys(list.kept);
const without = Object.keys(list.kept_without_a_term);

describe('what is stored', () => {
  it('is kept under a rule, or somebody said why it has no term', () => {
    const known = new Set([...kept, ...without]);
    expect(
      all.map(({ category }) => category).filter((category) => !known.has(category)),
      `say in ${FILE} under which rule it is kept and feed it (services/records), or why it has no term`,
    ).toEqual([]);
  });

  it('is said of once, and of nothing that is not stored', () => {
    expect(kept.filter((category) => without.includes(category))).toEqual([]);
    const stored = new Set(all.map(({ category }) => category));
    expect([...kept, ...without].filter((category) => !stored.has(category))).toEqual([]);
  });

  it('has every class of the law data behind it, or that is to come', () => {
    const used = new Set([...Object.values(list.kept).flat(), ...Object.keys(list.no_records_yet)]);
    expect(retentionRuleIds.filter((recordClass) => !used.has(recordClass))).toEqual([]);
    expect(
      Object.values(list.kept)
        .flat()
        .filter((recordClass) => recordClass in list.no_records_yet),
    ).toEqual([]);
  });

  it('and is kept under a rule, hangs on keys of a class that a service ends', () => {
    for (const { category, codec } of all.filter(
      ({ category: one }) => kept.includes(one) && one !== '<service>.access',
    )) {
      const subject = codec.recordSubject('11111111-2222-4333-8444-555555555555');
      expect(subjectParts(subject)?.service, `${category}`).toBe(category.slice(0, category.indexOf('.')));
    }
    // The access history ends by the mapping of its year, which records keep.
    expect(erasableClasses.actors).toBe('records');
  });
});
