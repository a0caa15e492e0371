import { clear, code, eventType, optional, participantCode, text, type EventOf } from '@toeverlaat/event-log';
import { textKeySchema } from '@toeverlaat/legal';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * The sender's side. Storage format: never renamed. Clear: state, terms and their dates, random ids. Which case, which
 * records, what kind of receiver, who consented how: sealed for this record.
 */

export const ReferralPrepared = eventType('referral', 'ReferralPrepared', 1, {
  sender: clear(v.pseudonymSchema),
  senderParticipantId: clear(v.idSchema),
  senderPerson: participantCode(v.personSchema, 'senderParticipantId'),
  applicantParticipantId: clear(v.idSchema),
  /** Unlinkable: finds the referrals of one case for who knows the case, and nothing for anyone else. */
  caseTag: clear(v.pseudonymSchema),
  lawVersion: clear(v.versionSchema),
  caseId: code(v.idSchema),
  receiverKind: code(v.referralReceiver.schema),
  /** A receiver with a desk. */
  receiver: optional(clear(v.pseudonymSchema)),
  receiverParticipantId: optional(clear(v.idSchema)),
  receiverPerson: optional(participantCode(v.personSchema, 'receiverParticipantId')),
  /** A receiver without one: whom the counsellor hands it to. */
  receiverName: optional(text(v.MAX_NAME)),
  records: code(z.array(v.listedRecordSchema).max(v.MAX_RECORDS)),
  message: optional(text(v.MAX_WORDS)),
});

/** Another list ends the consent given to the one before. */
export const ReferralRecordsChanged = eventType('referral', 'ReferralRecordsChanged', 1, {
  records: code(z.array(v.listedRecordSchema).max(v.MAX_RECORDS)),
});

export const ReferralConsentGiven = eventType('referral', 'ReferralConsentGiven', 1, {
  consentId: clear(v.idSchema),
  /** Who consented: the applicant, by their participant id in this record. */
  applicantParticipantId: clear(v.idSchema),
  wordingKey: code(textKeySchema),
  wordingVersion: clear(v.versionSchema),
  wordingLanguage: code(v.language.schema),
  method: code(z.enum(v.consentMethods)),
  holder: optional(code(z.enum(v.paperHolders))),
  /** Hash of the sealed scan, drawing or qualified signature. */
  evidenceBlob: optional(code(v.hashSchema)),
  givenOn: code(v.dateSchema),
  /** Of receiver and list: what was consented to is what may go. */
  listHash: code(v.hashSchema),
});

export const ReferralSentOut = eventType('referral', 'ReferralSentOut', 1, {
  toDesk: clear(z.boolean()),
  /** Terms, at a desk only. */
  answerDueOn: optional(clear(v.dateSchema)),
  expiresOn: optional(clear(v.dateSchema)),
  sentOn: code(v.dateSchema),
  copies: code(z.array(v.sentCopySchema).max(v.MAX_RECORDS)),
  /** Without a desk: exactly what was said or printed. */
  words: optional(text(v.MAX_HANDED_OVER)),
});

export const ReferralAccepted = eventType('referral', 'ReferralAccepted', 1, {
  acceptedOn: code(v.dateSchema),
  note: optional(text(v.MAX_WORDS)),
});

export const ReferralDeclined = eventType('referral', 'ReferralDeclined', 1, {
  declinedOn: code(v.dateSchema),
  reason: code(z.enum(v.declineReasons)),
  note: optional(text(v.MAX_WORDS)),
});

/** Ends further access and nothing else: what was read stays under the receiver's own duty. */
export const ReferralWithdrawn = eventType('referral', 'ReferralWithdrawn', 1, {
  by: clear(z.enum(v.withdrawers)),
  withdrawnOn: code(v.dateSchema),
});

export const ReferralExpired = eventType('referral', 'ReferralExpired', 1, {
  expiresOn: clear(v.dateSchema),
});

/** The case changed hands: who left it has no referral of it left; who took it over has, once they act. */
export const ReferralSenderChanged = eventType('referral', 'ReferralSenderChanged', 1, {
  because: clear(z.enum(v.senderChanges)),
  sender: optional(clear(v.pseudonymSchema)),
  senderParticipantId: optional(clear(v.idSchema)),
  senderPerson: optional(participantCode(v.personSchema, 'senderParticipantId')),
});

export const sentEvents = [
  ReferralPrepared,
  ReferralRecordsChanged,
  ReferralConsentGiven,
  ReferralSentOut,
  ReferralAccepted,
  ReferralDeclined,
  ReferralWithdrawn,
  ReferralExpired,
  ReferralSenderChanged,
] as const;
export type SentEvent = EventOf<typeof sentEvents>;
