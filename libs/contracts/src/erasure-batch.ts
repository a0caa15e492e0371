import { retentionRuleIds } from '@toeverlaat/legal';
import { INSTANT, PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { languageSchema, localDateSchema, pageInputSchema, pageOf } from './core.js';
import { erasureDeclineReasons } from './erasure.js';
import { defineCommand, defineQuery } from './rpc.js';

/** What fell due together: asked for once, confirmed by somebody else, reported as one. */

const recordClassSchema = z.enum(retentionRuleIds);
const count = z.number().int().min(0);
const instant = z.string().regex(INSTANT);
const pseudonym = z.string().regex(PSEUDONYM);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * Due, and yet left to somebody who looks at that one record. `not_erasable` stands in batches of before every class had an end.
 */
export const batchExclusions = ['to_be_transferred', 'declined_before', 'erasure_under_way', 'not_erasable'] as const;
/** What stood in the way of a listed record when its turn came. */
export const batchLeftOut = [
  'to_be_transferred',
  'declined_before',
  'erasure_under_way',
  'record_on_hold',
  'record_open',
  'not_due',
  'destroyed_before',
  'unknown_to_owner',
  'refused',
  'not_erasable',
] as const;
export const batchStatuses = ['prepared', 'requested', 'declined', 'confirmed', 'completed'] as const;

/** Of one rule: what is past its last day, and what of that a batch takes, a hold stops or is excluded. */
export const dueLineSchema = z.strictObject({
  recordClass: recordClassSchema,
  due: count,
  listed: count,
  onHold: count,
  excluded: z.array(z.strictObject({ because: z.enum(batchExclusions), records: count })),
});

/** Asks for everything that is due today, of one class or of all. What is listed then is what a second person confirms. */
export const requestDueErasuresCommand = defineCommand(
  'records.requestDueErasures',
  z.strictObject({ recordClass: recordClassSchema.optional() }),
);

/**
 * The second person: from here on it is carried out. Of a batch that the daily run prepared the first who confirms is who asks.
 * `listHash`: of the list that they saw.
 */
export const confirmErasureBatchCommand = defineCommand(
  'records.confirmErasureBatch',
  z.strictObject({ batchId: z.uuid(), listHash: hash }),
);

export const declineErasureBatchCommand = defineCommand(
  'records.declineErasureBatch',
  z.strictObject({ batchId: z.uuid(), reason: z.enum(erasureDeclineReasons) }),
);

/** What a batch would hold if it were asked for now. It changes nothing. */
export const dueErasuresQuery = defineQuery(
  'records.dueErasures',
  z.strictObject({ recordClass: recordClassSchema.optional() }),
  z.strictObject({
    asOf: localDateSchema,
    listed: count,
    /** More is due than one batch holds: the rest waits for the next. */
    more: z.boolean(),
    lines: z.array(dueLineSchema),
  }),
);

export const batchRowSchema = z.strictObject({
  batchId: z.uuid(),
  status: z.enum(batchStatuses),
  asOf: localDateSchema,
  /** Of one class alone; null for all. */
  recordClass: recordClassSchema.nullable(),
  listed: count,
  requestedBy: pseudonym,
  requestedAt: instant,
  confirmedBy: pseudonym.nullable(),
  completedAt: instant.nullable(),
});
export type BatchRow = z.input<typeof batchRowSchema>;

/** Batches, newest first. */
export const erasureBatchesQuery = defineQuery(
  'records.erasureBatches',
  z.strictObject({ page: pageInputSchema }),
  pageOf(batchRowSchema),
);

export const erasureBatchQuery = defineQuery(
  'records.erasureBatch',
  z.strictObject({ batchId: z.uuid() }),
  z.strictObject({
    batchId: z.uuid(),
    status: z.enum(batchStatuses),
    asOf: localDateSchema,
    recordClass: recordClassSchema.nullable(),
    requestedBy: pseudonym,
    confirmedBy: pseudonym.nullable(),
    lines: z.array(dueLineSchema),
    listed: count,
    more: z.boolean(),
    listHash: hash,
    /** How many of the list have had their turn, and how many of those were left out. */
    taken: count,
    leftOut: count,
    /** The report as a file, canonical JSON, and its SHA-256: of a completed batch. */
    report: z.string().nullable(),
    reportHash: hash.nullable(),
  }),
);

/** The report of a completed batch, to hand out: to people as a PDF, to programs as what was signed. */
export const erasureBatchReportQuery = defineQuery(
  'records.erasureBatchReport',
  z.strictObject({ batchId: z.uuid(), language: languageSchema.optional() }),
  z.strictObject({
    batchId: z.uuid(),
    fileName: z.string(),
    /** Canonical JSON of report, key and signature, to be checked with `verify report`. */
    signed: z.string(),
    /** The PDF, base64. */
    pdf: z.base64(),
  }),
);

/** The records of a batch, in its order. */
export const erasureBatchRecordsQuery = defineQuery(
  'records.erasureBatchRecords',
  z.strictObject({ batchId: z.uuid(), page: pageInputSchema }),
  pageOf(
    z.strictObject({
      keptId: z.uuid(),
      recordClass: recordClassSchema,
      /** Of the erasure that ends it; null before its turn and where it was left out. */
      erasureId: z.uuid().nullable(),
      leftOut: z.enum(batchLeftOut).nullable(),
    }),
  ),
);

/** Every rule with which records may refuse a batch. */
export const batchRuleCodes = [
  'nothing_due',
  'batch_second_person',
  'batch_declined',
  'batch_differs',
  'batch_under_way',
] as const;
export type BatchRuleCode = (typeof batchRuleCodes)[number];
