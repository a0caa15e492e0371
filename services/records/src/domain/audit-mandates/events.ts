import { clear, code, eventType, optional, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). One stream per organisation, so that what an auditor may ask
 * is folded from the log at each question. Clear: the scope, by pseudonymous ids, and the days. Who the auditor is, and why,
 * is sealed.
 */

export const auditScopes = ['organisation', 'records', 'handlers'] as const;
export type AuditScope = (typeof auditScopes)[number];

export const AuditMandateGiven = eventType('records', 'AuditMandateGiven', 1, {
  mandateId: clear(v.idSchema),
  auditor: code(v.personSchema),
  scope: clear(z.enum(auditScopes)),
  records: optional(clear(z.array(v.localIdSchema).min(1).max(v.MAX_NAMED))),
  handlers: optional(clear(z.array(v.pseudonymSchema).min(1).max(v.MAX_NAMED))),
  from: clear(v.dateSchema),
  /** First day on which it no longer holds. */
  to: clear(v.dateSchema),
  givenBy: clear(v.pseudonymSchema),
  givenAs: clear(z.string().regex(/^[a-z_]{1,40}$/)),
  motive: text(v.MAX_MOTIVE),
});

/** Not in effect from the moment this is recorded. */
export const AuditMandateEnded = eventType('records', 'AuditMandateEnded', 1, {
  mandateId: clear(v.idSchema),
  on: clear(v.dateSchema),
  motive: text(v.MAX_MOTIVE),
});

export const auditMandateEvents = [AuditMandateGiven, AuditMandateEnded] as const;
export type AuditMandateEvent = EventOf<typeof auditMandateEvents>;
