import { callerSchema } from '@toeverlaat/access';
import type { Position, Rejection } from '@toeverlaat/event-log';
import { LOCAL_DATE, LOCAL_ID, ORGANISATION_ID, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { z } from 'zod';

export const languageSchema = z.enum(['nl', 'fr', 'de', 'en']);
export type Language = z.infer<typeof languageSchema>;

export const organisationIdSchema = z
  .string()
  .regex(ORGANISATION_ID)
  .transform((value) => value as OrganisationId);
export const personIdSchema = z
  .string()
  .regex(LOCAL_ID)
  .transform((value) => value as PersonId);
export const localIdSchema = z.string().regex(LOCAL_ID);
/** A date that exists, `YYYY-MM-DD`. */
export const localDateSchema = z
  .string()
  .regex(LOCAL_DATE)
  .refine((value) => new Date(`${value}T00:00:00Z`).toISOString().startsWith(value), 'not a date');
export const serviceNameSchema = z.enum(['directory', 'intake', 'case', 'referral', 'reporting', 'records']);
export type ServiceName = z.infer<typeof serviceNameSchema>;

export const positionSchema = z
  .string()
  .max(64)
  .transform((value) => value as Position);

/** Who asks, as whom, for what: comes with every message between services (design rules 5 and 11). */
export const requestContextSchema = z.strictObject({
  requestId: z.uuid(),
  correlationId: z.uuid(),
  caller: callerSchema,
  purpose: z.string().min(1).max(60),
  language: languageSchema,
  /** Positions the answer must have seen, per service (design rule 9). */
  after: z.partialRecord(serviceNameSchema, positionSchema).optional(),
});
export type RequestContext = z.infer<typeof requestContextSchema>;

const paramsSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export const rejectionSchema: z.ZodType<Rejection> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('NotFound') }),
  z.strictObject({ kind: z.literal('NotAllowed'), verb: z.string() }),
  z.strictObject({
    kind: z.literal('InvalidInput'),
    field: z.string(),
    rule: z.string(),
    params: paramsSchema.exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('RuleRefused'),
    code: z.string(),
    source: z.string().exactOptional(),
    params: paramsSchema.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('StaleVersion'), expected: z.number(), actual: z.number() }),
  z.strictObject({ kind: z.literal('CommandIdReused') }),
  z.strictObject({ kind: z.literal('Erased') }),
  z.strictObject({ kind: z.literal('Unavailable'), detail: z.string() }),
]);

export type CommandRequest<T> = {
  /** The caller's idempotency key (design rule 8). */
  readonly commandId: string;
  readonly expectedRevision?: number | undefined;
  readonly data: T;
};

export const commandReplySchema = z.union([
  z.strictObject({
    ok: z.literal(true),
    /** Of the aggregate the command acted on or created. */
    id: z.string(),
    revision: z.number().int(),
    position: positionSchema.nullable(),
    repeated: z.boolean(),
  }),
  z.strictObject({ ok: z.literal(false), rejection: rejectionSchema }),
]);
export type CommandReply = z.infer<typeof commandReplySchema>;

export type QueryReply<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** The wait for `after` ran out: the answer may be older than what the caller wrote. */
      readonly stale: boolean;
    }
  | { readonly ok: false; readonly rejection: Rejection };

/** A page of a list: keyset paging, so that no page number counts what the caller may not see (design rule 10). */
export const pageInputSchema = z.strictObject({
  first: z.number().int().min(1).max(100).default(20),
  after: z.string().max(400).optional(),
});
export const pageOf = <T extends z.ZodType>(row: T) =>
  z.strictObject({ rows: z.array(row), next: z.string().nullable() });
