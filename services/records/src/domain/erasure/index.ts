import { createCodec, type Codec } from '@toeverlaat/event-log';
import { uuidV5, type OrganisationId } from '@toeverlaat/values';
import { erasureEvents } from './events.js';

/** Streams `records.erasure-<organisation>_<id>`. */
export const erasureCategory = 'records.erasure';
export const erasureCodec: Codec<typeof erasureEvents> = createCodec({
  events: erasureEvents,
  recordSubject: (id) => `erasure/${id}`,
});

/** One subject has one erasure, however often and by whomever it is asked for. */
export const erasureIdOf = (organisation: OrganisationId, subject: string): string =>
  uuidV5('erasure', organisation, subject);

export { erasureEvents, type ErasureEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
