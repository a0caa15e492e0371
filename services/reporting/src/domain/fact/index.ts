import { createCodec, type Codec } from '@toeverlaat/event-log';
import { factEvents } from './events.js';

/** One stream per fact, under its own random id: `reporting.fact-<organisation>_<id>`. */
export const factCategory = 'reporting.fact';
export const factCodec: Codec<typeof factEvents> = createCodec({
  events: factEvents,
  // No field is sealed, so no subject's key is ever asked for.
  recordSubject: (id) => `fact/${id}`,
});

export { factEvents, type FactEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
