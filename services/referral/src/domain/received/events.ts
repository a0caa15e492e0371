import { clear, code, eventType, optional, participantCode, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * The receiver's side, under the receiver's own key: copies, not links. Its controller answers for it on its own, so
 * erasing the one side leaves the other as it is.
 */

export const ReferralDelivered = eventType('referral', 'ReferralDelivered', 1, {
  receiver: clear(v.pseudonymSchema),
  receiverParticipantId: clear(v.idSchema),
  receiverPerson: participantCode(v.personSchema, 'receiverParticipantId'),
  senderParticipantId: clear(v.idSchema),
  senderPerson: participantCode(v.personSchema, 'senderParticipantId'),
  answerDueOn: clear(v.dateSchema),
  expiresOn: clear(v.dateSchema),
  site: code(v.localIdSchema),
  consentMethod: code(z.enum(v.consentMethods)),
  consentWordingVersion: clear(v.versionSchema),
  consentGivenOn: code(v.dateSchema),
  message: optional(text(v.MAX_WORDS)),
});

/** One record, or one part of a long one. */
export const CopyDelivered = eventType('referral', 'CopyDelivered', 1, {
  copyId: clear(v.idSchema),
  recordId: code(v.idSchema),
  kind: code(z.enum(v.recordKinds)),
  part: code(z.number().int().min(0).max(v.MAX_PARTS)),
  parts: code(z.number().int().min(1).max(v.MAX_PARTS)),
  title: text(v.MAX_NAME),
  content: text(v.MAX_PART),
  /** With the first part, for an attachment: its bytes, sealed anew for the receiver before this was recorded. */
  file: optional(code(v.copiedFileSchema)),
});

/** The first reading of these copies; every reading is in the access history. */
export const ReceivedCopiesOpened = eventType('referral', 'ReceivedCopiesOpened', 1, {
  copyIds: clear(z.array(v.idSchema).min(1).max(v.MAX_RECORDS)),
});

export const ReceivedReferralAccepted = eventType('referral', 'ReceivedReferralAccepted', 1, {
  acceptedOn: code(v.dateSchema),
});

export const ReceivedReferralDeclined = eventType('referral', 'ReceivedReferralDeclined', 1, {
  declinedOn: code(v.dateSchema),
  reason: code(z.enum(v.declineReasons)),
});

/** `keeps`: what had been read, and stays under the receiver's own duty. */
export const FurtherAccessEnded = eventType('referral', 'FurtherAccessEnded', 1, {
  because: clear(z.enum(v.endings)),
  keeps: clear(z.array(v.idSchema).max(v.MAX_RECORDS)),
});

export const receivedEvents = [
  ReferralDelivered,
  CopyDelivered,
  ReceivedCopiesOpened,
  ReceivedReferralAccepted,
  ReceivedReferralDeclined,
  FurtherAccessEnded,
] as const;
export type ReceivedEvent = EventOf<typeof receivedEvents>;
