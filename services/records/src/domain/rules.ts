import { refuse, reject, type Decision } from '@toeverlaat/event-log';

/** Every rule a decider of this service may refuse with; the contracts file lists the same and a test compares them. */
export const recordsRuleNames = [
  'rules_overlap',
  'rules_contradict',
  'trigger_not_of_class',
  'action_not_of_class',
  'not_a_period',
  'shorter_than_law',
  'longer_than_law',
  'never_not_allowed',
  'never_without_motive',
  'never_without_review',
  'review_not_in_future',
  'motive_without_never',
  'valid_from_past',
  'records_not_named',
  'record_open',
  'record_on_hold',
  'record_of_other_class',
  'not_of_the_controller',
  'counsellor_needed',
  'second_person_needed',
  'not_simulated',
  'simulation_outdated',
  'proposal_decided',
  'rules_unchanged',
  'hold_is_lifted',
  'held_period_reversed',
  'destruction_under_way',
  'not_due',
  'year_of_replay_not_over',
  'policy_not_kept',
  'audit_mandate_needed',
  'outside_audit_mandate',
  'audit_mandate_reversed',
  'audit_mandate_too_long',
  'audit_mandate_past',
  'audit_mandate_over',
  'audit_mandate_of_own',
  'audit_scope_not_named',
  'not_an_auditor',
  'access_alarm_dismissed',
  'access_alarm_of_own',
] as const;
export type RecordsRule = (typeof recordsRuleNames)[number];

export const refuseRule = (
  rule: RecordsRule,
  source?: string,
  params?: Readonly<Record<string, string | number>>,
): Decision<never> => refuse(rule, source, params);

export const NOT_FOUND = reject({ kind: 'NotFound' });
