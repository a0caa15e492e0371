import { createCodec, type Codec } from '@toeverlaat/event-log';
import { holdEvents } from './events.js';

/** Stream `records.hold-<organisation>_<id>`. */
export const holdCategory = 'records.hold';
export const holdCodec: Codec<typeof holdEvents> = createCodec({
  events: holdEvents,
  recordSubject: (id) => `legal_hold/${id}`,
});

export { type HoldEvent } from './events.js';
export { initialHold, type HoldState, type PlacedHold } from './state.js';
export { holdDecider, type HoldCommand } from './decide.js';
