import {
  bindingLanguages,
  channel,
  disclosureGround,
  explanationSchema,
  informalType,
  kindOfFacts,
  optionExplained,
  otherPartyCapacity,
  outcome,
  referralReceiver,
  riskSource,
  signatureMethod,
} from '@toeverlaat/legal';
import { z } from 'zod';
import {
  languageSchema,
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import { keptUntilSchema } from './kept.js';
import { defineCommand, defineQuery } from './rpc.js';

/** Every rule the case service may refuse with, translated at the edge. */
export const caseRuleCodes = [
  'access_answer_needs_search',
  'access_extension_would_tell',
  'access_refusal_after_search',
  'access_request_answered',
  'access_request_exists',
  'access_request_to_oneself',
  'access_term_extended_once',
  'access_term_over',
  'already_signed',
  'advice_exists',
  'advice_needs_no_document',
  'applicant_is_participant',
  'case_closed',
  'case_exists',
  'case_linked_to_itself',
  'closing_needs_outcome',
  'confirmation_needs_personal_interview',
  'confirmation_not_requested',
  'copy_only_of_signed_document',
  'counsellor_is_applicant',
  'document_of_earlier_choice',
  'document_takes_no_signature',
  'handler_is_participant',
  'handover_already_decided',
  'handover_waits_for_applicant',
  'hearing_already_held',
  'informal_type_not_chosen',
  'name_needs_consent',
  'no_handover_pending',
  'no_successor_named',
  'not_the_chosen_type',
  'nothing_before_both_signatures',
  'only_agreed_points_may_be_told',
  'own_conflict_is_recusal',
  'paper_signature_needs_holder',
  'reconciliation_ended',
  'reconciliation_needs_every_agreement',
  'register_entry_exists',
  'register_kept_internally',
  'signature_needs_evidence',
  'signature_over_another_document',
  'signed_request_needs_known_name',
  'successor_is_excluded',
  'successor_is_handler',
  'tick_is_no_signature',
  'written_message_is_no_hearing',
] as const;
export type CaseRuleCode = (typeof caseRuleCodes)[number];

export const applicantIdentitySchema = z.enum(['account', 'named', 'anonymous']);
export const spokenLanguageSchema = z.enum([...languageSchema.options, 'other']);
export const paperHolderSchema = z.enum(['counsellor', 'applicant', 'both']);
export const copyWaySchema = z.enum(['handed_over', 'post', 'secure_message']);
export const participantRoleSchema = z.enum([
  'directly_involved',
  'reconciliation_partner',
  'hierarchical_line',
  'witness',
  'support',
]);
export const caseLinkKindSchema = z.enum(['same_applicant', 'same_situation', 'claimed_request']);
export const recusalReasonSchema = z.enum([
  'personal_relation',
  'same_department',
  'involved_in_situation',
  'asked_by_applicant',
  'other',
]);
export const exclusionReasonSchema = z.enum(['directly_involved', 'conflict_of_interest', 'asked_by_applicant']);
export const attachmentKindSchema = z.enum(['signed_document', 'evidence', 'letter', 'other']);
export const handoverDecisionSchema = z.enum(['successor', 'another', 'close']);
export const caseDocumentKindSchema = z.enum(['interview_confirmation', 'informal_choice']);
export const caseStatusSchema = z.enum(['open', 'closed']);
export const caseHearingSchema = z.enum(['due', 'met', 'not_taken_up', 'missed']);
export const caseFlagSchema = z.enum([
  'hear_within_term',
  'term_missed',
  'waiting_for_signature',
  'waiting_for_worker',
  'hand_over',
  'copy_not_given',
  'confirmation_requested',
  'marked_for_formal',
]);
/** Work by obligation, not by table. */
export const deskQueueSchema = z.enum(['all', 'hear', 'signature', 'worker', 'hand_over', 'closed']);

const name = z.string().trim().min(1).max(200);
const words = z.string().trim().min(1).max(4000);
const note = z.string().trim().min(1).max(16_000);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);
const minutes = z
  .number()
  .int()
  .min(1)
  .max(24 * 60);
const points = z.array(z.uuid()).min(1).max(50);
const onCase = { caseId: z.uuid() };
/** The language that binds at the site; another one is refused. */
const inLanguage = { language: z.enum(bindingLanguages).optional() };
/** An entry of the organisation's own directory, or of `home`'s under a mandate. */
const personRef = z.strictObject({ home: organisationIdSchema.optional(), person: personIdSchema });

// ── commands ──
/** By the counsellor, without the worker's name if need be, with the real date of first contact. The reply's id is the case's. */
export const openCaseCommand = defineCommand(
  'case.openCase',
  z.strictObject({
    identity: applicantIdentitySchema,
    /** The worker's directory entry, for `account`. */
    applicant: personIdSchema.optional(),
    applicantName: name.optional(),
    site: localIdSchema,
    firstContactOn: localDateSchema,
    language: spokenLanguageSchema,
    kindOfFacts: kindOfFacts.schema.optional(),
    summary: words.optional(),
    /** The hearing, when it was had before the case was entered. */
    heardOn: localDateSchema.optional(),
    heardThrough: channel.schema.optional(),
  }),
);
/** One-off advice: a contact without a case that still counts. */
export const recordAdviceCommand = defineCommand(
  'case.recordAdvice',
  z.strictObject({
    site: localIdSchema,
    heldOn: localDateSchema,
    channel: channel.schema,
    durationMinutes: minutes.optional(),
    language: spokenLanguageSchema,
    kindOfFacts: kindOfFacts.schema.optional(),
    riskSources: z.array(riskSource.schema).max(5),
    optionsExplained: z.array(optionExplained.schema).max(20),
    topic: words.optional(),
  }),
);
export const offerHearingCommand = defineCommand(
  'case.offerHearing',
  z.strictObject({
    ...onCase,
    offeredOn: localDateSchema,
    proposedFor: localDateSchema,
    channel: channel.schema,
    note: words.optional(),
  }),
);
export const recordHearingCommand = defineCommand(
  'case.recordHearing',
  z.strictObject({ ...onCase, heldOn: localDateSchema, channel: channel.schema }),
);
export const requestInterviewConfirmationCommand = defineCommand(
  'case.requestInterviewConfirmation',
  z.strictObject({ ...onCase, requestedOn: localDateSchema }),
);
export const issueInterviewConfirmationCommand = defineCommand(
  'case.issueInterviewConfirmation',
  z.strictObject({ ...onCase, ...inLanguage, issuedOn: localDateSchema }),
);
export const recordContactCommand = defineCommand(
  'case.recordContact',
  z.strictObject({
    ...onCase,
    heldOn: localDateSchema,
    channel: channel.schema,
    durationMinutes: minutes.optional(),
    riskSources: z.array(riskSource.schema).max(5),
    optionsExplained: z.array(optionExplained.schema).max(20),
    language: spokenLanguageSchema,
    otherPartyCapacity: otherPartyCapacity.schema.optional(),
    repeated: z.boolean().optional(),
    topic: words.optional(),
    nextStep: words.optional(),
    /** This contact is the hearing that the term asks for. */
    isHearing: z.boolean(),
  }),
);
export const writeCaseNoteCommand = defineCommand('case.writeCaseNote', z.strictObject({ ...onCase, note }));
export const writePersonalNoteCommand = defineCommand('case.writePersonalNote', z.strictObject({ ...onCase, note }));
export const chooseInformalTypeCommand = defineCommand(
  'case.chooseInformalType',
  z.strictObject({ ...onCase, informalType: informalType.schema, chosenOn: localDateSchema }),
);
export const prepareInformalDocumentCommand = defineCommand(
  'case.prepareInformalDocument',
  z.strictObject({ ...onCase, ...inLanguage, madeOn: localDateSchema }),
);
export const signDocumentCommand = defineCommand(
  'case.signDocument',
  z.strictObject({
    ...onCase,
    documentId: z.uuid(),
    signer: z.enum(['counsellor', 'applicant']),
    documentHash: sha256,
    signedOn: localDateSchema,
    /** `tick` is taken here only to be refused with its rule. */
    method: z.enum([...signatureMethod.values, 'tick']),
    holder: paperHolderSchema.optional(),
    /** The sealed scan, drawing or qualified signature. */
    evidenceBlob: sha256.optional(),
  }),
);
export const giveDocumentCopyCommand = defineCommand(
  'case.giveDocumentCopy',
  z.strictObject({ ...onCase, documentId: z.uuid(), givenOn: localDateSchema, way: copyWaySchema }),
);
export const makeNameKnownCommand = defineCommand(
  'case.makeNameKnown',
  z.strictObject({ ...onCase, name, person: personIdSchema.optional() }),
);
/** The reply's id is the case's; the participant's id stands in the case. */
export const addParticipantCommand = defineCommand(
  'case.addParticipant',
  z.strictObject({
    ...onCase,
    role: participantRoleSchema,
    capacity: otherPartyCapacity.schema,
    person: personIdSchema.optional(),
    name: name.optional(),
  }),
);
export const agreeTellingCommand = defineCommand(
  'case.agreeTelling',
  z.strictObject({
    ...onCase,
    participantId: z.uuid(),
    agreedOn: localDateSchema,
    words: z.string().trim().min(1).max(1500),
  }),
);
export const withdrawTellingCommand = defineCommand(
  'case.withdrawTelling',
  z.strictObject({ ...onCase, pointId: z.uuid(), withdrawnOn: localDateSchema }),
);
export const tellParticipantCommand = defineCommand(
  'case.tellParticipant',
  z.strictObject({
    ...onCase,
    participantId: z.uuid(),
    pointIds: points,
    toldOn: localDateSchema,
    channel: channel.schema,
    words,
  }),
);
export const agreeToReconciliationCommand = defineCommand(
  'case.agreeToReconciliation',
  z.strictObject({ ...onCase, participantId: z.uuid(), agreedOn: localDateSchema }),
);
export const recordReconciliationMeetingCommand = defineCommand(
  'case.recordReconciliationMeeting',
  z.strictObject({ ...onCase, heldOn: localDateSchema, channel: channel.schema, note: note.optional() }),
);
export const withdrawFromReconciliationCommand = defineCommand(
  'case.withdrawFromReconciliation',
  z.strictObject({ ...onCase, participantId: z.uuid(), withdrawnOn: localDateSchema }),
);
export const carryOutInterventionCommand = defineCommand(
  'case.carryOutIntervention',
  z.strictObject({
    ...onCase,
    participantId: z.uuid(),
    pointIds: points,
    carriedOutOn: localDateSchema,
    channel: channel.schema,
    note: note.optional(),
  }),
);
export const recordOutcomeCommand = defineCommand(
  'case.recordOutcome',
  z.strictObject({ ...onCase, outcome: outcome.schema, recordedFor: localDateSchema, note: words.optional() }),
);
export const closeCaseCommand = defineCommand(
  'case.closeCase',
  z.strictObject({ ...onCase, closedOn: localDateSchema }),
);
export const reopenCaseCommand = defineCommand('case.reopenCase', z.strictObject({ ...onCase, motive: words }));
export const linkCasesCommand = defineCommand(
  'case.linkCases',
  z.strictObject({ ...onCase, otherCase: z.uuid(), kind: caseLinkKindSchema }),
);
export const recuseCommand = defineCommand(
  'case.recuse',
  z.strictObject({
    ...onCase,
    reason: recusalReasonSchema,
    /** The designation of whom the applicant may go on with. */
    successorDesignationId: localIdSchema.optional(),
  }),
);
/** A successor asks, in a fixed wording, whether the applicant wants to go on. */
export const askContinuationCommand = defineCommand(
  'case.askContinuation',
  z.strictObject({ ...onCase, askedOn: localDateSchema }),
);
export const decideContinuationCommand = defineCommand(
  'case.decideContinuation',
  z.strictObject({
    ...onCase,
    decision: handoverDecisionSchema,
    decidedOn: localDateSchema,
    /** With `another`: whose card the applicant chose. */
    designationId: localIdSchema.optional(),
  }),
);
export const addExclusionCommand = defineCommand(
  'case.addExclusion',
  z.strictObject({ ...onCase, excluded: personRef, reason: exclusionReasonSchema }),
);
export const makeDisclosureCommand = defineCommand(
  'case.makeDisclosure',
  z.strictObject({
    ...onCase,
    ground: disclosureGround.schema,
    disclosedOn: localDateSchema,
    recipient: name,
    words: note,
  }),
);
/** From the referral service, in the name of the handler who refers. */
export const noteReferralCommand = defineCommand(
  'case.noteReferral',
  z.strictObject({
    ...onCase,
    referralId: localIdSchema,
    receiverKind: referralReceiver.schema,
    notedOn: localDateSchema,
  }),
);
export const markForFormalCommand = defineCommand(
  'case.markForFormal',
  z.strictObject({ ...onCase, markedOn: localDateSchema }),
);
/** The bytes are already a sealed blob of the case. */
export const addAttachmentCommand = defineCommand(
  'case.addAttachment',
  z.strictObject({
    ...onCase,
    blob: sha256,
    size: z
      .number()
      .int()
      .min(1)
      .max(25 * 1024 * 1024),
    kind: attachmentKindSchema,
    name: name.optional(),
  }),
);

// ── answers ──
/** `null`: not entered, or erased. `erased` names what was erased. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();

export const deskRowSchema = z.strictObject({
  caseId: z.uuid(),
  /** Not consecutive: tells nothing of how many cases there are. */
  caseNumber: z.string(),
  status: caseStatusSchema,
  hearingDueOn: localDateSchema,
  hearing: caseHearingSchema,
  flags: z.array(caseFlagSchema),
  /** UTC. */
  lastRecordedAt: z.string(),
  site: maybe(localIdSchema),
  kindOfFacts: maybe(kindOfFacts.schema),
  applicantName: maybe(z.string()),
});

const caseContact = z.strictObject({
  contactId: z.uuid(),
  heldOn: localDateSchema,
  channel: channel.schema,
  durationMinutes: maybe(z.number().int()),
  riskSources: z.array(riskSource.schema),
  optionsExplained: z.array(optionExplained.schema),
  language: spokenLanguageSchema,
  otherPartyCapacity: maybe(otherPartyCapacity.schema),
  repeated: maybe(z.boolean()),
  topic: maybe(z.string()),
  nextStep: maybe(z.string()),
});
const caseSignature = z.strictObject({
  signer: z.enum(['counsellor', 'applicant']),
  signedOn: localDateSchema,
  method: signatureMethod.schema,
  holder: maybe(paperHolderSchema),
});
export const caseDocumentSchema = z.strictObject({
  documentId: z.uuid(),
  kind: caseDocumentKindSchema,
  documentHash: sha256,
  language: z.enum(bindingLanguages),
  signatures: z.array(caseSignature),
  copies: z.array(z.strictObject({ givenOn: localDateSchema, way: copyWaySchema })),
});
const casePoint = z.strictObject({
  pointId: z.uuid(),
  words: maybe(z.string()),
  agreedOn: localDateSchema,
  withdrawnOn: maybe(localDateSchema),
});
const caseTelling = z.strictObject({
  tellingId: z.uuid(),
  pointIds: z.array(z.uuid()),
  toldOn: localDateSchema,
  channel: channel.schema,
  words: maybe(z.string()),
});
const caseParticipant = z.strictObject({
  participantId: z.uuid(),
  role: participantRoleSchema,
  capacity: otherPartyCapacity.schema,
  person: maybe(personIdSchema),
  name: maybe(z.string()),
  reconciliation: z.enum(['not_asked', 'agreed', 'withdrawn']),
  reconciliationOn: maybe(localDateSchema),
  points: z.array(casePoint),
  told: z.array(caseTelling),
});

export const caseSchema = z.strictObject({
  caseId: z.uuid(),
  caseNumber: z.string(),
  revision: z.number().int(),
  status: caseStatusSchema,
  closedOn: maybe(localDateSchema),
  origin: z.enum(['accepted_request', 'counsellor']),
  requestId: maybe(localIdSchema),
  site: localIdSchema,
  firstContactOn: localDateSchema,
  language: spokenLanguageSchema,
  kindOfFacts: maybe(kindOfFacts.schema),
  summary: maybe(z.string()),
  lawVersion: z.string(),
  applicantIdentity: applicantIdentitySchema,
  applicantPerson: maybe(personIdSchema),
  applicantName: maybe(z.string()),
  applicantParticipantId: z.uuid(),
  hearing: caseHearingSchema,
  hearingDueOn: localDateSchema,
  hearingHeldOn: maybe(localDateSchema),
  hearingChannel: maybe(channel.schema),
  /** Why this date (design rule 12). */
  hearingExplanation: explanationSchema,
  hearingWhy: z.string(),
  /** Until when the file is kept; null until that is known. */
  kept: maybe(keptUntilSchema),
  hearingAttempts: z.array(
    z.strictObject({
      offeredOn: localDateSchema,
      proposedFor: localDateSchema,
      channel: channel.schema,
      note: maybe(z.string()),
    }),
  ),
  confirmationRequestedOn: maybe(localDateSchema),
  contacts: z.array(caseContact),
  notes: z.array(z.strictObject({ noteId: z.uuid(), note: maybe(z.string()) })),
  informalType: maybe(informalType.schema),
  informalChosenOn: maybe(localDateSchema),
  reconciliationEndedOn: maybe(localDateSchema),
  documents: z.array(caseDocumentSchema),
  participants: z.array(caseParticipant),
  meetings: z.array(z.strictObject({ heldOn: localDateSchema, channel: channel.schema, note: maybe(z.string()) })),
  interventions: z.array(
    z.strictObject({
      participantId: z.uuid(),
      pointIds: z.array(z.uuid()),
      carriedOutOn: localDateSchema,
      channel: channel.schema,
      note: maybe(z.string()),
    }),
  ),
  outcome: maybe(outcome.schema),
  outcomeOn: maybe(localDateSchema),
  outcomeNote: maybe(z.string()),
  flags: z.array(caseFlagSchema),
  links: z.array(z.strictObject({ otherCase: z.uuid(), kind: caseLinkKindSchema })),
  handover: z.enum(['none', 'awaiting_applicant']),
  exclusions: z.array(
    z.strictObject({
      home: maybe(organisationIdSchema),
      person: maybe(personIdSchema),
      reason: exclusionReasonSchema,
    }),
  ),
  disclosures: z.array(
    z.strictObject({
      ground: disclosureGround.schema,
      disclosedOn: localDateSchema,
      recipient: maybe(z.string()),
      words: maybe(z.string()),
    }),
  ),
  referrals: z.array(
    z.strictObject({ referralId: localIdSchema, receiverKind: referralReceiver.schema, notedOn: localDateSchema }),
  ),
  markedForFormalOn: maybe(localDateSchema),
  attachments: z.array(
    z.strictObject({
      attachmentId: z.uuid(),
      blob: sha256,
      size: z.number().int(),
      kind: attachmentKindSchema,
      name: maybe(z.string()),
    }),
  ),
});
export type CaseContent = z.infer<typeof caseSchema>;

export const timelineEntrySchema = z.strictObject({
  eventId: z.uuid(),
  revision: z.number().int(),
  /** Event name, e.g. `HearingHeld`; the sentence is made at the edge. */
  what: z.string(),
  /** UTC: when we knew. */
  recordedAt: z.string(),
  /** When it happened, where the event says so. */
  occurredOn: maybe(localDateSchema),
  /** Capacity that acted. */
  by: z.string(),
});

// ── queries ──
/** The counsellor's desk: own cases, nearest term first. Recorded: names are shown. */
export const deskQuery = defineQuery(
  'case.desk',
  pageInputSchema.extend({ queue: deskQueueSchema.default('all') }),
  pageOf(deskRowSchema),
);
/** `asOf` (UTC): what was recorded by then; today's authority, exclusions and keys apply. */
export const caseByIdQuery = defineQuery(
  'case.caseById',
  z.strictObject({ ...onCase, asOf: z.iso.datetime({ precision: 3 }).optional() }),
  caseSchema,
);
export const caseTimelineQuery = defineQuery(
  'case.timeline',
  z.strictObject({ ...onCase, asOf: z.iso.datetime({ precision: 3 }).optional() }),
  z.array(timelineEntrySchema),
);
/** Who may read this case now, and by which rule. */
export const whoMayReadQuery = defineQuery(
  'case.whoMayRead',
  z.strictObject(onCase),
  z.array(
    z.strictObject({
      relation: z.string(),
      capacity: z.string(),
      home: maybe(organisationIdSchema),
      person: maybe(personIdSchema),
      pseudonym: z.string(),
      sees: z.array(z.string()),
      because: z.string(),
      source: z.string(),
    }),
  ),
);
export const caseDocumentQuery = defineQuery(
  'case.document',
  z.strictObject({ ...onCase, documentId: z.uuid() }),
  z.strictObject({
    documentId: z.uuid(),
    kind: caseDocumentKindSchema,
    fileName: z.string(),
    documentHash: sha256,
    /** The PDF, base64. */
    pdf: z.base64(),
  }),
);
/** The author's alone. */
export const personalNotesQuery = defineQuery(
  'case.personalNotes',
  z.strictObject(onCase),
  z.array(z.strictObject({ noteId: z.uuid(), note: maybe(z.string()) })),
);
/** Exactly what was agreed may be told to this participant. */
export const participantViewQuery = defineQuery(
  'case.participantView',
  z.strictObject(onCase),
  z.strictObject({ caseId: z.uuid(), participantId: z.uuid(), told: z.array(caseTelling) }),
);
/** Where the applicant's own case stands; not the notes. */
export const applicantViewQuery = defineQuery(
  'case.applicantView',
  z.strictObject(onCase),
  z.strictObject({
    caseId: z.uuid(),
    revision: z.number().int(),
    status: caseStatusSchema,
    hearing: caseHearingSchema,
    hearingDueOn: localDateSchema,
    hearingWhy: z.string(),
    /** Until when the counsellor's file is kept; null until that is known. */
    kept: maybe(keptUntilSchema),
    informalType: maybe(informalType.schema),
    documents: z.array(caseDocumentSchema),
    handover: z.enum(['none', 'awaiting_applicant']),
    /** The applicant may go on with the proposed successor. */
    successorNamed: z.boolean(),
    /** When a successor asked, without content, whether to go on. */
    continuationAskedOn: z.array(localDateSchema),
  }),
);
/**
 * For `referral`, in the name of the handler: the listed records opened, to be sealed again for the receiver. Personal
 * notes are no records. `recordIds` left out: what the law sends along, the two documents.
 */
export const recordsForReferralQuery = defineQuery(
  'case.recordsForReferral',
  z.strictObject({ ...onCase, recordIds: z.array(z.uuid()).max(50).optional() }),
  z.strictObject({
    caseId: z.uuid(),
    applicantParticipantId: z.uuid(),
    site: localIdSchema,
    records: z.array(
      z.strictObject({
        recordId: z.uuid(),
        kind: z.enum(['interview_confirmation', 'informal_choice', 'contact', 'case_note', 'attachment']),
        title: z.string(),
        /** Canonical JSON of the record. */
        content: z.string(),
      }),
    ),
  }),
);
/** For `referral`, in the name of the handler: this case refers to that attachment, and its bytes are there. */
export const isAttachedQuery = defineQuery(
  'case.isAttached',
  z.strictObject({ ...onCase, blob: z.string().regex(/^[0-9a-f]{64}$/u) }),
  z.strictObject({ attached: z.boolean() }),
);
/**
 * For `intake` and `referral`, in the name of the counsellor: does a person take part in one of their open cases (a
 * private warning), or in this case (who may not receive it)?
 */
export const takesPartQuery = defineQuery(
  'case.takesPart',
  z.strictObject({ home: organisationIdSchema.optional(), person: personIdSchema, caseId: z.uuid().optional() }),
  z.strictObject({ takesPart: z.boolean() }),
);
/**
 * For `intake` and `referral` themselves: whether somebody is excluded from a case, and so may neither be told of its request
 * nor go on seeing it or what was handed over from it (design rule 10). A case that is not there excludes nobody.
 */
export const isExcludedQuery = defineQuery(
  'case.isExcluded',
  z.strictObject({ ...onCase, home: organisationIdSchema.optional(), person: personIdSchema }),
  z.strictObject({ excluded: z.boolean() }),
);
export const adviceContactsQuery = defineQuery(
  'case.adviceContacts',
  pageInputSchema,
  pageOf(
    z.strictObject({
      adviceId: z.uuid(),
      recordedAt: z.string(),
      heldOn: maybe(localDateSchema),
      channel: maybe(channel.schema),
      site: maybe(localIdSchema),
      topic: maybe(z.string()),
    }),
  ),
);
