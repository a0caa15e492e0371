import { createCodec, type Codec } from '@toeverlaat/event-log';
import { auditMandateEvents } from './events.js';

/** One stream per organisation: `records.auditmandates-<organisation>_all`. */
export const auditMandatesCategory = 'records.auditmandates';
export const AUDIT_MANDATES_ID = 'all';
export const auditMandatesCodec: Codec<typeof auditMandateEvents> = createCodec({
  events: auditMandateEvents,
  recordSubject: (id) => `audit_mandate/${id}`,
});

export { type AuditMandateEvent, type AuditScope } from './events.js';
export {
  initialAuditMandates,
  mandatesOf,
  mandateStateOn,
  scopeOn,
  type AuditMandate,
  type AuditMandatesState,
  type Scope,
} from './state.js';
export { auditMandatesDecider, type AuditMandateCommand } from './decide.js';
