import { createCodec, type Codec } from '@toeverlaat/event-log';
import { evidenceEvents } from './events.js';

/** One stream per organisation: `records.evidence-<organisation>_log`. */
export const evidenceCategory = 'records.evidence';
export const EVIDENCE_ID = 'log';
export const evidenceCodec: Codec<typeof evidenceEvents> = createCodec({
  events: evidenceEvents,
  // No field is sealed, so no subject's key is ever asked for.
  recordSubject: (id) => `evidence/${id}`,
});

export { evidenceEvents, type EvidenceEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
