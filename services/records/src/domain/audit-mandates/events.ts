import {
  clear,
  eventType,
  optional,
  participantCode,
  participantText,
  type EventOf,
  type Upcast,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). One stream per organisation, so that what an auditor may ask
 * is folded from the log at each question. Clear: the scope, by pseudonymous ids, and the days. Who the auditor is, and why,
 * is sealed for that one mandate, which ends by itself (ADR 78).
 */

export const auditScopes = ['organisation', 'records', 'handlers'] as const;
export type AuditScope = (typeof auditScopes)[number];

export const AuditMandateGiven = eventType('records', 'AuditMandateGiven', 2, {
  mandateId: clear(v.idSchema),
  /** `all`: of version 1, sealed under the one key of all mandates of the organisation. */
  sealedFor: clear(z.enum(['mandate', 'all'])),
  auditor: participantCode(v.personSchema, 'mandateId'),
  scope: clear(z.enum(auditScopes)),
  records: optional(clear(z.array(v.localIdSchema).min(1).max(v.MAX_NAMED))),
  handlers: optional(clear(z.array(v.pseudonymSchema).min(1).max(v.MAX_NAMED))),
  from: clear(v.dateSchema),
  /** First day on which it no longer holds. */
  to: clear(v.dateSchema),
  givenBy: clear(v.pseudonymSchema),
  givenAs: clear(z.string().regex(/^[a-z_]{1,40}$/)),
  motive: participantText(v.MAX_MOTIVE, 'mandateId'),
});

/** Not in effect from the moment this is recorded. */
export const AuditMandateEnded = eventType('records', 'AuditMandateEnded', 2, {
  mandateId: clear(v.idSchema),
  on: clear(v.dateSchema),
  motive: participantText(v.MAX_MOTIVE, 'mandateId'),
});

/** A sealed value says itself which keys open it: those of version 1 stay as they are. */
export const auditMandateUpcasts: readonly Upcast[] = [
  {
    from: 'records.AuditMandateGiven.v1',
    to: AuditMandateGiven.type,
    up: (data) => ({ ...data, sealedFor: 'all' }),
  },
  { from: 'records.AuditMandateEnded.v1', to: AuditMandateEnded.type, up: (data) => data },
];

export const auditMandateEvents = [AuditMandateGiven, AuditMandateEnded] as const;
export type AuditMandateEvent = EventOf<typeof auditMandateEvents>;
