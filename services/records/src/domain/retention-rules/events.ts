import { clear, eventType, optional, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import { reportSchema } from '../simulation.js';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). One stream per organisation, so that every change is
 * decided with those before it in view. Rules are data for everybody who keeps records: clear; what the proposer wrote about
 * them is sealed.
 */

const rules = () => clear(z.array(v.retentionTermsSchema).min(1).max(v.MAX_RULES));
const capacity = z.string().regex(/^[a-z_]{1,40}$/);

export const RetentionRulesProposed = eventType('records', 'RetentionRulesProposed', 1, {
  proposalId: clear(v.idSchema),
  rules: rules(),
  scope: clear(z.enum(v.ruleScopes)),
  /** With scope `selected`: kept records by id. */
  selected: optional(clear(z.array(v.idSchema).min(1).max(v.MAX_NAMED))),
  /** Without it: the day of activation. */
  validFrom: optional(clear(v.dateSchema)),
  proposedBy: clear(v.pseudonymSchema),
  proposedAs: clear(capacity),
  motive: text(v.MAX_MOTIVE),
});

/** What the change would do, as counted then: kept with the activation (design rule 12). */
export const RetentionChangeSimulated = eventType('records', 'RetentionChangeSimulated', 1, {
  proposalId: clear(v.idSchema),
  report: clear(reportSchema),
  /** SHA-256 of the canonical JSON of the report: of the file that is exported. */
  reportHash: clear(v.hashSchema),
});

export const RetentionRulesActivated = eventType('records', 'RetentionRulesActivated', 1, {
  proposalId: clear(v.idSchema),
  /** From 1; 0 is the law's own set. */
  version: clear(z.number().int().min(1)),
  rules: rules(),
  scope: clear(z.enum(v.ruleScopes)),
  selected: optional(clear(z.array(v.idSchema).min(1).max(v.MAX_NAMED))),
  validFrom: clear(v.dateSchema),
  reportHash: clear(v.hashSchema),
  proposedBy: clear(v.pseudonymSchema),
  proposedAs: clear(capacity),
  activatedBy: clear(v.pseudonymSchema),
  activatedAs: clear(capacity),
});

export const RetentionProposalWithdrawn = eventType('records', 'RetentionProposalWithdrawn', 1, {
  proposalId: clear(v.idSchema),
});

/** "Never" is looked at again on the day it named. */
export const NeverReviewFellDue = eventType('records', 'NeverReviewFellDue', 1, {
  recordClass: clear(v.recordClassSchema),
  reviewOn: clear(v.dateSchema),
});

export const rulesEvents = [
  RetentionRulesProposed,
  RetentionChangeSimulated,
  RetentionRulesActivated,
  RetentionProposalWithdrawn,
  NeverReviewFellDue,
] as const;
export type RulesEvent = EventOf<typeof rulesEvents>;
