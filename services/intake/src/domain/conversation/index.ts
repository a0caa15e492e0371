import { createCodec } from '@toeverlaat/event-log';
import { conversationEvents, conversationUpcasts } from './events.js';

export const conversationCategory = 'intake.conversation';
/** The record under whose key a request stands. */
export const requestSubject = (requestId: string): string => `request/${requestId}`;
/** A conversation has the id of its request and hangs on the request's key: one erasure ends both. */
export const conversationCodec = createCodec({
  events: conversationEvents,
  upcasts: conversationUpcasts,
  recordSubject: requestSubject,
});

export * from './events.js';
export * from './state.js';
export * from './decide.js';
