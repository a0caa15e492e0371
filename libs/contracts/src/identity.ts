import { roleSchema, sitesSchema, type Caller } from '@toeverlaat/access';
import { organisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { localDateSchema, localIdSchema, organisationIdSchema, personIdSchema, type ServiceName } from './core.js';
import { defineQuery, type QueryDef } from './rpc.js';

/**
 * The gateway itself, for the three questions of this file that come before any caller is known. It is no capacity of
 * anybody: a service answers nothing else to it.
 */
export const gatewayCaller: Caller = {
  role: 'service',
  organisation: organisationId('toeverlaat'),
  pseudonym: 'gateway',
  capacityId: 'gateway',
  sites: [],
};

/** One capacity of a signed-in person, with the pseudonym under which it acts this year. */
export const identityCapacitySchema = z.strictObject({
  id: localIdSchema,
  role: roleSchema,
  /** The organisation acted in; under a mandate not the person's own. */
  organisation: organisationIdSchema,
  sites: sitesSchema,
  pseudonym: z.string().min(1).max(80),
  mandate: z
    .strictObject({
      id: localIdSchema,
      home: organisationIdSchema,
      from: localDateSchema,
      to: localDateSchema.exactOptional(),
    })
    .exactOptional(),
  /** For the person's own eyes: how this capacity is called in the list to choose from. */
  label: z.string().max(200),
});
export type IdentityCapacity = z.infer<typeof identityCapacitySchema>;

/**
 * Which directory entries belong to a token's subject, and what each may act as today. Asked by the gateway before there
 * is a caller: the context then names the gateway itself (`gatewayCaller`). An unknown subject has no persons.
 */
export const identityQuery = defineQuery(
  'directory.identity',
  z.strictObject({ issuer: z.string().min(1).max(300), subject: z.string().min(1).max(300) }),
  z.strictObject({
    persons: z.array(
      z.strictObject({
        organisation: organisationIdSchema,
        person: personIdSchema,
        capacities: z.array(identityCapacitySchema),
      }),
    ),
  }),
);
export type Identity = z.infer<typeof identityQuery.output>;

/** Both halves are derived from the receipt code on the worker's side; the code itself never travels (design §4). */
export const LOOKUP_ID = /^[A-Za-z0-9_-]{16,120}$/;
export const AUTHENTICATOR = /^[A-Za-z0-9_-]{16,120}$/;

/**
 * Whether a receipt opens a request. The answer to a wrong one says nothing of whether the look-up id exists. Asked by
 * the gateway before there is a caller.
 */
export const authenticateReceiptQuery = defineQuery(
  'intake.authenticateReceipt',
  z.strictObject({
    organisation: organisationIdSchema.exactOptional(),
    lookupId: z.string().regex(LOOKUP_ID),
    authenticator: z.string().regex(AUTHENTICATOR),
  }),
  z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), organisation: organisationIdSchema, requestId: localIdSchema }),
    z.strictObject({ ok: z.literal(false) }),
  ]),
);

const healthInput = z.strictObject({});
const healthOutput = z.strictObject({
  /** `starting`: answers, but its views have not caught up yet. */
  status: z.enum(['ok', 'starting', 'failing']),
});

const healthOf = (service: ServiceName): QueryDef<typeof healthInput, typeof healthOutput> =>
  defineQuery(`${service}.health`, healthInput, healthOutput);

/** `<service>.health`: every service answers it, without a record and without content. */
export const healthQueries: Readonly<Record<ServiceName, QueryDef<typeof healthInput, typeof healthOutput>>> = {
  directory: healthOf('directory'),
  intake: healthOf('intake'),
  case: healthOf('case'),
  referral: healthOf('referral'),
  reporting: healthOf('reporting'),
  records: healthOf('records'),
};
