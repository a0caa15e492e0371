import {
  accept,
  refuse as refuseRule,
  reject,
  type Command,
  type CommandMeta,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { hearingTerm, personalNotesDestroyOn } from '../law.js';
import { sourceOf, type CaseRuleCode } from '../rules.js';
import type * as v from '../vocabulary.js';
import type { CaseEvent } from './events.js';
import {
  evolve,
  initialCase,
  isExcluded,
  isPerson,
  notesIdOf,
  personOf,
  signedChoice,
  type CaseBody,
  type CaseDocument,
  type CaseState,
  type ClosedCase,
  type OpenCase,
  type Successor,
} from './state.js';

/** Of the counsellor who handles the case; `by` is checked against the fold, so a hand-over between two commands binds. */
type HandlerCommand<Type extends string, Data> = Command<Type, Data & { readonly by: v.PersonRef }>;
type NewHandler = { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef };

export type OpenCaseCommand = Command<
  'OpenCase',
  {
    readonly handler: NewHandler;
    readonly applicant: {
      readonly participantId: string;
      readonly identity: v.ApplicantIdentity;
      readonly person?: v.PersonRef | undefined;
      readonly name?: ConfidentialText | undefined;
      readonly receiptLookupId?: string | undefined;
      readonly receiptPublicKey?: string | undefined;
    };
    readonly origin: v.Origin;
    readonly requestId?: string | undefined;
    readonly site: string;
    readonly firstContactOn: LocalDate;
    readonly language: v.SpokenLanguage;
    readonly kindOfFacts?: v.KindOfFacts | undefined;
    readonly summary?: ConfidentialText | undefined;
    readonly writtenCounts: boolean;
    /** The talk that was already had when the case is entered after it. */
    readonly heard?: { readonly heldOn: LocalDate; readonly channel: v.Channel } | undefined;
    readonly factId?: string | undefined;
  }
>;

export type CaseCommand =
  | OpenCaseCommand
  | HandlerCommand<
      'OfferHearing',
      {
        readonly attemptId: string;
        readonly offeredOn: LocalDate;
        readonly proposedFor: LocalDate;
        readonly channel: v.Channel;
        readonly note?: ConfidentialText | undefined;
      }
    >
  | HandlerCommand<'RecordHearing', { readonly heldOn: LocalDate; readonly channel: v.Channel }>
  /** From the timer of any replica; its id is made of term and due date (design rule 8). */
  | Command<'NoteTermPassed', { readonly term: 'hearing'; readonly dueOn: LocalDate }>
  | Command<'RequestInterviewConfirmation', { readonly requestedOn: LocalDate }>
  | HandlerCommand<
      'IssueInterviewConfirmation',
      {
        readonly documentId: string;
        readonly documentHash: string;
        readonly templateVersion: string;
        readonly language: v.BindingLanguage;
        readonly issuedOn: LocalDate;
        readonly content: ConfidentialText;
      }
    >
  | HandlerCommand<
      'RecordContact',
      {
        readonly contactId: string;
        readonly heldOn: LocalDate;
        readonly channel: v.Channel;
        readonly durationMinutes?: number | undefined;
        readonly riskSources: readonly v.RiskSource[];
        readonly optionsExplained: readonly v.OptionExplained[];
        readonly language: v.SpokenLanguage;
        readonly otherPartyCapacity?: v.OtherPartyCapacity | undefined;
        readonly repeated?: boolean | undefined;
        readonly topic?: ConfidentialText | undefined;
        readonly nextStep?: ConfidentialText | undefined;
        /** This contact is the hearing that the term asks for. */
        readonly isHearing: boolean;
      }
    >
  | HandlerCommand<'WriteCaseNote', { readonly noteId: string; readonly note: ConfidentialText }>
  | HandlerCommand<'WritePersonalNote', { readonly noteId: string; readonly note: ConfidentialText }>
  | HandlerCommand<
      'ChooseInformalType',
      {
        readonly choiceId: string;
        readonly informalType: v.InformalType;
        readonly chosenOn: LocalDate;
        readonly factId?: string | undefined;
      }
    >
  | HandlerCommand<
      'PrepareInformalDocument',
      {
        readonly documentId: string;
        readonly documentHash: string;
        readonly templateVersion: string;
        readonly language: v.BindingLanguage;
        readonly content: ConfidentialText;
      }
    >
  | Command<
      'SignDocument',
      {
        readonly signer:
          | { readonly as: 'counsellor'; readonly by: v.PersonRef }
          /** By the applicant in person, or entered by the counsellor who holds the signed paper. */
          | { readonly as: 'applicant' };
        readonly documentId: string;
        readonly documentHash: string;
        readonly signedOn: LocalDate;
        readonly method: v.SignatureMethod | 'tick';
        readonly holder?: v.PaperHolder | undefined;
        readonly evidenceBlob?: string | undefined;
        /** What was put into this very case stands behind `evidenceBlob`; looked up before the decision. */
        readonly evidenceKnown: boolean;
      }
    >
  | HandlerCommand<
      'GiveDocumentCopy',
      { readonly documentId: string; readonly givenOn: LocalDate; readonly way: v.CopyWay }
    >
  | Command<'MakeNameKnown', { readonly name: ConfidentialText; readonly person?: v.PersonRef | undefined }>
  | HandlerCommand<
      'AddParticipant',
      {
        readonly participantId: string;
        readonly role: v.ParticipantRole;
        readonly capacity: v.OtherPartyCapacity;
        readonly person?: v.PersonRef | undefined;
        readonly name?: ConfidentialText | undefined;
      }
    >
  | HandlerCommand<
      'AgreeTelling',
      {
        readonly pointId: string;
        readonly participantId: string;
        readonly agreedOn: LocalDate;
        readonly words: ConfidentialText;
      }
    >
  | HandlerCommand<'WithdrawTelling', { readonly pointId: string; readonly withdrawnOn: LocalDate }>
  | HandlerCommand<
      'TellParticipant',
      {
        readonly tellingId: string;
        readonly participantId: string;
        readonly pointIds: readonly string[];
        readonly toldOn: LocalDate;
        readonly channel: v.Channel;
        readonly words: ConfidentialText;
      }
    >
  | HandlerCommand<'AgreeToReconciliation', { readonly participantId: string; readonly agreedOn: LocalDate }>
  | HandlerCommand<
      'RecordReconciliationMeeting',
      {
        readonly meetingId: string;
        readonly heldOn: LocalDate;
        readonly channel: v.Channel;
        readonly note?: ConfidentialText | undefined;
      }
    >
  | HandlerCommand<'WithdrawFromReconciliation', { readonly participantId: string; readonly withdrawnOn: LocalDate }>
  | HandlerCommand<
      'CarryOutIntervention',
      {
        readonly interventionId: string;
        readonly participantId: string;
        readonly pointIds: readonly string[];
        readonly carriedOutOn: LocalDate;
        readonly channel: v.Channel;
        readonly note?: ConfidentialText | undefined;
      }
    >
  | HandlerCommand<
      'RecordOutcome',
      {
        readonly outcome: v.Outcome;
        readonly recordedFor: LocalDate;
        readonly note?: ConfidentialText | undefined;
        readonly factId?: string | undefined;
      }
    >
  | HandlerCommand<'CloseCase', { readonly closedOn: LocalDate; readonly retentionClass: v.RetentionClass }>
  | HandlerCommand<'ReopenCase', { readonly motive: ConfidentialText }>
  | HandlerCommand<'LinkCases', { readonly caseId: string; readonly otherCase: string; readonly kind: v.LinkKind }>
  | HandlerCommand<
      'RecuseCounsellor',
      { readonly reason: v.RecusalReason; readonly handoverId: string; readonly successor?: NewHandler | undefined }
    >
  /** A reaction to the end of a designation. */
  | Command<
      'ProposeHandover',
      { readonly handoverId: string; readonly handler: string; readonly successor?: NewHandler | undefined }
    >
  | Command<'NameSuccessor', { readonly handoverId: string; readonly successor: NewHandler }>
  | Command<
      'AskContinuation',
      { readonly by: v.PersonRef; readonly handoverId: string; readonly askId: string; readonly askedOn: LocalDate }
    >
  | Command<
      'DecideContinuation',
      {
        readonly handoverId: string;
        readonly decidedOn: LocalDate;
        readonly choice:
          | { readonly decision: 'successor' }
          | { readonly decision: 'another'; readonly counsellor: NewHandler }
          | { readonly decision: 'close' };
      }
    >
  | HandlerCommand<
      'AddExclusion',
      { readonly excludedParticipantId: string; readonly person: v.PersonRef; readonly reason: v.ExclusionReason }
    >
  | HandlerCommand<
      'MakeDisclosure',
      {
        readonly disclosureId: string;
        readonly ground: v.DisclosureGround;
        readonly disclosedOn: LocalDate;
        readonly recipient: ConfidentialText;
        readonly words: ConfidentialText;
      }
    >
  /** From the referral service, on behalf of the handler whose referral it is. */
  | Command<
      'NoteReferral',
      { readonly referralId: string; readonly receiverKind: v.ReferralReceiver; readonly notedOn: LocalDate }
    >
  | HandlerCommand<'MarkForFormal', { readonly markedOn: LocalDate }>
  | HandlerCommand<
      'AddAttachment',
      {
        readonly attachmentId: string;
        readonly blob: string;
        /** What was put into this very case stands behind `blob`; looked up before the decision. */
        readonly blobKnown: boolean;
        readonly size: number;
        readonly kind: v.AttachmentKind;
        readonly name?: ConfidentialText | undefined;
      }
    >
  | Command<'ReleaseFacts', { readonly factIds: readonly string[] }>;

type D = Decision<CaseEvent>;
type Existing = OpenCase | ClosedCase;

const refuse = (rule: CaseRuleCode, params?: Readonly<Record<string, string | number>>): Decision<never> =>
  refuseRule(rule, sourceOf(rule), params);
const notFound = reject({ kind: 'NotFound' });
const invalid = (field: string, rule: string): Decision<never> => reject({ kind: 'InvalidInput', field, rule });

// ---- dates -------------------------------------------------------------------------------------------------------

/** What happened happened no later than today, and within this case no earlier than the first contact. */
const dateFault = (field: string, date: LocalDate, meta: CommandMeta, body?: CaseBody): Decision<never> | undefined => {
  if (date > meta.today) return invalid(field, 'in_future');
  if (body !== undefined && date < body.firstContactOn) return invalid(field, 'before_first_contact');
  return undefined;
};

// ---- who may act -------------------------------------------------------------------------------------------------

/** Not your case, not yours any more, or one you are excluded from: all look like no case at all (design rule 10). */
const asHandler = (state: CaseState, by: v.PersonRef, next: (state: Existing) => D): D => {
  if (state.status === 'absent' || isExcluded(state, by) || !isPerson(state.handler.person, by)) return notFound;
  return next(state);
};

const asHandlerOfOpen = (state: CaseState, by: v.PersonRef, next: (state: OpenCase) => D): D =>
  asHandler(state, by, (existing) => {
    if (existing.status === 'closed') return refuse('case_closed');
    // Nobody acts in a case whose counsellor left, before its applicant has said who goes on.
    if (existing.handover.status !== 'none') return refuse('handover_waits_for_applicant');
    return next(existing);
  });

// ---- the term of hearing -----------------------------------------------------------------------------------------

/** An offer counts when it was made for a date within the term and recorded before the term was judged. */
const countedAttempts = (body: Pick<CaseBody, 'hearing'>): number =>
  Object.values(body.hearing.attempts).filter((attempt) => attempt.proposedFor <= body.hearing.dueOn).length;

const termEnded = (body: Pick<CaseBody, 'hearing'>): CaseEvent => {
  const { dueOn } = body.hearing;
  const attempts = countedAttempts(body);
  return attempts > 0
    ? { type: 'HearingNotTakenUp', data: { dueOn, attempts } }
    : { type: 'HearingTermMissed', data: { dueOn, cause: 'not_heard' } };
};

/** A replica's timer may lag: whatever is recorded after the last day, the term is judged first. */
const judgedFirst = (body: Existing, meta: CommandMeta): readonly CaseEvent[] =>
  body.status === 'open' && body.hearing.status === 'due' && meta.today > body.hearing.dueOn ? [termEnded(body)] : [];

const isWritten = (channel: v.Channel): boolean => channel === 'written_message' || channel === 'letter';

const hearingEvents = (body: OpenCase, heldOn: LocalDate, channel: v.Channel, meta: CommandMeta): D => {
  const { hearing } = body;
  if (isWritten(channel) && !body.writtenCounts) return refuse('written_message_is_no_hearing');
  if (hearing.status !== 'due' && hearing.held !== undefined)
    return hearing.held.heldOn === heldOn && hearing.held.channel === channel
      ? accept()
      : refuse('hearing_already_held');
  // Rule 13: the term is judged by what was recorded within it. A talk entered later explains, it does not erase.
  if (hearing.status === 'due' && meta.today <= hearing.dueOn)
    return accept<CaseEvent>({ type: 'HearingHeld', data: { judgement: 'in_time', heldOn, channel } });
  const held: CaseEvent = {
    type: 'HearingHeld',
    data: { judgement: heldOn <= hearing.dueOn ? 'explains_missed_term' : 'late', heldOn, channel },
  };
  return accept<CaseEvent>(...judgedFirst(body, meta), held);
};

const open = (command: OpenCaseCommand): D => {
  const { data, meta } = command;
  const fault =
    dateFault('firstContactOn', data.firstContactOn, meta) ??
    (data.heard === undefined ? undefined : dateFault('heard.heldOn', data.heard.heldOn, meta));
  if (fault !== undefined) return fault;
  if (data.heard !== undefined && data.heard.heldOn < data.firstContactOn)
    return invalid('heard.heldOn', 'before_first_contact');
  if (data.heard !== undefined && isWritten(data.heard.channel) && !data.writtenCounts)
    return refuse('written_message_is_no_hearing');
  if (data.origin === 'accepted_request' && data.requestId === undefined) return invalid('requestId', 'required');
  if (data.applicant.identity === 'account' && data.applicant.person === undefined)
    return invalid('applicant.person', 'required');
  if (
    data.applicant.identity === 'anonymous' &&
    (data.applicant.person !== undefined || data.applicant.name !== undefined)
  )
    return invalid('applicant.identity', 'anonymous_has_no_name');
  if (data.applicant.person !== undefined && isPerson(data.applicant.person, data.handler.person))
    return refuse('counsellor_is_applicant');

  const dueOn = hearingTerm(meta.lawVersion, data.firstContactOn).due;
  const events: CaseEvent[] = [
    {
      type: 'CaseOpened',
      data: {
        handler: data.handler.pseudonym,
        handlerParticipantId: data.handler.participantId,
        handlerPerson: data.handler.person,
        applicantParticipantId: data.applicant.participantId,
        hearingDueOn: dueOn,
        lawVersion: meta.lawVersion,
        origin: data.origin,
        requestId: data.requestId,
        site: data.site,
        firstContactOn: data.firstContactOn,
        applicantIdentity: data.applicant.identity,
        applicantPerson: data.applicant.person,
        applicantName: data.applicant.name,
        receiptLookupId: data.applicant.receiptLookupId,
        receiptPublicKey: data.applicant.receiptPublicKey,
        kindOfFacts: data.kindOfFacts,
        language: data.language,
        writtenCounts: data.writtenCounts,
        summary: data.summary,
        factId: data.factId,
      },
    },
  ];
  const passed = meta.today > dueOn;
  if (passed)
    events.push({
      type: 'HearingTermMissed',
      data: { dueOn, cause: data.origin === 'counsellor' ? 'entered_late' : 'not_heard' },
    });
  if (data.heard !== undefined) {
    const { heldOn, channel } = data.heard;
    const judgement = !passed ? 'in_time' : heldOn <= dueOn ? 'explains_missed_term' : 'late';
    events.push({ type: 'HearingHeld', data: { judgement, heldOn, channel } });
  }
  return accept(...events);
};

// ---- the informal choice and its document ------------------------------------------------------------------------

const sameSignature = (document: CaseDocument, signer: string, signedOn: LocalDate, evidenceBlob: string): boolean =>
  document.signatures[signer]?.signedOn === signedOn && document.signatures[signer].evidenceBlob === evidenceBlob;

const sign = (state: CaseState, command: Extract<CaseCommand, { type: 'SignDocument' }>): D => {
  const { data, meta } = command;
  if (state.status === 'absent') return notFound;
  const signer = data.signer.as === 'counsellor' ? state.handler.participantId : state.applicant.participantId;
  const next = (body: OpenCase): D => {
    const document = body.documents[data.documentId];
    if (document === undefined) return invalid('documentId', 'unknown');
    if (document.kind !== 'informal_choice') return refuse('document_takes_no_signature');
    // A tick is none: who signed, when and over what must be shown by something the signer made.
    if (data.method === 'tick') return refuse('tick_is_no_signature');
    if (data.signer.as === 'applicant' && body.applicant.identity === 'anonymous')
      return refuse('signed_request_needs_known_name');
    if (data.documentHash !== document.hash) return refuse('signature_over_another_document');
    if (data.evidenceBlob === undefined) return refuse('signature_needs_evidence', { method: data.method });
    if (data.method === 'paper' && data.holder === undefined) return refuse('paper_signature_needs_holder');
    if (sameSignature(document, signer, data.signedOn, data.evidenceBlob)) return accept();
    if (document.signatures[signer] !== undefined) return refuse('already_signed');
    if (body.informal.status === 'none' || body.informal.choiceId !== document.choiceId)
      return refuse('document_of_earlier_choice');
    if (!data.evidenceKnown) return invalid('evidenceBlob', 'unknown');
    const fault = dateFault('signedOn', data.signedOn, meta, body);
    if (fault !== undefined) return fault;
    return accept<CaseEvent>({
      type: 'DocumentSigned',
      data: {
        documentId: data.documentId,
        signerParticipantId: signer,
        documentHash: data.documentHash,
        signedOn: data.signedOn,
        method: data.method,
        holder: data.method === 'paper' ? data.holder : undefined,
        evidenceBlob: data.evidenceBlob,
      },
    });
  };
  if (data.signer.as === 'counsellor') return asHandlerOfOpen(state, data.signer.by, next);
  return state.status === 'closed' ? refuse('case_closed') : next(state);
};

/**
 * Before anything is done for an intervention or a reconciliation, its document is dated and signed by the intervening
 * person and the applicant; an act dated before the later signature came too early as well.
 */
const afterBothSignatures = (body: OpenCase, types: readonly v.InformalType[], on: LocalDate, next: () => D): D => {
  const { informal } = body;
  if (informal.status === 'none') return refuse('nothing_before_both_signatures');
  if (!types.includes(informal.informalType)) return refuse('not_the_chosen_type');
  if (informal.status === 'ended') return refuse('reconciliation_ended');
  const signed = signedChoice(body, informal.choiceId);
  if (signed === undefined) return refuse('nothing_before_both_signatures');
  const signers = [
    body.applicant.participantId,
    ...[body.handler, ...body.formerHandlers].map((handler) => handler.participantId),
  ];
  const tooEarly = signers.some((signer) => (signed.document.signatures[signer]?.signedOn ?? on) > on);
  return tooEarly ? refuse('nothing_before_both_signatures') : next();
};

const disclosing = ['intervention_with_another_person', 'reconciliation'] as const;

/** Only what the applicant agreed to, to whom they agreed to tell it, and did not take back. */
const onlyAgreed = (body: OpenCase, participantId: string, pointIds: readonly string[], next: () => D): D => {
  if (body.participants[participantId] === undefined) return invalid('participantId', 'unknown');
  const agreed = pointIds.every((pointId) => {
    const point = body.points[pointId];
    return point !== undefined && point.participantId === participantId && point.withdrawnOn === undefined;
  });
  return agreed && pointIds.length > 0 ? next() : refuse('only_agreed_points_may_be_told');
};

// ---- hand-over ---------------------------------------------------------------------------------------------------

const successorFields = (successor: NewHandler | undefined) =>
  successor === undefined
    ? {}
    : {
        successor: successor.pseudonym,
        successorParticipantId: successor.participantId,
        successorPerson: successor.person,
      };

/** A leaver's personal notes get a date, not an heir. */
const leaverNotes = (body: CaseBody, meta: CommandMeta): readonly CaseEvent[] => {
  const author = notesIdOf(body.handler.participantId);
  if (body.personalNotesDestroyOn[author] !== undefined) return [];
  if (!Object.values(body.personalNotes).some((note) => note.author === author)) return [];
  return [
    {
      type: 'PersonalNotesDestructionScheduled',
      data: { authorParticipantId: author, destroyOn: personalNotesDestroyOn(body.lawVersion, meta.today) },
    },
  ];
};

const successorFault = (body: CaseBody, successor: NewHandler | undefined): Decision<never> | undefined => {
  if (successor === undefined) return undefined;
  if (isExcluded(body, successor.person)) return refuse('successor_is_excluded');
  if (isPerson(body.handler.person, successor.person)) return refuse('successor_is_handler');
  return undefined;
};

const changeHandler = (
  handoverId: string,
  next: NewHandler | { pseudonym: string; participantId: string; person: Successor['person'] },
): CaseEvent => ({
  type: 'HandlerChanged',
  data: {
    handoverId,
    handler: next.pseudonym,
    handlerParticipantId: next.participantId,
    handlerPerson: next.person,
  },
});

const decideContinuation = (state: CaseState, command: Extract<CaseCommand, { type: 'DecideContinuation' }>): D => {
  const { data, meta } = command;
  if (state.status === 'absent') return notFound;
  const decided = state.handoverDecisions[data.handoverId];
  if (decided !== undefined)
    return decided.decision === data.choice.decision ? accept() : refuse('handover_already_decided');
  const { handover } = state;
  if (handover.status === 'none' || handover.handoverId !== data.handoverId) return refuse('no_handover_pending');
  const fault = dateFault('decidedOn', data.decidedOn, meta, state);
  if (fault !== undefined) return fault;
  const decision: CaseEvent = {
    type: 'ApplicantDecided',
    data: { handoverId: data.handoverId, decision: data.choice.decision, decidedOn: data.decidedOn },
  };
  switch (data.choice.decision) {
    case 'successor': {
      if (handover.successor === undefined) return refuse('no_successor_named');
      const person = personOf(handover.successor.person);
      if (person === undefined || isExcluded(state, person)) return refuse('successor_is_excluded');
      return accept<CaseEvent>(decision, changeHandler(data.handoverId, handover.successor));
    }
    case 'another': {
      const unfit = successorFault(state, data.choice.counsellor);
      if (unfit !== undefined) return unfit;
      return accept<CaseEvent>(decision, changeHandler(data.handoverId, data.choice.counsellor));
    }
    case 'close':
      return state.status === 'closed'
        ? accept<CaseEvent>(decision)
        : accept<CaseEvent>(
            decision,
            ...judgedFirst(state, meta),
            { type: 'OutcomeRecorded', data: { outcome: 'withdrawn', recordedFor: data.decidedOn } },
            { type: 'CaseClosed', data: { retentionClass: 'informal_case', closedOn: data.decidedOn } },
          );
    default:
      return assertNever(data.choice);
  }
};

// ---- the decider -------------------------------------------------------------------------------------------------

export const decide = (command: CaseCommand, state: CaseState): D => {
  const { meta } = command;
  switch (command.type) {
    case 'OpenCase': {
      if (state.status === 'absent') return open(command);
      return state.applicant.participantId === command.data.applicant.participantId ? accept() : refuse('case_exists');
    }

    case 'OfferHearing':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { attemptId, offeredOn, proposedFor, channel, note } = command.data;
        if (body.hearing.attempts[attemptId] !== undefined) return accept();
        const fault = dateFault('offeredOn', offeredOn, meta, body);
        if (fault !== undefined) return fault;
        if (proposedFor < offeredOn) return invalid('proposedFor', 'before_offer');
        if (isWritten(channel) && !body.writtenCounts) return refuse('written_message_is_no_hearing');
        if (body.hearing.status === 'met') return refuse('hearing_already_held');
        return accept<CaseEvent>(...judgedFirst(body, meta), {
          type: 'HearingOffered',
          data: { attemptId, offeredOn, proposedFor, channel, note },
        });
      });

    case 'RecordHearing':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { heldOn, channel } = command.data;
        return dateFault('heldOn', heldOn, meta, body) ?? hearingEvents(body, heldOn, channel, meta);
      });

    case 'NoteTermPassed': {
      if (state.status === 'absent') return notFound;
      const { hearing } = state;
      // A late or doubled timer, or one that fires before the term's last day is over, decides to nothing.
      if (hearing.dueOn !== command.data.dueOn) return accept();
      return accept<CaseEvent>(...judgedFirst(state, meta));
    }

    case 'RequestInterviewConfirmation': {
      if (state.status === 'absent') return notFound;
      if (state.confirmationRequestedOn !== undefined) return accept();
      const { requestedOn } = command.data;
      const fault = dateFault('requestedOn', requestedOn, meta, state);
      if (fault !== undefined) return fault;
      if (!hadPersonalInterview(state)) return refuse('confirmation_needs_personal_interview');
      return accept<CaseEvent>({ type: 'InterviewConfirmationRequested', data: { requestedOn } });
    }

    case 'IssueInterviewConfirmation':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, ...data } = command.data;
        if (body.documents[data.documentId] !== undefined) return accept();
        const fault = dateFault('issuedOn', data.issuedOn, meta, body);
        if (fault !== undefined) return fault;
        if (!hadPersonalInterview(body)) return refuse('confirmation_needs_personal_interview');
        if (body.applicant.identity === 'anonymous') return refuse('signed_request_needs_known_name');
        if (body.confirmationRequestedOn === undefined) return refuse('confirmation_not_requested');
        return accept<CaseEvent>({ type: 'InterviewConfirmationIssued', data });
      });

    case 'RecordContact':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, isHearing, riskSources, optionsExplained, ...rest } = command.data;
        if (body.contacts[rest.contactId] !== undefined) return accept();
        const fault = dateFault('heldOn', rest.heldOn, meta, body);
        if (fault !== undefined) return fault;
        const contact: CaseEvent = {
          type: 'ContactRecorded',
          data: { ...rest, riskSources: [...riskSources], optionsExplained: [...optionsExplained] },
        };
        if (!isHearing) return accept<CaseEvent>(contact);
        const hearing = hearingEvents(body, rest.heldOn, rest.channel, meta);
        return hearing.kind === 'rejected' ? hearing : accept<CaseEvent>(contact, ...hearing.events);
      });

    case 'WriteCaseNote':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { noteId, note } = command.data;
        return body.notes[noteId] !== undefined
          ? accept()
          : accept<CaseEvent>({ type: 'CaseNoteWritten', data: { noteId, note } });
      });

    case 'WritePersonalNote':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { noteId, note } = command.data;
        if (body.personalNotes[noteId] !== undefined) return accept();
        return accept<CaseEvent>({
          type: 'PersonalNoteWritten',
          data: { noteId, authorParticipantId: notesIdOf(body.handler.participantId), note },
        });
      });

    case 'ChooseInformalType':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { choiceId, informalType, chosenOn, factId } = command.data;
        if (body.informal.status !== 'none' && body.informal.choiceId === choiceId) return accept();
        const fault = dateFault('chosenOn', chosenOn, meta, body);
        if (fault !== undefined) return fault;
        return accept<CaseEvent>({ type: 'InformalTypeChosen', data: { choiceId, informalType, chosenOn, factId } });
      });

    case 'PrepareInformalDocument':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, ...data } = command.data;
        if (body.documents[data.documentId] !== undefined) return accept();
        if (body.informal.status !== 'chosen') return refuse('informal_type_not_chosen');
        // Listening and advice need no document (domain.md, note 6).
        if (body.informal.informalType === 'advice') return refuse('advice_needs_no_document');
        if (body.applicant.identity === 'anonymous') return refuse('signed_request_needs_known_name');
        return accept<CaseEvent>({
          type: 'InformalDocumentPrepared',
          data: { ...data, choiceId: body.informal.choiceId },
        });
      });

    case 'SignDocument':
      return sign(state, command);

    case 'GiveDocumentCopy':
      return asHandler(state, command.data.by, (body) => {
        const { documentId, givenOn, way } = command.data;
        const document = body.documents[documentId];
        if (document === undefined) return invalid('documentId', 'unknown');
        if (document.copies.some((copy) => copy.givenOn === givenOn && copy.way === way)) return accept();
        const fault = dateFault('givenOn', givenOn, meta, body);
        if (fault !== undefined) return fault;
        if (document.kind === 'informal_choice' && signedChoice(body, document.choiceId ?? '')?.id !== documentId)
          return refuse('copy_only_of_signed_document');
        return accept<CaseEvent>({ type: 'DocumentCopyGiven', data: { documentId, givenOn, way } });
      });

    case 'MakeNameKnown': {
      if (state.status === 'absent') return notFound;
      if (state.status === 'closed') return refuse('case_closed');
      const { name, person } = command.data;
      if (
        state.applicant.identity !== 'anonymous' &&
        (person === undefined || isPerson(state.applicant.person, person))
      )
        return accept();
      if (person !== undefined && isPerson(state.handler.person, person)) return refuse('counsellor_is_applicant');
      return accept<CaseEvent>({
        type: 'ApplicantNameMadeKnown',
        data: { applicantParticipantId: state.applicant.participantId, name, applicantPerson: person },
      });
    }

    case 'AddParticipant':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by, ...data } = command.data;
        if (body.participants[data.participantId] !== undefined) return accept();
        if (isPerson(data.person, by)) return refuse('handler_is_participant');
        if (data.person !== undefined && isPerson(body.applicant.person, data.person))
          return refuse('applicant_is_participant');
        return accept<CaseEvent>({ type: 'ParticipantAdded', data });
      });

    case 'AgreeTelling':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, ...data } = command.data;
        if (body.points[data.pointId] !== undefined) return accept();
        if (body.participants[data.participantId] === undefined) return invalid('participantId', 'unknown');
        return dateFault('agreedOn', data.agreedOn, meta, body) ?? accept<CaseEvent>({ type: 'TellingAgreed', data });
      });

    case 'WithdrawTelling':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { pointId, withdrawnOn } = command.data;
        const point = body.points[pointId];
        if (point === undefined) return invalid('pointId', 'unknown');
        if (point.withdrawnOn !== undefined) return accept();
        return (
          dateFault('withdrawnOn', withdrawnOn, meta, body) ??
          accept<CaseEvent>({
            type: 'TellingWithdrawn',
            data: { pointId, participantId: point.participantId, withdrawnOn },
          })
        );
      });

    case 'TellParticipant':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, pointIds, ...data } = command.data;
        if (body.tellings[data.tellingId] !== undefined) return accept();
        const fault = dateFault('toldOn', data.toldOn, meta, body);
        if (fault !== undefined) return fault;
        return afterBothSignatures(body, disclosing, data.toldOn, () =>
          onlyAgreed(body, data.participantId, pointIds, () =>
            accept<CaseEvent>({ type: 'ParticipantTold', data: { ...data, pointIds: [...pointIds] } }),
          ),
        );
      });

    case 'AgreeToReconciliation':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { participantId, agreedOn } = command.data;
        const participant = body.participants[participantId];
        if (participant === undefined) return invalid('participantId', 'unknown');
        if (participant.reconciliation.status === 'agreed') return accept();
        const fault = dateFault('agreedOn', agreedOn, meta, body);
        if (fault !== undefined) return fault;
        return afterBothSignatures(body, ['reconciliation'], agreedOn, () =>
          accept<CaseEvent>({ type: 'ReconciliationAgreed', data: { participantId, agreedOn } }),
        );
      });

    case 'RecordReconciliationMeeting':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, ...data } = command.data;
        if (body.meetings[data.meetingId] !== undefined) return accept();
        const fault = dateFault('heldOn', data.heldOn, meta, body);
        if (fault !== undefined) return fault;
        return afterBothSignatures(body, ['reconciliation'], data.heldOn, () => {
          const partners = Object.values(body.participants).filter(
            (participant) => participant.role === 'reconciliation_partner',
          );
          const all =
            partners.length > 0 &&
            partners.every(
              ({ reconciliation }) => reconciliation.status === 'agreed' && reconciliation.on <= data.heldOn,
            );
          return all
            ? accept<CaseEvent>({ type: 'ReconciliationMeetingHeld', data })
            : refuse('reconciliation_needs_every_agreement');
        });
      });

    case 'WithdrawFromReconciliation':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { participantId, withdrawnOn } = command.data;
        const isApplicant = participantId === body.applicant.participantId;
        const participant = body.participants[participantId];
        if (!isApplicant && participant === undefined) return invalid('participantId', 'unknown');
        if (body.informal.status === 'none' || body.informal.informalType !== 'reconciliation')
          return refuse('not_the_chosen_type');
        if (body.informal.status === 'ended') return accept();
        return (
          dateFault('withdrawnOn', withdrawnOn, meta, body) ??
          accept<CaseEvent>({ type: 'ReconciliationWithdrawn', data: { participantId, withdrawnOn } })
        );
      });

    case 'CarryOutIntervention':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, pointIds, ...data } = command.data;
        if (body.interventions[data.interventionId] !== undefined) return accept();
        const fault = dateFault('carriedOutOn', data.carriedOutOn, meta, body);
        if (fault !== undefined) return fault;
        return afterBothSignatures(body, ['intervention_with_another_person'], data.carriedOutOn, () =>
          onlyAgreed(body, data.participantId, pointIds, () =>
            accept<CaseEvent>({ type: 'InterventionCarriedOut', data: { ...data, pointIds: [...pointIds] } }),
          ),
        );
      });

    case 'RecordOutcome':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { outcome, recordedFor, note, factId } = command.data;
        if (body.outcome?.outcome === outcome && body.outcome.on === recordedFor) return accept();
        return (
          dateFault('recordedFor', recordedFor, meta, body) ??
          accept<CaseEvent>({ type: 'OutcomeRecorded', data: { outcome, recordedFor, note, factId } })
        );
      });

    case 'CloseCase':
      return asHandler(state, command.data.by, (existing) => {
        if (existing.status === 'closed') return accept();
        return asHandlerOfOpen(state, command.data.by, (body) => {
          const { closedOn, retentionClass } = command.data;
          const fault = dateFault('closedOn', closedOn, meta, body);
          if (fault !== undefined) return fault;
          if (body.outcome === undefined) return refuse('closing_needs_outcome');
          return accept<CaseEvent>(...judgedFirst(body, meta), {
            type: 'CaseClosed',
            data: { closedOn, retentionClass },
          });
        });
      });

    case 'ReopenCase':
      return asHandler(state, command.data.by, (body) =>
        body.status === 'open'
          ? accept()
          : accept<CaseEvent>({ type: 'CaseReopened', data: { motive: command.data.motive } }),
      );

    case 'LinkCases':
      return asHandler(state, command.data.by, (body) => {
        const { caseId, otherCase, kind } = command.data;
        if (otherCase === caseId) return refuse('case_linked_to_itself');
        if (body.links.some((link) => link.otherCase === otherCase && link.kind === kind)) return accept();
        return accept<CaseEvent>({ type: 'CasesLinked', data: { otherCase, kind } });
      });

    case 'RecuseCounsellor': {
      const { by, reason, handoverId, successor } = command.data;
      // Once recused the counsellor is excluded, so a repeat would not be found; the fold still knows it.
      if (state.status !== 'absent' && state.handover.status !== 'none' && state.handover.handoverId === handoverId)
        return accept();
      return asHandlerOfOpen(state, by, (body) => {
        const unfit = successorFault(body, successor);
        if (unfit !== undefined) return unfit;
        return accept<CaseEvent>(
          { type: 'CounsellorRecused', data: { handlerParticipantId: body.handler.participantId, reason } },
          { type: 'HandoverProposed', data: { handoverId, cause: 'recusal', ...successorFields(successor) } },
          ...leaverNotes(body, meta),
        );
      });
    }

    case 'ProposeHandover': {
      if (state.status === 'absent') return notFound;
      const { handoverId, handler, successor } = command.data;
      // The case moved on, ended, or already waits for its applicant.
      if (state.status === 'closed' || state.handler.pseudonym !== handler || state.handover.status !== 'none')
        return accept();
      const unfit = successorFault(state, successor);
      return accept<CaseEvent>(
        {
          type: 'HandoverProposed',
          data: {
            handoverId,
            cause: 'designation_ended',
            ...successorFields(unfit === undefined ? successor : undefined),
          },
        },
        ...leaverNotes(state, meta),
      );
    }

    case 'NameSuccessor': {
      if (state.status === 'absent') return notFound;
      const { handoverId, successor } = command.data;
      const { handover } = state;
      if (handover.status === 'none' || handover.handoverId !== handoverId) return refuse('no_handover_pending');
      if (isPerson(handover.successor?.person, successor.person)) return accept();
      const unfit = successorFault(state, successor);
      if (unfit !== undefined) return unfit;
      return accept<CaseEvent>({
        type: 'SuccessorNamed',
        data: {
          handoverId,
          successor: successor.pseudonym,
          successorParticipantId: successor.participantId,
          successorPerson: successor.person,
        },
      });
    }

    case 'AskContinuation': {
      const { by, handoverId, askId, askedOn } = command.data;
      if (state.status === 'absent' || state.handover.status === 'none' || isExcluded(state, by)) return notFound;
      const { handover } = state;
      if (handover.handoverId !== handoverId || !isPerson(handover.successor?.person, by)) return notFound;
      if (handover.asked[askId] !== undefined) return accept();
      return (
        dateFault('askedOn', askedOn, meta) ??
        accept<CaseEvent>({ type: 'ContinuationAsked', data: { askId, handoverId, askedOn } })
      );
    }

    case 'DecideContinuation':
      return decideContinuation(state, command);

    case 'AddExclusion':
      return asHandler(state, command.data.by, (body) => {
        const { by, excludedParticipantId, person, reason } = command.data;
        if (body.exclusions[excludedParticipantId] !== undefined) return accept();
        // Stepping out oneself is a recusal: it must find the case a new counsellor.
        if (isPerson(person, by)) return refuse('own_conflict_is_recusal');
        return accept<CaseEvent>({ type: 'ExclusionAdded', data: { excludedParticipantId, person, reason } });
      });

    case 'MakeDisclosure':
      // Testimony may be asked long after the case was closed.
      return asHandler(state, command.data.by, (body) => {
        const { by: _by, ...data } = command.data;
        if (body.disclosures[data.disclosureId] !== undefined) return accept();
        return (
          dateFault('disclosedOn', data.disclosedOn, meta, body) ?? accept<CaseEvent>({ type: 'DisclosureMade', data })
        );
      });

    case 'NoteReferral': {
      if (state.status === 'absent') return notFound;
      const { data } = command;
      if (state.referrals[data.referralId] !== undefined) return accept();
      return dateFault('notedOn', data.notedOn, meta, state) ?? accept<CaseEvent>({ type: 'ReferralNoted', data });
    }

    case 'MarkForFormal':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { markedOn } = command.data;
        if (body.markedForFormalOn !== undefined) return accept();
        return (
          dateFault('markedOn', markedOn, meta, body) ??
          accept<CaseEvent>({ type: 'MarkedForFormal', data: { markedOn } })
        );
      });

    case 'AddAttachment':
      return asHandlerOfOpen(state, command.data.by, (body) => {
        const { by: _by, blobKnown, ...data } = command.data;
        if (body.attachments[data.attachmentId] !== undefined) return accept();
        return blobKnown ? accept<CaseEvent>({ type: 'AttachmentAdded', data }) : invalid('blob', 'unknown');
      });

    case 'ReleaseFacts': {
      if (state.status === 'absent') return notFound;
      const fresh = command.data.factIds.filter(
        (factId) => !state.releasedFacts.includes(factId) && state.facts.some((fact) => fact.factId === factId),
      );
      return fresh.length === 0
        ? accept()
        : accept<CaseEvent>({ type: 'FactsReleased', data: { factIds: fresh, count: fresh.length } });
    }

    default:
      return assertNever(command);
  }
};

/** A confirmation is given of a personal interview only: face to face, not by phone or in writing. */
const hadPersonalInterview = (body: CaseBody): boolean =>
  (body.hearing.status !== 'due' && body.hearing.held?.channel === 'in_person') ||
  Object.values(body.contacts).some((contact) => contact.channel === 'in_person');

export const caseDecider: Decider<CaseCommand, CaseEvent, CaseState> = { initial: initialCase, decide, evolve };
