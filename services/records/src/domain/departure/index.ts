import { createCodec, type Codec } from '@toeverlaat/event-log';
import { departureEvents, departureUpcasts } from './events.js';

/** One stream per organisation: `records.departure-<organisation>_all`. */
export const departureCategory = 'records.departure';
export const DEPARTURE_ID = 'all';
export const departureCodec: Codec<typeof departureEvents> = createCodec({
  events: departureEvents,
  upcasts: departureUpcasts,
  recordSubject: (id) => `departure/${id}`,
});

/** The part of them that one departure is: its key ends who received what, and no other's. */
export const departureSubject = (departureId: string): string => `departure/${DEPARTURE_ID}#${departureId}`;

export { type DepartureEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
