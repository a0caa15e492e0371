import {
  clear,
  code,
  eventType,
  optional,
  participantCode,
  participantText,
  text,
  type EventOf,
  type StoredEventOf,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * These names are storage format: never renamed, never reused (design rule 4).
 * Clear: state, terms and their dates, random ids (rule 6). Everything else is a sealed code or sealed text. A person is
 * named by a participant id that means nothing outside this case; the link to the directory is sealed for case and
 * participant, so that either key ends it. There is no field that rates or judges a person, and a test keeps it so.
 */

const id = () => clear(v.idSchema);
const date = () => code(v.dateSchema);
/** Kept by reporting under this random id only; the link lives here, sealed (design §7). */
const factId = () => optional(code(v.idSchema));

export const CaseOpened = eventType('case', 'CaseOpened', 1, {
  handler: clear(v.pseudonymSchema),
  handlerParticipantId: id(),
  handlerPerson: participantCode(v.personSchema, 'handlerParticipantId'),
  applicantParticipantId: id(),
  /** A term's date: the law's limit, not when anything happened. */
  hearingDueOn: clear(v.dateSchema),
  lawVersion: clear(v.versionSchema),
  origin: code(z.enum(v.origins)),
  requestId: optional(code(v.localIdSchema)),
  site: code(v.localIdSchema),
  firstContactOn: date(),
  applicantIdentity: code(z.enum(v.applicantIdentities)),
  applicantPerson: optional(participantCode(v.personSchema, 'applicantParticipantId')),
  applicantName: optional(participantText(v.MAX_NAME, 'applicantParticipantId')),
  receiptLookupId: optional(participantCode(z.string().min(1).max(200), 'applicantParticipantId')),
  receiptPublicKey: optional(participantCode(z.string().min(1).max(200), 'applicantParticipantId')),
  kindOfFacts: optional(code(v.kindOfFacts.schema)),
  language: code(z.enum(v.spokenLanguages)),
  /** The legal setting this case started under: does a written exchange count as hearing? */
  writtenCounts: code(z.boolean()),
  summary: optional(text(v.MAX_WORDS)),
  factId: factId(),
});

export const HearingOffered = eventType('case', 'HearingOffered', 1, {
  attemptId: id(),
  offeredOn: date(),
  proposedFor: date(),
  channel: code(v.channel.schema),
  note: optional(text(v.MAX_WORDS)),
});

export const HearingHeld = eventType('case', 'HearingHeld', 1, {
  /** Judged by what was recorded when (design rule 13); the date itself is sealed. */
  judgement: clear(z.enum(v.hearingJudgements)),
  heldOn: date(),
  channel: code(v.channel.schema),
});

export const HearingTermMissed = eventType('case', 'HearingTermMissed', 1, {
  dueOn: clear(v.dateSchema),
  cause: clear(z.enum(v.missedCauses)),
});

export const HearingNotTakenUp = eventType('case', 'HearingNotTakenUp', 1, {
  dueOn: clear(v.dateSchema),
  attempts: code(z.number().int().min(1)),
});

export const InterviewConfirmationRequested = eventType('case', 'InterviewConfirmationRequested', 1, {
  requestedOn: date(),
});

export const InterviewConfirmationIssued = eventType('case', 'InterviewConfirmationIssued', 1, {
  documentId: id(),
  documentHash: code(v.hashSchema),
  templateVersion: clear(v.versionSchema),
  language: code(z.enum(v.bindingLanguages)),
  issuedOn: date(),
  /** The values the document is a function of, as canonical JSON. */
  content: text(v.MAX_DOCUMENT),
});

export const ContactRecorded = eventType('case', 'ContactRecorded', 1, {
  contactId: id(),
  heldOn: date(),
  channel: code(v.channel.schema),
  durationMinutes: optional(code(v.minutesSchema)),
  riskSources: code(z.array(v.riskSource.schema).max(v.riskSource.values.length)),
  optionsExplained: code(z.array(v.optionExplained.schema).max(v.optionExplained.values.length)),
  language: code(z.enum(v.spokenLanguages)),
  otherPartyCapacity: optional(code(v.otherPartyCapacity.schema)),
  repeated: optional(code(z.boolean())),
  topic: optional(text(v.MAX_WORDS)),
  nextStep: optional(text(v.MAX_WORDS)),
});

export const CaseNoteWritten = eventType('case', 'CaseNoteWritten', 1, {
  noteId: id(),
  note: text(v.MAX_NOTE),
});

/**
 * `authorParticipantId` is the author's id for notes alone, so that their destruction takes nothing else along.
 * Sealed for case and author: no heir opens it, and it never leaves with the case (FPS: notes stay behind).
 */
export const PersonalNoteWritten = eventType('case', 'PersonalNoteWritten', 1, {
  noteId: id(),
  authorParticipantId: id(),
  note: participantText(v.MAX_NOTE, 'authorParticipantId'),
});

export const PersonalNotesDestructionScheduled = eventType('case', 'PersonalNotesDestructionScheduled', 1, {
  authorParticipantId: id(),
  destroyOn: clear(v.dateSchema),
});

export const InformalTypeChosen = eventType('case', 'InformalTypeChosen', 1, {
  choiceId: id(),
  informalType: code(v.informalType.schema),
  chosenOn: date(),
  factId: factId(),
});

export const InformalDocumentPrepared = eventType('case', 'InformalDocumentPrepared', 1, {
  documentId: id(),
  choiceId: id(),
  documentHash: code(v.hashSchema),
  templateVersion: clear(v.versionSchema),
  language: code(z.enum(v.bindingLanguages)),
  content: text(v.MAX_DOCUMENT),
});

export const DocumentSigned = eventType('case', 'DocumentSigned', 1, {
  documentId: id(),
  signerParticipantId: id(),
  documentHash: code(v.hashSchema),
  signedOn: date(),
  method: code(v.signatureMethod.schema),
  holder: optional(code(z.enum(v.paperHolders))),
  /** Hash of the sealed scan, drawing or qualified signature. */
  evidenceBlob: code(v.hashSchema),
});

export const DocumentCopyGiven = eventType('case', 'DocumentCopyGiven', 1, {
  documentId: id(),
  givenOn: date(),
  way: code(z.enum(v.copyWays)),
});

export const ApplicantNameMadeKnown = eventType('case', 'ApplicantNameMadeKnown', 1, {
  applicantParticipantId: id(),
  applicantPerson: optional(participantCode(v.personSchema, 'applicantParticipantId')),
  name: participantText(v.MAX_NAME, 'applicantParticipantId'),
});

export const ParticipantAdded = eventType('case', 'ParticipantAdded', 1, {
  participantId: id(),
  role: code(z.enum(v.participantRoles)),
  capacity: code(v.otherPartyCapacity.schema),
  person: optional(participantCode(v.personSchema, 'participantId')),
  name: optional(participantText(v.MAX_NAME, 'participantId')),
});

export const TellingAgreed = eventType('case', 'TellingAgreed', 1, {
  pointId: id(),
  participantId: id(),
  agreedOn: date(),
  /** The exact words the applicant agreed may be told. */
  words: participantText(v.MAX_WORDS, 'participantId'),
});

export const TellingWithdrawn = eventType('case', 'TellingWithdrawn', 1, {
  pointId: id(),
  participantId: id(),
  withdrawnOn: date(),
});

export const ParticipantTold = eventType('case', 'ParticipantTold', 1, {
  tellingId: id(),
  participantId: id(),
  pointIds: clear(z.array(v.idSchema).min(1).max(50)),
  toldOn: date(),
  channel: code(v.channel.schema),
  /** Exactly what was said. */
  words: participantText(v.MAX_WORDS, 'participantId'),
});

export const ReconciliationAgreed = eventType('case', 'ReconciliationAgreed', 1, {
  participantId: id(),
  agreedOn: date(),
});

export const ReconciliationMeetingHeld = eventType('case', 'ReconciliationMeetingHeld', 1, {
  meetingId: id(),
  heldOn: date(),
  channel: code(v.channel.schema),
  note: optional(text(v.MAX_NOTE)),
});

export const ReconciliationWithdrawn = eventType('case', 'ReconciliationWithdrawn', 1, {
  participantId: id(),
  withdrawnOn: date(),
});

export const InterventionCarriedOut = eventType('case', 'InterventionCarriedOut', 1, {
  interventionId: id(),
  participantId: id(),
  pointIds: clear(z.array(v.idSchema).min(1).max(50)),
  carriedOutOn: date(),
  channel: code(v.channel.schema),
  note: optional(text(v.MAX_NOTE)),
});

export const OutcomeRecorded = eventType('case', 'OutcomeRecorded', 1, {
  outcome: code(v.outcome.schema),
  recordedFor: date(),
  note: optional(text(v.MAX_WORDS)),
  factId: factId(),
});

export const CaseClosed = eventType('case', 'CaseClosed', 1, {
  retentionClass: clear(z.enum(v.retentionClasses)),
  /** Start of the retention term, hence clear. */
  closedOn: clear(v.dateSchema),
});

export const CaseReopened = eventType('case', 'CaseReopened', 1, {
  motive: text(v.MAX_WORDS),
});

export const CasesLinked = eventType('case', 'CasesLinked', 1, {
  otherCase: code(v.idSchema),
  kind: code(z.enum(v.linkKinds)),
});

export const CounsellorRecused = eventType('case', 'CounsellorRecused', 1, {
  handlerParticipantId: id(),
  reason: code(z.enum(v.recusalReasons)),
});

export const HandoverProposed = eventType('case', 'HandoverProposed', 1, {
  handoverId: id(),
  cause: clear(z.enum(v.handoverCauses)),
  /** Who would follow when the applicant wants it; may be named later. */
  successor: optional(clear(v.pseudonymSchema)),
  successorParticipantId: optional(id()),
  successorPerson: optional(participantCode(v.personSchema, 'successorParticipantId')),
});

export const SuccessorNamed = eventType('case', 'SuccessorNamed', 1, {
  handoverId: id(),
  successor: clear(v.pseudonymSchema),
  successorParticipantId: id(),
  successorPerson: participantCode(v.personSchema, 'successorParticipantId'),
});

/** The one thing a successor may send: "do you want to go on, and with whom?", a fixed text without content. */
export const ContinuationAsked = eventType('case', 'ContinuationAsked', 1, {
  askId: id(),
  handoverId: id(),
  askedOn: date(),
});

export const ApplicantDecided = eventType('case', 'ApplicantDecided', 1, {
  handoverId: id(),
  decision: code(z.enum(v.handoverDecisions)),
  decidedOn: date(),
});

export const HandlerChanged = eventType('case', 'HandlerChanged', 1, {
  handoverId: id(),
  handler: clear(v.pseudonymSchema),
  handlerParticipantId: id(),
  handlerPerson: participantCode(v.personSchema, 'handlerParticipantId'),
});

export const ExclusionAdded = eventType('case', 'ExclusionAdded', 1, {
  excludedParticipantId: id(),
  person: participantCode(v.personSchema, 'excludedParticipantId'),
  reason: code(z.enum(v.exclusionReasons)),
});

export const DisclosureMade = eventType('case', 'DisclosureMade', 1, {
  disclosureId: id(),
  ground: code(v.disclosureGround.schema),
  disclosedOn: date(),
  recipient: text(v.MAX_NAME),
  words: text(v.MAX_NOTE),
});

export const ReferralNoted = eventType('case', 'ReferralNoted', 1, {
  referralId: code(v.localIdSchema),
  receiverKind: code(v.referralReceiver.schema),
  notedOn: date(),
});

export const MarkedForFormal = eventType('case', 'MarkedForFormal', 1, {
  markedOn: date(),
});

export const AttachmentAdded = eventType('case', 'AttachmentAdded', 1, {
  attachmentId: id(),
  blob: code(v.hashSchema),
  size: code(z.number().int().min(1)),
  kind: code(z.enum(v.attachmentKinds)),
  name: optional(text(v.MAX_NAME)),
});

export const FactsReleased = eventType('case', 'FactsReleased', 1, {
  factIds: code(z.array(v.idSchema).min(1).max(100)),
  count: clear(z.number().int().min(1).max(100)),
});

export const caseEvents = [
  CaseOpened,
  HearingOffered,
  HearingHeld,
  HearingTermMissed,
  HearingNotTakenUp,
  InterviewConfirmationRequested,
  InterviewConfirmationIssued,
  ContactRecorded,
  CaseNoteWritten,
  PersonalNoteWritten,
  PersonalNotesDestructionScheduled,
  InformalTypeChosen,
  InformalDocumentPrepared,
  DocumentSigned,
  DocumentCopyGiven,
  ApplicantNameMadeKnown,
  ParticipantAdded,
  TellingAgreed,
  TellingWithdrawn,
  ParticipantTold,
  ReconciliationAgreed,
  ReconciliationMeetingHeld,
  ReconciliationWithdrawn,
  InterventionCarriedOut,
  OutcomeRecorded,
  CaseClosed,
  CaseReopened,
  CasesLinked,
  CounsellorRecused,
  HandoverProposed,
  SuccessorNamed,
  ContinuationAsked,
  ApplicantDecided,
  HandlerChanged,
  ExclusionAdded,
  DisclosureMade,
  ReferralNoted,
  MarkedForFormal,
  AttachmentAdded,
  FactsReleased,
] as const;

/** What the decider sees: codes open, text opaque. */
export type CaseEvent = EventOf<typeof caseEvents>;
/** What views see: every sealed field verbatim. */
export type StoredCaseEvent = StoredEventOf<typeof caseEvents>;
