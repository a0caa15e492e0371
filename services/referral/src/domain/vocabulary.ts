import { language, referralReceiver, signatureMethod } from '@toeverlaat/legal';
import {
  LOCAL_DATE,
  LOCAL_ID,
  ORGANISATION_ID,
  PSEUDONYM,
  UUID,
  VERSION,
  type LocalDate,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { z } from 'zod';

/*
 * The codes of the referral service's events: storage format, a value may be added, never renamed. `libs/contracts` may
 * not know this folder and repeats what travels; a test keeps the two equal.
 */
export { language, referralReceiver };
export type { Language, ReferralReceiver } from '@toeverlaat/legal';

/** What may go along. Personal notes are no records: they never leave (FPS: notes stay behind). */
export const recordKinds = ['interview_confirmation', 'informal_choice', 'contact', 'case_note', 'attachment'] as const;
export type RecordKind = (typeof recordKinds)[number];
/** The two documents that the prevention adviser's file takes by itself (domain.md §2). */
export const lawfulKinds: readonly RecordKind[] = ['interview_confirmation', 'informal_choice'];

/** A written consent is a signature; a worker's own click stands in their own account or behind their own receipt. */
export const consentMethods = [...signatureMethod.values, 'own_account', 'own_receipt'] as const;
export type ConsentMethod = (typeof consentMethods)[number];
export const writtenMethods: readonly ConsentMethod[] = signatureMethod.values;

export const paperHolders = ['counsellor', 'applicant', 'both'] as const;
export type PaperHolder = (typeof paperHolders)[number];
export const declineReasons = ['not_competent', 'conflict_of_interest', 'unavailable', 'other'] as const;
export type DeclineReason = (typeof declineReasons)[number];
export const withdrawers = ['applicant', 'sender'] as const;
export type Withdrawer = (typeof withdrawers)[number];
export const senderChanges = ['recused', 'handed_over'] as const;
export type SenderChange = (typeof senderChanges)[number];
export const endings = ['withdrawn', 'expired'] as const;
export type Ending = (typeof endings)[number];

/** Receivers who have a desk of their own in this product; everyone else gets a hand-over that is recorded. */
export const hasDesk = (kind: string): boolean => kind === 'prevention_adviser';

export const dateSchema: z.ZodType<LocalDate> = z
  .string()
  .regex(LOCAL_DATE)
  .refine((value) => {
    const date = new Date(`${value}T00:00:00.000Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  }, 'not a date');
export const idSchema: z.ZodType<string> = z.string().regex(UUID);
export const localIdSchema: z.ZodType<string> = z.string().regex(LOCAL_ID);
export const pseudonymSchema: z.ZodType<string> = z.string().regex(PSEUDONYM);
export const hashSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
export const versionSchema: z.ZodType<string> = z.string().regex(VERSION);

/** A directory entry. Equal ids in two directories are two people. */
export type PersonRef = { readonly organisation: OrganisationId; readonly person: PersonId };
export const personSchema: z.ZodType<PersonRef> = z.strictObject({
  organisation: z.string().regex(ORGANISATION_ID) as z.ZodType<string> as z.ZodType<OrganisationId>,
  person: z.string().regex(LOCAL_ID) as z.ZodType<string> as z.ZodType<PersonId>,
});

/** One record that goes along. `picked`: beyond the two documents, because the worker picked it. */
export type ListedRecord = { readonly recordId: string; readonly kind: RecordKind; readonly picked: boolean };
export const listedRecordSchema: z.ZodType<ListedRecord> = z.strictObject({
  recordId: idSchema,
  kind: z.enum(recordKinds),
  picked: z.boolean(),
});
export const MAX_RECORDS = 50;

export type SentCopy = { readonly recordId: string; readonly contentHash: string };
export const sentCopySchema: z.ZodType<SentCopy> = z.strictObject({ recordId: idSchema, contentHash: hashSchema });

/**
 * The receiver's own copy of an attachment. `blob`: SHA-256 of the ciphertext as the receiver keeps it, its address;
 * `contentHash`: SHA-256 of the bytes themselves, the same on both sides. `size` in bytes.
 */
export type CopiedFile = { readonly blob: string; readonly size: number; readonly contentHash: string };
export const copiedFileSchema: z.ZodType<CopiedFile> = z.strictObject({
  blob: hashSchema,
  size: z.number().int().min(1).max(25_000_000),
  contentHash: hashSchema,
});

/** Lengths of text, in UTF-16 units. */
export const MAX_NAME = 200;
export const MAX_WORDS = 4000;
export const MAX_HANDED_OVER = 16_000;
/** One part of a copy: three UTF-8 bytes a unit at the most keeps it under the 64 KiB of a text. */
export const MAX_PART = 16_000;
export const MAX_PARTS = 40;
