import { createCodec, type Codec } from '@toeverlaat/event-log';
import { departureEvents } from './events.js';

/** One stream per organisation: `records.departure-<organisation>_all`. */
export const departureCategory = 'records.departure';
export const DEPARTURE_ID = 'all';
export const departureCodec: Codec<typeof departureEvents> = createCodec({
  events: departureEvents,
  recordSubject: (id) => `departure/${id}`,
});

export { type DepartureEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
