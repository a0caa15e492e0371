import type { Rejection } from '@toeverlaat/event-log';
import type { OrganisationId, Result } from '@toeverlaat/values';
import { LeavingRefused, type LeavingRule } from './refusal.js';

/** Refusals of the process that a command passes on in its own words. */
const passedOn: readonly LeavingRule[] = [
  'departure_not_approved',
  'departure_too_soon',
  'transfer_begun',
  'handover_unknown',
  'confirmation_differs',
];

/** What the process of leaving answered. @throws LeavingRefused */
export const orRefuse = <T>(answer: Result<T, Rejection>, organisation: OrganisationId): T => {
  if (answer.ok) return answer.value;
  const code = answer.error.kind === 'RuleRefused' ? answer.error.code : undefined;
  const rule = passedOn.find((one) => one === code);
  if (rule !== undefined) throw new LeavingRefused(rule, organisation);
  if (answer.error.kind === 'Unavailable' || answer.error.kind === 'Erased')
    throw new LeavingRefused('departure_unreadable', organisation);
  // Anything else is a fault of ours.
  throw new TypeError(`a departure refused its own step: ${JSON.stringify(answer.error)}`);
};
