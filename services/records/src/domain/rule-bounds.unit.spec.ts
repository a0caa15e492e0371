import { plainText } from '@toeverlaat/event-log';
import {
  lawfulTerms,
  lawVersion,
  monthsOfPeriod,
  periodOfMonths,
  retentionBounds,
  retentionRule,
  retentionRuleIds,
  type RetentionController,
  type RetentionRuleId,
} from '@toeverlaat/legal';
import { organisationId, uuidV5, type CommandId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { rulesDecider, type Named } from './retention-rules/index.js';

/*
 * The clauses of a class are its controller's, within the law (domain.md §3). Held against every class there is, so that one that is
 * added later is held to it too.
 */

const capacities = [
  'records_manager',
  'administrator',
  'counsellor',
  'prevention_adviser',
  'data_protection_officer',
  'employer',
  'committee_member',
  'auditor',
] as const;
/** Written down by hand: who sets the rules of what stands under whose responsibility. */
const mayPropose: Readonly<Record<RetentionController, readonly (typeof capacities)[number][]>> = {
  counsellor: ['records_manager', 'counsellor'],
  adviser: ['prevention_adviser'],
  organisation: ['records_manager', 'administrator', 'counsellor'],
};
const KEPT = uuidV5('bounds', 'kept');

const proposed = (
  recordClass: RetentionRuleId,
  period: string,
  capacity: string,
  named?: Omit<Named, 'keptId' | 'recordClass'>,
): string => {
  const decision = rulesDecider.decide(
    {
      type: 'ProposeRules',
      data: {
        proposalId: uuidV5('bounds', 'proposal'),
        rules: [{ ...lawfulTerms(recordClass), period }],
        scope: named === undefined ? 'all' : 'selected',
        selected: named === undefined ? [] : [KEPT],
        named: named === undefined ? [] : [{ keptId: KEPT, recordClass, ...named }],
        motive: plainText('Within the bounds'),
      },
      meta: {
        commandId: uuidV5('bounds', 'command') as CommandId,
        organisation: organisationId('gentia'),
        at: '2026-11-25T09:00:00.000Z',
        today: '2026-11-25',
        actor: { pseudonym: 'somebody2026', capacity },
        lawVersion,
      },
    },
    rulesDecider.initial,
  );
  if (decision.kind === 'accepted') return 'accepted';
  return decision.rejection.kind === 'RuleRefused' ? decision.rejection.code : decision.rejection.kind;
};
const setterOf = (recordClass: RetentionRuleId): string =>
  mayPropose[retentionRule(recordClass).value.controller][0] ?? '';
const month = (period: string, change: number): string => periodOfMonths((monthsOfPeriod(period) ?? 0) + change);

describe.each(retentionRuleIds)('the clauses of %s', (recordClass) => {
  const { shortest, longest } = retentionBounds(recordClass);
  const { controller, amount, unit } = retentionRule(recordClass).value;
  const usual = periodOfMonths(unit === 'years' ? amount * 12 : amount);

  it('are set by their controller alone', () => {
    for (const capacity of capacities)
      expect([capacity, proposed(recordClass, usual, capacity)]).toEqual([
        capacity,
        mayPropose[controller].includes(capacity) ? 'accepted' : 'not_of_the_controller',
      ]);
  });

  it('stay within the law, to the month', () => {
    const by = setterOf(recordClass);
    expect(proposed(recordClass, shortest, by)).toBe('accepted');
    expect(proposed(recordClass, longest, by)).toBe('accepted');
    expect(proposed(recordClass, month(longest, 1), by)).toBe('longer_than_law');
    const below = monthsOfPeriod(shortest) === 1 ? 'P0M' : month(shortest, -1);
    expect(proposed(recordClass, below, by)).toBe(below === 'P0M' ? 'not_a_period' : 'shorter_than_law');
  });

  it('are never changed for what is open or held', () => {
    const by = setterOf(recordClass);
    expect(proposed(recordClass, usual, by, { open: true, held: false })).toBe('record_open');
    expect(proposed(recordClass, usual, by, { open: false, held: true })).toBe('record_on_hold');
    expect(proposed(recordClass, usual, by, { open: false, held: false })).toBe('accepted');
  });
});
