import { INSTANT, uuidV5, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { localDateSchema, type ServiceName } from './core.js';

/** What those on both sides of a record are told of how long it is kept. */

/**
 * Of a record of which something is kept by a rule of its own: the receipt of a request, the copies that the receiver of a
 * referral has. The personal notes of one author go by the author's participant id.
 */
export const keptParts = { receipt: 'receipt', received: 'received' } as const;

/** The id under which `records` keeps a record: made from where it is, so that its owner finds it without asking. */
export const keptIdOf = (organisation: OrganisationId, service: ServiceName, record: string, part = ''): string =>
  uuidV5('kept', organisation, service, record, part);

/** Why the day until which a record is kept moved. */
export const keptUntilCauses = [
  'closed',
  'reopened',
  'new_message',
  'reclassified',
  'rules_changed',
  'hold_placed',
  'hold_lifted',
] as const;
export type KeptUntilCause = (typeof keptUntilCauses)[number];

/**
 * Until when a record is kept, and why that moved last. The answer of who is not on the controller's side is the same with and
 * without a hold: `held` is null and no hold is a cause (design rule 10).
 */
export const keptUntilSchema = z.strictObject({
  /** Last day it is kept at least; null while no term runs. */
  keptUntil: localDateSchema.nullable(),
  held: z.boolean().nullable(),
  because: z.enum(keptUntilCauses),
  movedAt: z.string().regex(INSTANT),
  explanation: z.string(),
});
export type KeptUntilAnswer = z.infer<typeof keptUntilSchema>;
