import { retentionRuleIds } from '@toeverlaat/legal';
import { CODE_NAME, INSTANT, LOCAL_DATE, ORGANISATION_ID, PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { noteSchema } from './vocabulary.js';

/* Shapes of what stands of an erasure when the record is gone. Codes are storage format: added to, never renamed. */

/** The services, in the order in which they are asked. */
export const services = ['directory', 'intake', 'case', 'referral', 'reporting', 'records'] as const;
export type Service = (typeof services)[number];

/** Why something is erased. */
export const grounds = ['retention_rule', 'data_subject_request', 'transferred', 'erasure_ledger'] as const;
export type Ground = (typeof grounds)[number];

/** Nothing was destroyed; it goes on once that ends. */
export const heldBackReasons = ['record_on_hold', 'record_open', 'not_due', 'refused'] as const;
export type HeldBackReason = (typeof heldBackReasons)[number];

export const declineReasons = ['not_due', 'wrong_subject', 'still_needed', 'other'] as const;
export type DeclineReason = (typeof declineReasons)[number];

/** What stays in the clear, and what others wrote: said in every certificate, so that it promises no more than it does. */
export const kept = ['ids_states_and_dates', 'access_history', 'counted_facts', 'mentions_by_others'] as const;

/** `case/<id>` a record, `case/<id>#<participant>` one person in it. */
export const subjectSchema = z
  .string()
  .regex(/^[a-z][a-z_]{0,39}\/[a-z0-9][a-z0-9-]{0,63}(#[a-z0-9][a-z0-9-]{0,63})?$/);
export const instantSchema = z.string().regex(INSTANT);
export const dateSchema = z.string().regex(LOCAL_DATE);
export const pseudonymSchema = z.string().regex(PSEUDONYM);
export const ruleSchema = z.string().regex(CODE_NAME);
export const versionSchema = z.number().int().min(0);
export const serviceSchema = z.enum(services);
/** Ids of data keys; a record has one for itself and one for each participant. */
export const keyIdsSchema = z.array(z.uuid()).max(5000).readonly();
const base64 = (most: number) => z.string().regex(new RegExp(`^[A-Za-z0-9+/]{1,${most}}={0,2}$`, 'u'));
export const signatureSchema = base64(100);
export const signingKeySchema = z.string().regex(/^[0-9a-f]{32}$/);

/** An event that the certificate rests on: whoever has an export of the log finds it by its id, or by its leaf. */
const citedEventSchema = z.strictObject({
  what: z.enum(['key_destroyed', 'derived_dropped']),
  service: serviceSchema,
  eventId: z.uuid(),
  /** Of the organisation's Merkle log; null where none is kept. */
  leafIndex: z.number().int().min(0).nullable(),
});
export type CitedEvent = z.infer<typeof citedEventSchema>;

/** How old a backup can be that still opens with the keys of this installation (design §4, Backups). */
const backupTermsSchema = z.strictObject({
  /** Days from one epoch of key-encryption keys to the next; the keyring holds two at the most. */
  rotationDays: z.number().int().min(1),
  /** Days that a backup of the keyring is kept. */
  keyringBackupDays: z.number().int().min(0),
});
export type BackupTerms = Readonly<z.infer<typeof backupTermsSchema>>;

/** The key that signed, with its id as the organisation publishes it (ADR 67). */
export const signedWithSchema = z.strictObject({
  alg: z.literal('Ed25519'),
  keyId: signingKeySchema,
  publicKey: base64(200),
});
export type SignedWith = Readonly<z.infer<typeof signedWithSchema>>;

/** What was destroyed, on whose word, and since when nobody can read it (design §4). Storage format, version 1. */
export const certificateSchema = z.strictObject({
  v: z.literal(1),
  organisation: z.string().regex(ORGANISATION_ID),
  erasureId: z.uuid(),
  subject: subjectSchema,
  service: serviceSchema,
  ground: z.enum(grounds),
  rule: ruleSchema.nullable(),
  ruleVersion: versionSchema.nullable(),
  keptUntil: dateSchema.nullable(),
  requestedBy: pseudonymSchema,
  approvedBy: pseudonymSchema,
  keyIds: keyIdsSchema,
  unreadableHereSince: instantSchema,
  unreadableInBackupsFrom: dateSchema,
  backups: backupTermsSchema,
  events: z.array(citedEventSchema).readonly(),
  /** Signed notes of the organisation's checkpoints; null where none is kept. */
  checkpointBefore: noteSchema.nullable(),
  checkpointAfter: noteSchema.nullable(),
  kept: z.array(z.enum(kept)).readonly(),
  issuedAt: instantSchema,
  signedWith: signedWithSchema,
});
export type ErasureCertificate = Readonly<z.infer<typeof certificateSchema>>;

/* Of what is erased together because it fell due together. */

/** Asked for by nobody yet: prepared by the daily run, where the installation says so. */
export const PREPARED_BY_RUN = 'system';

/** Due, and yet not for a batch: why it is left to somebody who looks at that one. */
export const exclusionReasons = [
  /** Its rule sends it to another controller: it is not destroyed here. */
  'to_be_transferred',
  /** Somebody declined to have it erased: whoever asks again asks for that one. */
  'declined_before',
  /** An erasure of it was asked for, or is being carried out. */
  'erasure_under_way',
] as const;
export type ExclusionReason = (typeof exclusionReasons)[number];

/** What stood in the way of a listed record when its turn came. */
export const leftOutReasons = [
  ...exclusionReasons,
  'record_on_hold',
  'record_open',
  'not_due',
  'destroyed_before',
  /** The service that should keep it knows of no such record: somebody must look why. */
  'unknown_to_owner',
  'refused',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** In batches of before every class of records had an end; decided no more (ADR 77). */
const ENDLESS = 'not_erasable';
export const storedExclusions = [...exclusionReasons, ENDLESS] as const;
export const storedLeftOut = [...leftOutReasons, ENDLESS] as const;

/** Most records of one batch: a list that is decided, appended and folded as a whole. What is more waits for the next. */
export const MAX_BATCH = 10_000;
/** Most ids in one event of the list. */
export const MAX_LISTED = 500;
/** Most records that one step of a batch takes up. */
export const MAX_STEP = 100;

export const batchReasonSchema = z.enum(storedLeftOut);
export const leftOutSchema = z.strictObject({ keptId: z.uuid(), because: batchReasonSchema });
export type LeftOut = z.infer<typeof leftOutSchema>;

const count = z.number().int().min(0);

/** Of one rule: what is due under it, and what of that a batch leaves alone. */
export const dueLineSchema = z.strictObject({
  recordClass: z.enum(retentionRuleIds),
  /** Past its last day, whatever becomes of it; `listed`, `onHold` and `excluded` add up to it, and what is beyond a batch. */
  due: count,
  listed: count,
  onHold: count,
  excluded: z.array(z.strictObject({ because: z.enum(storedExclusions), records: count })).max(storedExclusions.length),
});
export type DueLine = z.infer<typeof dueLineSchema>;
export const dueLinesSchema = z.array(dueLineSchema).max(retentionRuleIds.length);

/** What became of a batch, as it stands when nothing of it is under way any more. Storage format, version 1. */
export const batchReportSchema = z.strictObject({
  v: z.literal(1),
  organisation: z.string().regex(ORGANISATION_ID),
  batchId: z.uuid(),
  /** The day on which they were due. */
  asOf: dateSchema,
  listHash: z.string().regex(/^[0-9a-f]{64}$/),
  requestedBy: pseudonymSchema,
  confirmedBy: pseudonymSchema,
  lines: z
    .array(
      z.strictObject({
        recordClass: z.enum(retentionRuleIds),
        listed: count,
        /** With a certificate each. */
        destroyed: count,
        /** Approved, and waiting for a hold to end or for somebody to close it. */
        heldBack: count,
        leftOut: count,
      }),
    )
    .max(retentionRuleIds.length),
  leftOut: z.array(z.strictObject({ because: batchReasonSchema, count })).max(storedLeftOut.length),
  /** How many certificates, and SHA-256 over `<erasure id> <signature>` of each, a line each, in the order of ids. */
  certificates: count,
  certificatesHash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BatchReport = Readonly<z.infer<typeof batchReportSchema>>;
