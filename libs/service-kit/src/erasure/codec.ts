import { createCodec, type Codec } from '@toeverlaat/event-log';
import { erasurePartEventTypes, type ErasurePartEventTypes } from './events.js';

/** Streams `<service>.erasurepart-<organisation>_<erasure id>`: what one service did for one erasure. */
export const erasurePartCategory = (service: string): string => `${service}.erasurepart`;
export const erasurePartCodec = (service: string): Codec<ErasurePartEventTypes> =>
  // No field is sealed: what is left of an erasure must stay readable.
  createCodec({ events: erasurePartEventTypes(service), recordSubject: (id) => `erasure/${id}` });
