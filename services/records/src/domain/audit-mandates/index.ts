import { createCodec, type Codec } from '@toeverlaat/event-log';
import { auditMandateEvents, auditMandateUpcasts } from './events.js';

/** One stream per organisation: `records.auditmandates-<organisation>_all`. */
export const auditMandatesCategory = 'records.auditmandates';
export const AUDIT_MANDATES_ID = 'all';
export const auditMandatesCodec: Codec<typeof auditMandateEvents> = createCodec({
  events: auditMandateEvents,
  upcasts: auditMandateUpcasts,
  recordSubject: (id) => `audit_mandate/${id}`,
});

export { type AuditMandateEvent, type AuditScope } from './events.js';
/** The part of them that one mandate is: its key ends it, and no other. */
export const auditMandateSubject = (mandateId: string): string => `audit_mandate/${AUDIT_MANDATES_ID}#${mandateId}`;

export {
  initialAuditMandates,
  isKnown,
  mandatesOf,
  mandateStateOn,
  scopeOn,
  type AuditMandate,
  type AuditMandatesState,
  type Scope,
} from './state.js';
export { auditMandatesDecider, type AuditMandateCommand } from './decide.js';
