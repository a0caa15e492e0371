import {
  clear,
  code,
  eventType,
  optional,
  participantCode,
  participantText,
  text,
  type EventOf,
  type Upcast,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * These names are storage format: never renamed, never reused (design rule 4).
 * Clear: state, terms and their dates, random ids, pseudonyms of staff, what a receipt registers. Who asked, for which
 * site, about what, and every word is sealed (rule 6).
 */

const handler = () => clear(v.pseudonymSchema);

export const ContactRequested = eventType('intake', 'ContactRequested', 1, {
  /** Actor pseudonym of the chosen counsellor: the desk's index. */
  handler: handler(),
  designationId: code(v.localIdSchema),
  applicantParticipantId: clear(v.idSchema),
  /** The n-th tag of a signed-in worker: finds the request again, links it to no other (ADR 4). */
  lookupTag: optional(clear(v.pseudonymSchema.min(16))),
  /** Terms: the law's limit and the two dates before it that the worker's own choice sets. */
  hearingDueOn: clear(v.dateSchema),
  announceOn: clear(v.dateSchema),
  escalateOn: clear(v.dateSchema),
  way: code(z.enum(v.ways)),
  site: code(v.localIdSchema),
  firstContactOn: code(v.dateSchema),
  person: optional(participantCode(v.personSchema, 'applicantParticipantId')),
  name: optional(participantText(v.MAX_LINE, 'applicantParticipantId')),
  safeChannel: optional(participantText(v.MAX_LINE, 'applicantParticipantId')),
  safeHours: optional(participantText(v.MAX_LINE, 'applicantParticipantId')),
  language: code(v.languageSchema),
  interpreter: optional(code(z.string().min(1).max(60))),
  kindOfFacts: optional(code(v.kindOfFactsSchema)),
  message: optional(text(v.MAX_MESSAGE)),
  escalation: code(z.enum(v.escalations)),
  secondHandler: optional(code(v.pseudonymSchema)),
  secondDesignationId: optional(code(v.localIdSchema)),
  /** Which wording of what the worker was told before sending. */
  wordingVersion: clear(v.versionSchema),
});

/**
 * The part of a request whose key the receipt hangs on, so that its end takes nothing else along (ADR 77).
 * Receipts of version 1 had none.
 */
export const RECEIPT = 'receipt';

const registeredSchema = z.strictObject({ verifier: v.receiptPartSchema, publicKey: v.receiptPartSchema });

/**
 * Look-up id, verifier and public key of a receipt; the code itself never reaches a log (design §4). The look-up id is clear
 * because the request is found by it; what a code is checked with and what is wrapped for its holder is sealed.
 */
export const ReceiptRegistered = eventType('intake', 'ReceiptRegistered', 2, {
  lookupId: clear(v.receiptPartSchema),
  part: clear(z.literal(RECEIPT)),
  registered: optional(participantCode(registeredSchema, 'part')),
  /** Of version 1 alone, where both stood in the clear. */
  verifier: optional(clear(v.receiptPartSchema)),
  publicKey: optional(clear(v.receiptPartSchema)),
});

export const requestUpcasts: readonly Upcast[] = [
  { from: 'intake.ReceiptRegistered.v1', to: ReceiptRegistered.type, up: (data) => ({ ...data, part: RECEIPT }) },
];

export const ReceiptRevoked = eventType('intake', 'ReceiptRevoked', 1, {
  lookupId: clear(v.receiptPartSchema),
  because: clear(z.enum(['linked', 'replaced', 'withdrawn', 'term_over'])),
});

/** Content was first released to someone: the worker sees when and to which function. */
export const RequestReleased = eventType('intake', 'RequestReleased', 1, {
  to: handler(),
  capacity: clear(v.capacitySchema),
});

export const AppointmentsProposed = eventType('intake', 'AppointmentsProposed', 1, {
  proposalId: clear(v.idSchema),
  options: code(
    z
      .array(
        z.strictObject({ optionId: v.idSchema, startsAt: v.instantSchema, channel: z.enum(v.appointmentChannels) }),
      )
      .min(1)
      .max(v.MAX_OPTIONS),
  ),
  place: optional(text(v.MAX_LINE)),
});

export const AppointmentPicked = eventType('intake', 'AppointmentPicked', 1, {
  proposalId: clear(v.idSchema),
  optionId: clear(v.idSchema),
});

export const AppointmentsDeclined = eventType('intake', 'AppointmentsDeclined', 1, {
  proposalId: clear(v.idSchema),
  wish: optional(text(v.MAX_LINE)),
});

export const RequestAccepted = eventType('intake', 'RequestAccepted', 1, { by: handler() });

/** Neutral on purpose: why a counsellor steps back is nobody's business but the record's own. */
export const CounsellorSteppedBack = eventType('intake', 'CounsellorSteppedBack', 1, {
  handler: handler(),
  ground: code(z.enum(v.stepBackGrounds)),
});

export const CounsellorChosen = eventType('intake', 'CounsellorChosen', 1, {
  handler: handler(),
  designationId: code(v.localIdSchema),
});

export const RequestWithdrawn = eventType('intake', 'RequestWithdrawn', 1, {});

/** The worker hears first that time runs short, a day before anyone else is told. */
export const TimeRunningShort = eventType('intake', 'TimeRunningShort', 1, { hearingDueOn: clear(v.dateSchema) });

export const RequestEscalated = eventType('intake', 'RequestEscalated', 1, {
  to: handler(),
  capacity: clear(v.capacitySchema),
  hearingDueOn: clear(v.dateSchema),
});

/** Nobody could be told: the one named is excluded or gone, and no adviser was found. The worker is told so. */
export const EscalationImpossible = eventType('intake', 'EscalationImpossible', 1, {
  hearingDueOn: clear(v.dateSchema),
});

export const HearingTermMissed = eventType('intake', 'HearingTermMissed', 1, { hearingDueOn: clear(v.dateSchema) });

/** What the case says of the hearing, learned from its public event and kept as our own fact (design §6). */
export const HearingNoted = eventType('intake', 'HearingNoted', 1, { state: clear(z.enum(v.hearingStates)) });

export const EarlierRequestClaimed = eventType('intake', 'EarlierRequestClaimed', 1, { words: text(v.MAX_MESSAGE) });

/** The first contact's date stands: the term is that of the earlier request. */
export const EarlierRequestLinked = eventType('intake', 'EarlierRequestLinked', 1, {
  earlierRequestId: code(v.idSchema),
  firstContactOn: code(v.dateSchema),
  hearingDueOn: clear(v.dateSchema),
});

/** The case went to another handler as the applicant decided; the conversation goes along. */
export const HandlerFollowed = eventType('intake', 'HandlerFollowed', 1, {
  handler: handler(),
  designationId: code(v.localIdSchema),
});

export const RequestClosed = eventType('intake', 'RequestClosed', 1, {});

export const requestEvents = [
  ContactRequested,
  ReceiptRegistered,
  ReceiptRevoked,
  RequestReleased,
  AppointmentsProposed,
  AppointmentPicked,
  AppointmentsDeclined,
  RequestAccepted,
  CounsellorSteppedBack,
  CounsellorChosen,
  RequestWithdrawn,
  TimeRunningShort,
  RequestEscalated,
  EscalationImpossible,
  HearingTermMissed,
  HearingNoted,
  EarlierRequestClaimed,
  EarlierRequestLinked,
  HandlerFollowed,
  RequestClosed,
] as const;
export type RequestEvent = EventOf<typeof requestEvents>;
