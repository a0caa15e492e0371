import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCalendarDays, addMonths, daysBetween } from './calendar.js';
import { languages } from './languages.js';
import { retentionRuleIds } from './retention.js';
import {
  checkRetentionRules,
  defaultRetentionRules,
  explainDue,
  keptUntilUnder,
  lastStartDue,
  lawfulTerms,
  monthsOfPeriod,
  periodOfMonths,
  retentionBounds,
  type RetentionTerms,
} from './retention-rules.js';

const TODAY = '2026-11-25';
const informal = (change: Partial<RetentionTerms> = {}): RetentionTerms => ({
  ...lawfulTerms('informal_case'),
  ...change,
});
const day = integer({ min: 0, max: 36_524 }).map((days) => addCalendarDays('1990-01-01', days));
const months = integer({ min: 1, max: 1_200 });

describe('periods', () => {
  it.each([
    ['P10Y', 120],
    ['P3M', 3],
    ['P1Y6M', 18],
    ['P0Y3M', 3],
  ])('%s is %i months', (period, expected) => {
    expect(monthsOfPeriod(period)).toBe(expected);
  });
  it.each(['', 'P', '10Y', 'P10', 'P2W', 'P30D', 'PT5H', 'P-1Y', 'P1M1Y', 'P1.5Y', 'p1y', 'never'])(
    '%s is no period of retention',
    (text) => {
      expect(monthsOfPeriod(text)).toBeUndefined();
    },
  );
  it('are written back as they are read', () => {
    assert(
      property(months, (count) => {
        expect(monthsOfPeriod(periodOfMonths(count))).toBe(count);
      }),
    );
  });
});

describe('the day until which a record is kept', () => {
  it.each([
    ['P1Y', '2024-02-29', '2025-02-28'],
    ['P4Y', '2024-02-29', '2028-02-29'],
    ['P10Y', '2024-02-29', '2034-02-28'],
    ['P1M', '2026-01-31', '2026-02-28'],
    ['P1M', '2028-01-31', '2028-02-29'],
    ['P3M', '2026-11-30', '2027-02-28'],
    ['P5Y', '2026-12-31', '2031-12-31'],
    // The nights on which the clock in Brussels changes move no date.
    ['P1Y', '2026-03-29', '2027-03-29'],
    ['P1Y', '2026-10-25', '2027-10-25'],
  ])('%s from %s: %s', (period, from, until) => {
    expect(keptUntilUnder(period, from)).toBe(until);
  });
  it('comes never sooner for a later start, nor for a longer period', () => {
    assert(
      property(day, integer({ min: 0, max: 400 }), months, integer({ min: 0, max: 24 }), (from, on, m, more) => {
        const later = addCalendarDays(from, on);
        expect(addMonths(from, m) <= addMonths(later, m)).toBe(true);
        expect(addMonths(from, m) <= addMonths(from, m + more)).toBe(true);
      }),
    );
  });
  it('is in the month that many months on, at most three days before the day it started on', () => {
    assert(
      property(day, months, (from, m) => {
        const until = keptUntilUnder(periodOfMonths(m), from) ?? '';
        const [year = 0, month = 0] = from.split('-').map(Number);
        expect(Number(until.slice(0, 4)) * 12 + Number(until.slice(5, 7))).toBe(year * 12 + month + m);
        const moved = Number(from.slice(8)) - Number(until.slice(8));
        expect(moved >= 0 && moved <= 3).toBe(true);
      }),
    );
  });
  it('divides all starts by one day: up to it they are due, after it they are not', () => {
    assert(
      property(day, months, (on, m) => {
        const period = periodOfMonths(m);
        const last = lastStartDue(period, on) ?? '';
        expect((keptUntilUnder(period, last) ?? '') < on).toBe(true);
        expect((keptUntilUnder(period, addCalendarDays(last, 1)) ?? '') >= on).toBe(true);
        expect(daysBetween(last, on)).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
  it('does not come under a rule without an end', () => {
    expect(keptUntilUnder('never', TODAY)).toBeUndefined();
    expect(lastStartDue('never', TODAY)).toBeUndefined();
  });
});

describe('a rule file', () => {
  it('of the law itself is in order, with one rule per class', () => {
    const rules = defaultRetentionRules();
    expect(rules.map(({ recordClass }) => recordClass)).toEqual(retentionRuleIds);
    expect(checkRetentionRules(rules, TODAY)).toEqual({ ok: true, value: undefined });
    expect(rules.find(({ recordClass }) => recordClass === 'formal_request')).toEqual({
      recordClass: 'formal_request',
      trigger: 'submitted',
      period: 'P20Y',
      action: 'keep_counts',
    });
  });
  it.each<[string, readonly RetentionTerms[], object]>([
    [
      'shorter than the law',
      [informal({ period: 'P4Y11M' })],
      { field: 'period', fault: 'shorter_than_law', bound: 'P5Y' },
    ],
    [
      'longer than the law',
      [informal({ period: 'P20Y1M' })],
      { field: 'period', fault: 'longer_than_law', bound: 'P20Y' },
    ],
    [
      'fixed by the law',
      [{ ...lawfulTerms('third_party_entry'), period: 'P6Y' }],
      { fault: 'longer_than_law', bound: 'P5Y' },
    ],
    ['the same class twice', [informal(), informal()], { at: 1, field: 'recordClass', fault: 'overlaps' }],
    ['the same class otherwise', [informal(), informal({ period: 'P12Y' })], { at: 1, fault: 'contradicts' }],
    [
      'another trigger',
      [informal({ trigger: 'statement' })],
      { field: 'trigger', fault: 'trigger_not_of_class', bound: 'closed' },
    ],
    ['another end', [informal({ action: 'transfer' })], { field: 'action', fault: 'action_not_of_class' }],
    ['no period', [informal({ period: 'P0Y' })], { field: 'period', fault: 'not_a_period' }],
    [
      'never, of a class with a maximum',
      [informal({ period: 'never' })],
      { fault: 'never_not_allowed', bound: 'P20Y' },
    ],
    [
      'a motive without never',
      [informal({ motive: 'public_archive' })],
      { field: 'motive', fault: 'motive_without_never' },
    ],
  ])('with %s is refused', (_, rules, fault) => {
    expect(checkRetentionRules(rules, TODAY)).toMatchObject({ ok: false, error: fault });
  });
  it('says "never" with a motive and a day of review that is to come', () => {
    const { recordClass, trigger, action } = lawfulTerms('erasure_certificate');
    const never: RetentionTerms = { recordClass, trigger, action, period: 'never' };
    const motive = 'only_proof_of_destruction';
    expect(checkRetentionRules([never], TODAY)).toMatchObject({ error: { fault: 'never_without_motive' } });
    expect(checkRetentionRules([{ ...never, motive }], TODAY)).toMatchObject({
      error: { fault: 'never_without_review' },
    });
    expect(checkRetentionRules([{ ...never, motive, reviewOn: TODAY }], TODAY)).toMatchObject({
      error: { fault: 'review_not_in_future' },
    });
    expect(checkRetentionRules([{ ...never, motive, reviewOn: '2036-11-25' }], TODAY)).toMatchObject({ ok: true });
  });
  it('within the bounds of each class is in order, at both ends', () => {
    for (const id of retentionRuleIds) {
      const { shortest, longest } = retentionBounds(id);
      for (const period of [shortest, longest])
        expect(checkRetentionRules([{ ...lawfulTerms(id), period }], TODAY)).toMatchObject({ ok: true });
    }
  });
});

describe('"why this date"', () => {
  it('names the day, the period, the fact it runs from, what then, the version and the source', () => {
    const reason = { terms: informal(), start: '2026-03-14', ruleVersion: 0, lawVersion: '2026.1' };
    expect(explainDue(reason, 'en')).toBe(
      'Informal case: kept up to and including 14 March 2036, 10 years after closing (14 March 2026), and then destroyed; what was counted stays. Rule of the law data. Source: No law sets a period; own choice within the 5 to 20 years experts name. Law data version: 2026.1. Our own choice: no legal rule found.',
    );
    expect(explainDue({ ...reason, ruleVersion: 3 }, 'nl')).toContain('Eigen regel, versie 3');
  });
  it('is complete in four languages for every class: open, running and without an end', () => {
    for (const id of retentionRuleIds)
      for (const language of languages) {
        const terms = lawfulTerms(id);
        const never: RetentionTerms = { ...terms, period: 'never', motive: 'public_archive', reviewOn: '2036-01-01' };
        for (const [rule, start] of [
          [terms, undefined],
          [terms, '2026-02-28'],
          [never, '2026-02-28'],
        ] as const) {
          const text = explainDue({ terms: rule, start, ruleVersion: 1, lawVersion: '2026.1' }, language);
          expect(text).not.toMatch(/undefined|null|NaN|\{|\}| {2}/);
          expect(text.length).toBeGreaterThan(60);
        }
      }
  });
});
