import { createCodec, type Codec } from '@toeverlaat/event-log';
import { keptEvents, keptUpcasts } from './events.js';

/** Stream `records.kept-<organisation>_<id>`. */
export const keptCategory = 'records.kept';
export const keptCodec: Codec<typeof keptEvents> = createCodec({
  events: keptEvents,
  upcasts: keptUpcasts,
  recordSubject: (id) => `kept/${id}`,
});

export { receiptSubject, type KeptEvent } from './events.js';
export { initialKept, itemOf, type KeptState, type LivingRecord } from './state.js';
export { dueOf, keptDecider, type KeptCommand } from './decide.js';
