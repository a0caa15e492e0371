import { INSTANT, ORGANISATION_ID, UUID, type EventId, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import type { PublicEvent } from './public-events.js';

/** A public event as it travels and is parked. */
export const publicEventSchema: z.ZodType<PublicEvent> = z.strictObject({
  eventId: z
    .string()
    .regex(UUID)
    .transform((value) => value as EventId),
  type: z.string().max(100),
  organisation: z
    .string()
    .regex(ORGANISATION_ID)
    .transform((value) => value as OrganisationId),
  stream: z.string().max(200),
  streamId: z.string().max(120),
  revision: z.number().int().min(0),
  recordedAt: z.string().regex(INSTANT),
  correlationId: z.uuid(),
  data: z.record(z.string(), z.union([z.string().max(200), z.number(), z.boolean(), z.null()])),
});
