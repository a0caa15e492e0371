import { createCodec } from '@toeverlaat/event-log';
import { requestEvents, requestUpcasts } from './events.js';

export const requestCategory = 'intake.request';
/** The request's own key seals both the request and its conversation. */
export const requestCodec = createCodec({
  events: requestEvents,
  upcasts: requestUpcasts,
  recordSubject: (streamId) => `request/${streamId}`,
});

export * from './events.js';
export * from './state.js';
export * from './decide.js';
