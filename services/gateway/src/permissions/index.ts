import type { PermissionTable } from '../prune.js';
import { casePermissions } from './case.js';
import { departurePermissions } from './departure.js';
import { directoryPermissions } from './directory.js';
import { evidencePermissions } from './evidence.js';
import { erasurePermissions } from './erasure.js';
import { intakePermissions } from './intake.js';
import { recordsPermissions } from './records.js';
import { retentionPermissions } from './retention.js';
import { referralPermissions } from './referral.js';
import { reportingPermissions } from './reporting.js';
import { subjectAccessPermissions } from './subject-access.js';
import { thirdPartyPermissions } from './third-party.js';
import { capacities, everybody, table } from './who.js';

/** Answers that every question or command shares; they are pruned where a capacity has nothing that leads to them. */
const results: PermissionTable = {
  'CommandAccepted.id': capacities,
  'CommandAccepted.revision': capacities,
  'CommandAccepted.token': capacities,
  'CommandAccepted.repeated': capacities,
  'Refused.message': capacities,
  'NotFound.message': capacities,
  'NotAllowed.message': capacities,
  'InvalidInput.message': capacities,
  'InvalidInput.field': capacities,
  'InvalidInput.rule': capacities,
  'RuleRefused.message': capacities,
  'RuleRefused.code': capacities,
  'RuleRefused.source': capacities,
  'StaleVersion.message': capacities,
  'StaleVersion.expected': capacities,
  'StaleVersion.actual': capacities,
  'CommandIdReused.message': capacities,
  'Erased.message': capacities,
  'TryLater.message': capacities,
  'TryLater.retryAfterMs': capacities,
};

const base: PermissionTable = {
  'Query.me': everybody,
  'Query.health': everybody,
  'Me.signedIn': everybody,
  'Me.capacities': everybody,
  'Me.acting': everybody,
  'Me.role': everybody,
  'Me.organisation': everybody,
  'Me.purpose': everybody,
  'Me.language': everybody,
  'Capacity.id': everybody,
  'Capacity.role': everybody,
  'Capacity.organisation': everybody,
  'Capacity.label': everybody,
  'Capacity.sites': everybody,
  'Capacity.purposes': everybody,
  'Capacity.mandate': everybody,
  'CapacityMandate.id': everybody,
  'CapacityMandate.home': everybody,
  'CapacityMandate.from': everybody,
  'CapacityMandate.to': everybody,
  'Health.status': everybody,
};

/**
 * Who may see which field: the committed table that every capacity's schema is pruned by. Every field stands here once;
 * a test fails on one that does not and on a line for a field that is gone. Whether a caller may see one particular
 * record is decided by its service; this table decides what kinds of things exist for a capacity at all.
 */
export const permissions: PermissionTable = table(
  results,
  base,
  directoryPermissions,
  intakePermissions,
  casePermissions,
  referralPermissions,
  reportingPermissions,
  recordsPermissions,
  evidencePermissions,
  retentionPermissions,
  erasurePermissions,
  departurePermissions,
  subjectAccessPermissions,
  thirdPartyPermissions,
);
export { results as resultPermissions };
