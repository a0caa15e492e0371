import { createCodec, type Codec } from '@toeverlaat/event-log';
import { receivedEvents } from './events.js';

/** Streams `referral.received-<organisation>_<id>`, the id of the sender's side. */
export const receivedCategory = 'referral.received';
export const receivedSubject = (id: string): string => `referral_received/${id}`;
export const receivedCodec: Codec<typeof receivedEvents> = createCodec({
  events: receivedEvents,
  recordSubject: receivedSubject,
});

export { receivedEvents, type ReceivedEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
