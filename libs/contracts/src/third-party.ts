import { thirdPartyCapacity, thirdPartyFact } from '@toeverlaat/legal';
import { z } from 'zod';
import { localDateSchema, localIdSchema, organisationIdSchema, pageInputSchema, pageOf } from './core.js';
import { keptUntilSchema } from './kept.js';
import { defineCommand, defineQuery } from './rpc.js';

/*
 * The register of facts by third parties (Codex art. I.3-3): what somebody from outside did to a worker, told by the worker and
 * written down by whoever keeps the register. The worker is named only when they agree to it.
 */

const words = z.string().trim().min(1).max(4000);
const name = z.string().trim().min(1).max(200);
const kinds = z.array(thirdPartyFact.schema).min(1).max(thirdPartyFact.values.length);
const onEntry = { entryId: z.uuid() };

/** An entry, from a worker's statement. The reply's id is the entry's; five years run from the day of the statement. */
export const recordThirdPartyEntryCommand = defineCommand(
  'case.recordThirdPartyEntry',
  z.strictObject({
    statementOn: localDateSchema,
    factsFrom: localDateSchema,
    /** Of facts that lasted or came again: their last day, within the statement's. */
    factsTo: localDateSchema.optional(),
    site: localIdSchema,
    place: name.optional(),
    capacity: thirdPartyCapacity.schema,
    kinds,
    description: words,
    workerName: name.optional(),
    /** True: the worker agreed to be named. A name without it is refused. */
    workerAgreesToName: z.boolean(),
  }),
);
/** What was done about it. */
export const noteThirdPartyFollowUpCommand = defineCommand(
  'case.noteThirdPartyFollowUp',
  z.strictObject({ ...onEntry, notedOn: localDateSchema, words }),
);
/** The worker no longer agrees to be named. Answered alike where nobody was. */
export const withdrawThirdPartyNameCommand = defineCommand('case.withdrawThirdPartyName', z.strictObject(onEntry));

/** What a list of the register shows of an entry; null is erased. */
export const registerCodesSchema = z.strictObject({
  factsFrom: localDateSchema.nullable(),
  factsTo: localDateSchema.nullable(),
  site: localIdSchema.nullable(),
  capacity: thirdPartyCapacity.schema.nullable(),
  kinds: kinds.nullable(),
});
/** The register of the organisation, newest statement first. */
export const thirdPartyRegisterQuery = defineQuery(
  'case.thirdPartyRegister',
  pageInputSchema,
  pageOf(registerCodesSchema.extend({ ...onEntry, recordedAt: z.string(), statementOn: localDateSchema })),
);
/** One entry, whole. */
export const thirdPartyEntryQuery = defineQuery(
  'case.thirdPartyEntry',
  z.strictObject(onEntry),
  z.strictObject({
    ...onEntry,
    revision: z.number().int(),
    statementOn: localDateSchema,
    factsFrom: localDateSchema,
    factsTo: localDateSchema.nullable(),
    site: localIdSchema,
    place: z.string().nullable(),
    capacity: thirdPartyCapacity.schema,
    kinds,
    description: z.string().nullable(),
    /** Null of a worker who is not named, or no longer wants to be. */
    workerName: z.string().nullable(),
    /** Of this entry alone, also where nobody is named: with it the name can be erased by itself (`third_party_entry/<id>#<worker>`). */
    workerId: z.uuid(),
    followUps: z.array(
      z.strictObject({ followUpId: z.uuid(), notedOn: localDateSchema, words: z.string().nullable() }),
    ),
    kept: keptUntilSchema.nullable(),
  }),
);

/** The register as the company takes it along when its organisation leaves a host: what it may read while it stays. */
export const registerCopySchema = z.strictObject({
  organisation: organisationIdSchema,
  /** The day on which it was made: entries whose term was over by then are not in it. */
  asOf: localDateSchema,
  entries: z.array(
    z.strictObject({
      ...onEntry,
      statementOn: localDateSchema,
      /** Last day of the five years, after which whoever has this copy destroys the entry. */
      keptUntil: localDateSchema.nullable(),
      factsFrom: localDateSchema,
      factsTo: localDateSchema.nullable(),
      site: localIdSchema,
      place: z.string().nullable(),
      capacity: thirdPartyCapacity.schema,
      kinds,
      description: z.string().nullable(),
      workerName: z.string().nullable(),
      keptBy: z.enum(['counsellor', 'prevention_adviser']),
      followUps: z.array(z.strictObject({ notedOn: localDateSchema, words: z.string().nullable() })),
    }),
  ),
});
export type RegisterCopy = z.infer<typeof registerCopySchema>;
