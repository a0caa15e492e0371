import { createCodec, type Codec } from '@toeverlaat/event-log';
import { batchEvents } from './events.js';

/** Streams `records.erasurebatch-<organisation>_<id>`. */
export const batchCategory = 'records.erasurebatch';
export const batchCodec: Codec<typeof batchEvents> = createCodec({
  events: batchEvents,
  recordSubject: (id) => `erasure/${id}`,
});

export { batchEvents, type BatchEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
