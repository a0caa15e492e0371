import { createCodec } from '@toeverlaat/event-log';
import { conversationEvents } from './events.js';

export const conversationCategory = 'intake.conversation';
/** A conversation has the id of its request and is sealed under the request's key: one erasure ends both. */
export const conversationCodec = createCodec({
  events: conversationEvents,
  recordSubject: (streamId) => `request/${streamId}`,
});

export * from './events.js';
export * from './state.js';
export * from './decide.js';
