import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../erasure-vocabulary.js';
import { hashSchema, recordClassSchema } from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). What is erased together: ids of kept records, counts and
 * pseudonyms, readable when the records are not.
 */

const count = () => clear(z.number().int().min(0));

export const ErasureBatchRequested = eventType('records', 'ErasureBatchRequested', 1, {
  /** Everything past its last day on this day. */
  asOf: clear(v.dateSchema),
  /** Of one class alone; of all without it. */
  recordClass: optional(clear(recordClassSchema)),
  /** What was counted, rule by rule: the preview that stays with the batch. */
  counted: clear(v.dueLinesSchema),
  listed: count(),
  /** There was more than one batch holds. */
  more: clear(z.boolean()),
  /** SHA-256 over the listed ids, a line each: what the second person confirms. */
  listHash: clear(hashSchema),
  /** Of whoever asks, of the year; `system` where the daily run prepared it. */
  requestedBy: clear(v.pseudonymSchema),
});

/** The list, in the order of class, start of the term and id; as many of these as it takes. */
export const ErasureBatchListed = eventType('records', 'ErasureBatchListed', 1, {
  recordClass: clear(recordClassSchema),
  keptIds: clear(z.array(z.uuid()).min(1).max(v.MAX_LISTED)),
});

/** Somebody asks for what the daily run prepared: the second person is another one. */
export const ErasureBatchTakenUp = eventType('records', 'ErasureBatchTakenUp', 1, {
  requestedBy: clear(v.pseudonymSchema),
});

/** Somebody else agreed: from here on each is carried out, unless it is held or no longer due when its turn comes. */
export const ErasureBatchConfirmed = eventType('records', 'ErasureBatchConfirmed', 1, {
  confirmedBy: clear(v.pseudonymSchema),
});

export const ErasureBatchDeclined = eventType('records', 'ErasureBatchDeclined', 1, {
  reason: clear(z.enum(v.declineReasons)),
});

/** The records of the list up to here have an erasure each, but for those that are left out. */
export const ErasureBatchAdvanced = eventType('records', 'ErasureBatchAdvanced', 1, {
  upTo: count(),
  leftOut: clear(z.array(v.leftOutSchema).max(v.MAX_STEP)),
});

export const ErasureBatchCompleted = eventType('records', 'ErasureBatchCompleted', 1, {
  report: clear(v.batchReportSchema),
  /** SHA-256 of the canonical JSON of the report: of the file that is exported. */
  reportHash: clear(hashSchema),
  /** Ed25519 over report and key (ADR 87), base64; reports from before it was signed have neither. */
  signature: optional(clear(v.signatureSchema)),
  signedWith: optional(clear(v.signedWithSchema)),
});

export const batchEvents = [
  ErasureBatchRequested,
  ErasureBatchListed,
  ErasureBatchTakenUp,
  ErasureBatchConfirmed,
  ErasureBatchDeclined,
  ErasureBatchAdvanced,
  ErasureBatchCompleted,
] as const;
export type BatchEvent = EventOf<typeof batchEvents>;
