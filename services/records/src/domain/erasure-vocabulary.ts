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
  signedWith: z.strictObject({ alg: z.literal('Ed25519'), keyId: signingKeySchema, publicKey: base64(200) }),
});
export type ErasureCertificate = Readonly<z.infer<typeof certificateSchema>>;
