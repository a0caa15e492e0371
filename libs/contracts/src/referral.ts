import { language, referralReceiver, signatureMethod } from '@toeverlaat/legal';
import { z } from 'zod';
import {
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import { keptUntilSchema } from './kept.js';
import { defineCommand, defineQuery } from './rpc.js';

/** Every rule the referral service may refuse with, translated at the edge. */
export const referralRuleCodes = [
  'referral_exists',
  'referral_already_sent',
  'referral_not_sent',
  'referral_ended',
  'referral_already_answered',
  'receiver_is_sender',
  'receiver_takes_part',
  'receiver_answers_at_their_desk',
  'sender_no_longer_handles',
  'more_only_when_the_worker_picked_it',
  'consent_required',
  'consent_to_another_list',
  'consent_needs_current_wording',
  'consent_needs_evidence',
  'consent_evidence_not_in_case',
  'paper_consent_needs_holder',
  'physician_needs_written_consent',
  'further_access_ended',
] as const;
export type ReferralRuleCode = (typeof referralRuleCodes)[number];

export const referredRecordKindSchema = z.enum([
  'interview_confirmation',
  'informal_choice',
  'contact',
  'case_note',
  'attachment',
]);
export const referralConsentMethodSchema = z.enum([...signatureMethod.values, 'own_account', 'own_receipt']);
export const referralStatusSchema = z.enum(['prepared', 'sent', 'accepted', 'declined', 'withdrawn', 'expired']);
export const receivedStatusSchema = z.enum(['pending', 'accepted', 'declined', 'ended']);
export const declineReasonSchema = z.enum(['not_competent', 'conflict_of_interest', 'unavailable', 'other']);
const paperHolder = z.enum(['counsellor', 'applicant', 'both']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);
const name = z.string().trim().min(1).max(200);
const words = z.string().trim().min(1).max(4000);
const onReferral = { referralId: z.uuid() };
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();
/** Beyond the two documents, and only because the worker picked it: ids of records of the case. Personal notes are none. */
const pickedByWorker = z.array(z.uuid()).max(48);

// ── commands ──
/** By the handler of the case. The reply's id is the referral's. Nothing leaves the case before consent. */
export const prepareReferralCommand = defineCommand(
  'referral.prepare',
  z.strictObject({
    caseId: z.uuid(),
    receiverKind: referralReceiver.schema,
    /** The prevention adviser, by directory entry; nobody else has a desk. */
    receiver: z.strictObject({ home: organisationIdSchema.optional(), person: personIdSchema }).optional(),
    /** Any other receiver, in words. */
    receiverName: name.optional(),
    pickedByWorker: pickedByWorker.optional(),
    message: words.optional(),
  }),
);
/** Another list; a consent given before no longer counts. */
export const changeReferralRecordsCommand = defineCommand(
  'referral.changeRecords',
  z.strictObject({ ...onReferral, pickedByWorker }),
);
/** By the handler: the worker signed. */
export const recordReferralConsentCommand = defineCommand(
  'referral.recordConsent',
  z.strictObject({
    ...onReferral,
    method: signatureMethod.schema,
    /** Of what was signed. */
    listHash: sha256,
    wordingVersion: z.string().min(1).max(20),
    wordingLanguage: language.schema,
    givenOn: localDateSchema,
    holder: paperHolder.optional(),
    /** The sealed scan, drawing or qualified signature: an attachment of this case, or it is refused. */
    evidenceBlob: sha256.optional(),
  }),
);
/** By the worker, in their own account or behind their own receipt. */
export const giveReferralConsentCommand = defineCommand(
  'referral.giveConsent',
  z.strictObject({
    ...onReferral,
    /** Of what the worker was shown. */
    listHash: sha256,
    wordingVersion: z.string().min(1).max(20),
    wordingLanguage: language.schema,
  }),
);
export const sendReferralCommand = defineCommand(
  'referral.send',
  z.strictObject({
    ...onReferral,
    /** Without a desk: exactly what was said or printed, and when it was handed over. */
    words: z.string().trim().min(1).max(16_000).optional(),
    handedOverOn: localDateSchema.optional(),
  }),
);
/** Delivers copies that did not arrive; one that arrived is left as it is. */
export const deliverReferralCommand = defineCommand('referral.deliver', z.strictObject(onReferral));
/** By the handler: the answer of a receiver without a desk. */
export const noteReferralAnswerCommand = defineCommand(
  'referral.noteAnswer',
  z.strictObject({
    ...onReferral,
    answer: z.enum(['accepted', 'declined']),
    on: localDateSchema,
    reason: declineReasonSchema.optional(),
    note: words.optional(),
  }),
);
/** By the worker, or by the handler at the worker's wish. Ends further access; what was read was read. */
export const withdrawReferralCommand = defineCommand('referral.withdraw', z.strictObject(onReferral));
export const acceptReferralCommand = defineCommand('referral.accept', z.strictObject(onReferral));
export const declineReferralCommand = defineCommand(
  'referral.decline',
  z.strictObject({ ...onReferral, reason: declineReasonSchema }),
);

// ── answers ──
export const sentReferralRowSchema = z.strictObject({
  referralId: z.uuid(),
  status: referralStatusSchema,
  receiverKind: maybe(referralReceiver.schema),
  consented: z.boolean(),
  /** At a desk: the copies arrived. */
  delivered: z.boolean(),
  answerDueOn: maybe(localDateSchema),
  expiresOn: maybe(localDateSchema),
  /** UTC. */
  preparedAt: z.string(),
  lastRecordedAt: z.string(),
});
export const sentReferralSchema = z.strictObject({
  referralId: z.uuid(),
  revision: z.number().int(),
  caseId: z.uuid(),
  status: referralStatusSchema,
  receiverKind: referralReceiver.schema,
  receiverPerson: maybe(z.strictObject({ home: organisationIdSchema, person: personIdSchema })),
  receiverName: maybe(z.string()),
  records: z.array(z.strictObject({ recordId: z.uuid(), kind: referredRecordKindSchema, picked: z.boolean() })),
  message: maybe(z.string()),
  /** What a consent must name: receiver and list as they stand now. */
  listHash: sha256,
  /** What is agreed to, in the caller's language and today's edition. */
  wording: z.strictObject({ key: z.string(), version: z.string(), language: language.schema, text: z.string() }),
  writtenConsentNeeded: z.boolean(),
  consent: maybe(
    z.strictObject({
      method: referralConsentMethodSchema,
      wordingVersion: z.string(),
      wordingLanguage: language.schema,
      holder: maybe(paperHolder),
      givenOn: localDateSchema,
    }),
  ),
  toDesk: z.boolean(),
  sentOn: maybe(localDateSchema),
  words: maybe(z.string()),
  delivered: z.boolean(),
  answerDueOn: maybe(localDateSchema),
  expiresOn: maybe(localDateSchema),
  answeredOn: maybe(localDateSchema),
  declineReason: maybe(declineReasonSchema),
  answerNote: maybe(z.string()),
  withdrawnBy: maybe(z.enum(['applicant', 'sender'])),
  withdrawnOn: maybe(localDateSchema),
  /** Records that the receiver has read; after a withdrawal they stay under the receiver's own duty. */
  readByReceiver: z.array(z.uuid()),
  /** Until when the sender's side is kept; null until that is known. */
  kept: maybe(keptUntilSchema),
});
export type SentReferralContent = z.infer<typeof sentReferralSchema>;

export const receivedReferralRowSchema = z.strictObject({
  referralId: z.uuid(),
  status: receivedStatusSchema,
  answerDueOn: localDateSchema,
  expiresOn: localDateSchema,
  opened: z.boolean(),
  /** UTC. */
  deliveredAt: z.string(),
  lastRecordedAt: z.string(),
});
export const receivedReferralSchema = z.strictObject({
  referralId: z.uuid(),
  revision: z.number().int(),
  status: receivedStatusSchema,
  endedBecause: maybe(z.enum(['withdrawn', 'expired'])),
  site: localIdSchema,
  sender: maybe(z.strictObject({ home: organisationIdSchema, person: personIdSchema })),
  message: maybe(z.string()),
  consentMethod: referralConsentMethodSchema,
  consentWordingVersion: z.string(),
  consentGivenOn: localDateSchema,
  answerDueOn: localDateSchema,
  expiresOn: localDateSchema,
  /** Those still open to the receiver. */
  copies: z.array(
    z.strictObject({
      copyId: z.uuid(),
      kind: referredRecordKindSchema,
      title: maybe(z.string()),
      /** Canonical JSON of the record as the case had it. */
      content: maybe(z.string()),
      /** The receiver's own copy of an attachment, to be fetched; null for a record that is words alone. `size` in bytes. */
      file: maybe(z.strictObject({ blob: sha256, size: z.number().int() })),
    }),
  ),
  /** How many went along and are closed to the receiver now. */
  closedCopies: z.number().int(),
  /** Until when the receiver's dossier of it is kept; null until that is known. */
  kept: maybe(keptUntilSchema),
});
export type ReceivedReferralContent = z.infer<typeof receivedReferralSchema>;

// ── queries ──
/** The handler's own, newest first. Recorded: the kind of receiver is shown. */
export const sentReferralsQuery = defineQuery('referral.sentReferrals', pageInputSchema, pageOf(sentReferralRowSchema));
/** Referrals of one case: for the applicant of it, or for the handler those they sent. */
export const referralsOfCaseQuery = defineQuery(
  'referral.referralsOfCase',
  z.strictObject({ caseId: z.uuid() }),
  z.array(sentReferralRowSchema),
);
/** For sender and applicant: what goes along and where it stands. Never what the receiver does with it. */
export const sentReferralQuery = defineQuery('referral.sentReferral', z.strictObject(onReferral), sentReferralSchema);
/** The adviser's desk: state and terms only. */
export const receivedReferralsQuery = defineQuery(
  'referral.receivedReferrals',
  pageInputSchema,
  pageOf(receivedReferralRowSchema),
);
/** Opens the copies; the first reading of each is noted. */
export const receivedReferralQuery = defineQuery(
  'referral.receivedReferral',
  z.strictObject(onReferral),
  receivedReferralSchema,
);
