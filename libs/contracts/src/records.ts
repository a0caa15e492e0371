import { accessOutcomes, recordClasses, actorKindSchema, staffRoles } from '@toeverlaat/access';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import { accessRuleCodes } from './access-answers.js';
import {
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
  serviceNameSchema,
} from './core.js';
import { retentionRuleCodes } from './retention.js';
import { defineQuery } from './rpc.js';

/** The records service only answers: what it shows was appended by the services that gave the access. */

const instantSchema = z.string().regex(INSTANT);
const pseudonymSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/);

/** Half-open: `from` belongs to it, `to` does not. Open to the caller's own limits where left out. */
const periodInput = { from: instantSchema.optional(), to: instantSchema.optional(), page: pageInputSchema };

/** Who it was, as far as the access history may tell: a pseudonym, a role, a capacity; never a name. */
const accessorSchema = z.strictObject({
  pseudonym: pseudonymSchema,
  role: actorKindSchema,
  /** Pseudonyms of the year; null for applicants and participants. */
  capacity: z.string().nullable(),
  mandate: z.string().nullable(),
  onBehalfOf: z.string().nullable(),
  home: z.string().nullable(),
});

/** One reading of one record. No content, no person: what the auditor sees is all there is. */
export const accessRowSchema = z.strictObject({
  eventId: z.uuid(),
  recordedAt: instantSchema,
  /** The service that gave the access and holds its record. */
  service: serviceNameSchema,
  accessor: accessorSchema,
  purpose: z.string(),
  recordClass: z.enum(recordClasses),
  record: z.string(),
  fields: z.array(z.string()).readonly(),
  query: z.string(),
  requestId: z.uuid(),
  outcome: z.enum(accessOutcomes),
});
export type AccessRow = z.infer<typeof accessRowSchema>;

/** One refused or not found attempt, or (`count` above 0 without a record) attempts beyond the rate that were only counted. */
export const deniedRowSchema = z.strictObject({
  eventId: z.uuid(),
  recordedAt: instantSchema,
  service: serviceNameSchema,
  accessor: accessorSchema,
  kind: z.enum(['refused', 'counted']),
  purpose: z.string().nullable(),
  recordClass: z.enum(recordClasses).nullable(),
  record: z.string().nullable(),
  query: z.string().nullable(),
  requestId: z.uuid().nullable(),
  /** Attempts this row stands for. */
  count: z.number().int().min(1),
  /** From when the counted attempts were made. */
  since: instantSchema.nullable(),
});
export type DeniedRow = z.infer<typeof deniedRowSchema>;

/** Who opened this record, when and for what: by the record's pseudonymous id. */
export const accessHistoryOfRecord = defineQuery(
  'records.accessHistoryOfRecord',
  z.strictObject({ record: localIdSchema, ...periodInput }),
  pageOf(accessRowSchema),
);

/** What one handler opened: by their pseudonyms, one per year. Applicants and participants are not found here. */
export const accessHistoryOfHandler = defineQuery(
  'records.accessHistoryOfHandler',
  z.strictObject({ pseudonyms: z.array(pseudonymSchema).min(1).max(40), ...periodInput }),
  pageOf(accessRowSchema),
);

/** Everything that was opened in a period; by role of who looked, where asked. */
export const accessHistoryOfPeriod = defineQuery(
  'records.accessHistoryOfPeriod',
  z.strictObject({
    role: z.enum(['service', ...staffRoles]).optional(),
    ...periodInput,
  }),
  pageOf(accessRowSchema),
);

/** Attempts that were refused or found nothing. */
export const deniedAttempts = defineQuery(
  'records.deniedAttempts',
  z.strictObject({ ...periodInput }),
  pageOf(deniedRowSchema),
);

const amongRecords = z.strictObject({
  /** Whose directory the person is in. */
  home: organisationIdSchema,
  person: personIdSchema,
  records: z.array(localIdSchema).max(200),
});
const excludedOf = z.strictObject({ excluded: z.array(localIdSchema) });
/**
 * By `records`, of each service that keeps confidential records: which of these exclude a person, for whose eyes their access
 * history is not meant then (design rule 10). What a service does not know excludes nobody. `intake` asks the case so too, of
 * the requests on one page of a list.
 */
export const excludedRecordsQueries = [
  defineQuery('case.excludedRecords', amongRecords, excludedOf),
  defineQuery('intake.excludedRecords', amongRecords, excludedOf),
  defineQuery('referral.excludedRecords', amongRecords, excludedOf),
] as const;
export const [excludedCasesQuery, excludedRequestsQuery, excludedReferralsQuery] = excludedRecordsQueries;

/** Every rule code this service may refuse with. */
export const recordsRuleCodes = [...retentionRuleCodes, ...accessRuleCodes] as const satisfies readonly string[];
export type RecordsRuleCode = (typeof recordsRuleCodes)[number];
