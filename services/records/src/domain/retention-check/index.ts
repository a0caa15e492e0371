import { createCodec, type Codec } from '@toeverlaat/event-log';
import { checkEvents } from './events.js';

/** One stream per organisation and year: `records.check-<organisation>_2026`. */
export const checkCategory = 'records.check';
export const checkCodec: Codec<typeof checkEvents> = createCodec({
  events: checkEvents,
  recordSubject: (id) => `retention_check/${id}`,
});

export { type CheckEvent } from './events.js';
export { initialCheck, type CheckState } from './state.js';
export { checkDecider, type RecordCheck } from './decide.js';
