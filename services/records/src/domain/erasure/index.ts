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

const CERTIFICATE = 'erasure/';
/** The certificate of an erasure, as what is kept and ended itself. */
export const certificateSubject = (erasureId: string): string => `${CERTIFICATE}${erasureId}`;
/** Of the end of a certificate: it stays, or each certificate would leave another one for ever (ADR 78). */
export const isOfCertificate = (subject: string): boolean => subject.startsWith(CERTIFICATE);

export { erasureEvents, type ErasureEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
