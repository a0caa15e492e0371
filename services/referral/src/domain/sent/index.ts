import { createCodec, type Codec } from '@toeverlaat/event-log';
import { sentEvents } from './events.js';

/** Streams `referral.sent-<organisation>_<id>`; the receiver's side has the same id in its own category. */
export const sentCategory = 'referral.sent';
export const sentSubject = (id: string): string => `referral_sent/${id}`;
export const sentCodec: Codec<typeof sentEvents> = createCodec({ events: sentEvents, recordSubject: sentSubject });

export { sentEvents, type SentEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
