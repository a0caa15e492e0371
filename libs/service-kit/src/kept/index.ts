import { createCodec, type Codec } from '@toeverlaat/event-log';
import { keptNoticeEventTypes, type KeptNoticeEventTypes } from './events.js';

/** Streams `<service>.keptnotice-<organisation>_<id under which records keeps it>`. */
export const keptNoticeCategory = (service: string): string => `${service}.keptnotice`;
export const keptNoticeCodec = (service: string): Codec<KeptNoticeEventTypes> =>
  // No field is sealed.
  createCodec({ events: keptNoticeEventTypes(service), recordSubject: (id) => `kept/${id}` });

export { keptNoticeEventTypes, type KeptNoticeEvent, type KeptNoticeEventTypes } from './events.js';
export * from './state.js';
export { keptNoticeDecider, type KeptNoticeCommand } from './decide.js';
