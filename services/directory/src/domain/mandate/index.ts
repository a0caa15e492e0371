import { createCodec } from '@toeverlaat/event-log';
import { mandateEvents } from './events.js';

/** Stream `directory.mandate-<client>_<id>`. */
export const mandateCategory = 'directory.mandate';
export const mandateCodec = createCodec({ events: mandateEvents, recordSubject: (streamId) => `mandate/${streamId}` });

export { mandateDecider, type MandateCommand } from './decide.js';
export { mandateInEffect, type GivenMandate, type MandateEvent, type MandateState } from './state.js';
export * from './events.js';
