import { createCodec, type Codec } from '@toeverlaat/event-log';
import { adviceEvents } from './events.js';

export const adviceCategory = 'case.advice';
export const adviceSubject = (id: string): string => `advice/${id}`;
export const adviceCodec: Codec<typeof adviceEvents> = createCodec({
  events: adviceEvents,
  recordSubject: adviceSubject,
});

export { adviceEvents, type AdviceEvent } from './events.js';
export { type AdviceState } from './state.js';
export { adviceDecider, type AdviceCommand } from './decide.js';
