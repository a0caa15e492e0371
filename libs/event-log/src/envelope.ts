import { INSTANT, ORGANISATION_ID, type Instant } from '@toeverlaat/values';
import { z } from 'zod';

/**
 * Who acted. `pseudonym` is valid per organisation and year for staff, per record for applicants and participants
 * (design §4, rule 6): the envelope never names a person.
 */
export const actorSchema = z.strictObject({
  pseudonym: z.string().min(1).max(80),
  capacity: z.string().min(1).max(40),
  onBehalfOf: z.string().min(1).max(80).optional(),
});
export type Actor = z.infer<typeof actorSchema>;

/**
 * Envelope v1, the stored metadata of every event (storage format: golden bytes in `fixtures/`). Event id and type
 * stand in it although every log also stores them beside it: the leaf covers these bytes, so an event cannot be given
 * another type. Stream and revision enter the leaf on their own.
 */
export const eventMetadataSchema = z.strictObject({
  v: z.literal(1),
  eventId: z.uuid(),
  /** Storage name with version, as in the event's own `type`. */
  type: z.string().min(1).max(120),
  organisation: z.string().regex(ORGANISATION_ID),
  recordedAt: z.string().regex(INSTANT),
  actor: actorSchema,
  purpose: z.string().min(1).max(60),
  commandId: z.uuid(),
  /** HMAC of the command's body under the organisation's key: tells a repeat from a reused id (design rule 8). */
  fingerprint: z.string().max(64),
  correlationId: z.uuid(),
  causationId: z.uuid(),
  policyVersion: z.string().max(20),
  lawVersion: z.string().max(20),
});
export type EventMetadata = z.infer<typeof eventMetadataSchema>;

/** The stored bytes: canonical JSON, here by the order in which the members are written down, at half its cost. */
export const encodeMetadata = (metadata: EventMetadata): Uint8Array => {
  const { actor, causationId, commandId, correlationId, eventId, fingerprint, lawVersion } = metadata;
  const { organisation, policyVersion, purpose, recordedAt, type, v } = metadata;
  const { capacity, onBehalfOf, pseudonym } = actor;
  return Buffer.from(
    JSON.stringify({
      actor: { capacity, onBehalfOf, pseudonym },
      causationId,
      commandId,
      correlationId,
      eventId,
      fingerprint,
      lawVersion,
      organisation,
      policyVersion,
      purpose,
      recordedAt,
      type,
      v,
    }),
    'utf8',
  );
};

export type { Instant };
