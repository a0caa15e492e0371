import { createCodec, type Codec } from '@toeverlaat/event-log';
import { handedNoticeEventTypes, type HandedNoticeEventTypes } from './events.js';

/** One stream per organisation: `<service>.handednotice-<organisation>_all`. */
export const handedNoticeCategory = (service: string): string => `${service}.handednotice`;
export const HANDED_NOTICE_ID = 'all';
export const handedNoticeCodec = (service: string): Codec<HandedNoticeEventTypes> =>
  // No field is sealed.
  createCodec({ events: handedNoticeEventTypes(service), recordSubject: (id) => `handed/${id}` });

export { handedNoticeEventTypes, type HandedNoticeEvent, type HandedNoticeEventTypes } from './events.js';
export * from './state.js';
export { handedNoticeDecider, type HandedNoticeCommand } from './decide.js';
