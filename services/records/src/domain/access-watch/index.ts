import { createCodec, type Codec } from '@toeverlaat/event-log';
import { watchEvents } from './events.js';

/** One stream per organisation and year: `records.accesswatch-<organisation>_<yyyy>`. */
export const watchCategory = 'records.accesswatch';
export const watchCodec: Codec<typeof watchEvents> = createCodec({
  events: watchEvents,
  recordSubject: (id) => `access_watch/${id}`,
});

export { type WatchEvent } from './events.js';
export { initialWatch, type WatchState } from './state.js';
export { watchDecider, type WatchCommand } from './decide.js';
