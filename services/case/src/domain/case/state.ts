import { isErased, type ConfidentialText, type Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, uuidV5, type LocalDate } from '@toeverlaat/values';
import type {
  ApplicantIdentity,
  AttachmentKind,
  SpokenLanguage,
  Channel,
  CopyWay,
  DisclosureGround,
  DocumentKind,
  BindingLanguage,
  ExclusionReason,
  KindOfFacts,
  HandoverCause,
  HandoverDecision,
  HearingJudgement,
  InformalType,
  LinkKind,
  MissedCause,
  OptionExplained,
  Origin,
  OtherPartyCapacity,
  Outcome,
  PaperHolder,
  ParticipantRole,
  PersonRef,
  ReferralReceiver,
  RecusalReason,
  RetentionClass,
  RiskSource,
  SignatureMethod,
} from '../vocabulary.js';
import type { CaseEvent } from './events.js';

type ById<T> = { readonly [id: string]: T };

export type Handler = {
  readonly pseudonym: string;
  readonly participantId: string;
  readonly person: Erasable<PersonRef>;
};

export type Applicant = {
  readonly participantId: string;
  readonly identity: ApplicantIdentity;
  readonly person?: Erasable<PersonRef> | undefined;
  readonly name?: ConfidentialText | undefined;
  readonly receiptLookupId?: Erasable<string> | undefined;
  readonly receiptPublicKey?: Erasable<string> | undefined;
};

export type HearingAttempt = {
  readonly offeredOn: LocalDate;
  readonly proposedFor: LocalDate;
  readonly channel: Channel;
  readonly note?: ConfidentialText | undefined;
};

export type HearingHeldFacts = {
  readonly heldOn: LocalDate;
  readonly channel: Channel;
  readonly judgement: HearingJudgement;
};

/** What was recorded about the ten days. `missed` stays missed; a hearing entered later stands beside it (rule 13). */
export type Hearing = {
  readonly dueOn: LocalDate;
  readonly attempts: ById<HearingAttempt>;
} & (
  | { readonly status: 'due' }
  | { readonly status: 'met'; readonly held: HearingHeldFacts }
  | { readonly status: 'not_taken_up'; readonly held?: HearingHeldFacts | undefined }
  | { readonly status: 'missed'; readonly cause: MissedCause; readonly held?: HearingHeldFacts | undefined }
);

export type Contact = {
  readonly heldOn: LocalDate;
  readonly channel: Channel;
  readonly durationMinutes?: number | undefined;
  readonly riskSources: readonly RiskSource[];
  readonly optionsExplained: readonly OptionExplained[];
  readonly language: SpokenLanguage;
  readonly otherPartyCapacity?: OtherPartyCapacity | undefined;
  readonly repeated?: boolean | undefined;
  readonly topic?: ConfidentialText | undefined;
  readonly nextStep?: ConfidentialText | undefined;
};

export type Signature = {
  readonly signedOn: LocalDate;
  readonly method: SignatureMethod;
  readonly holder?: PaperHolder | undefined;
  readonly evidenceBlob: string;
};

export type CaseDocument = {
  readonly kind: DocumentKind;
  readonly choiceId?: string | undefined;
  readonly hash: string;
  readonly templateVersion: string;
  readonly language: BindingLanguage;
  readonly content: ConfidentialText;
  /** By participant id of the signer. */
  readonly signatures: ById<Signature>;
  readonly copies: readonly { readonly givenOn: LocalDate; readonly way: CopyWay }[];
};

/** The route agreed with the applicant. Listening and advice before a type is chosen need no document. */
export type Informal =
  | { readonly status: 'none' }
  | {
      readonly status: 'chosen';
      readonly choiceId: string;
      readonly informalType: InformalType;
      readonly chosenOn: LocalDate;
    }
  | {
      readonly status: 'ended';
      readonly choiceId: string;
      readonly informalType: InformalType;
      readonly chosenOn: LocalDate;
      readonly withdrawnOn: LocalDate;
    };

export type Point = {
  readonly participantId: string;
  readonly agreedOn: LocalDate;
  readonly words: ConfidentialText;
  readonly withdrawnOn?: LocalDate | undefined;
};

export type Telling = {
  readonly participantId: string;
  readonly pointIds: readonly string[];
  readonly toldOn: LocalDate;
  readonly channel: Channel;
  readonly words: ConfidentialText;
};

export type Participant = {
  readonly role: ParticipantRole;
  readonly capacity: OtherPartyCapacity;
  readonly person?: Erasable<PersonRef> | undefined;
  readonly name?: ConfidentialText | undefined;
  readonly reconciliation:
    | { readonly status: 'not_asked' }
    | { readonly status: 'agreed'; readonly on: LocalDate }
    | { readonly status: 'withdrawn'; readonly on: LocalDate };
};

export type Successor = {
  readonly pseudonym: string;
  readonly participantId: string;
  readonly person: Erasable<PersonRef>;
};

export type Handover =
  | { readonly status: 'none' }
  | {
      readonly status: 'awaiting_applicant';
      readonly handoverId: string;
      readonly cause: HandoverCause;
      readonly successor?: Successor | undefined;
      readonly asked: ById<LocalDate>;
    };

export type Disclosure = {
  readonly ground: DisclosureGround;
  readonly disclosedOn: LocalDate;
  readonly recipient: ConfidentialText;
  readonly words: ConfidentialText;
};

/** What an open and a closed case share. */
export type CaseBody = {
  readonly handler: Handler;
  readonly formerHandlers: readonly Handler[];
  readonly applicant: Applicant;
  readonly origin: Origin;
  readonly requestId?: string | undefined;
  readonly lawVersion: string;
  readonly writtenCounts: boolean;
  readonly site: string;
  readonly firstContactOn: LocalDate;
  readonly language: SpokenLanguage;
  readonly kindOfFacts?: KindOfFacts | undefined;
  readonly summary?: ConfidentialText | undefined;
  readonly hearing: Hearing;
  readonly confirmationRequestedOn?: LocalDate | undefined;
  readonly contacts: ById<Contact>;
  readonly notes: ById<ConfidentialText>;
  readonly personalNotes: ById<{ readonly author: string; readonly note: ConfidentialText }>;
  readonly personalNotesDestroyOn: ById<LocalDate>;
  readonly informal: Informal;
  readonly documents: ById<CaseDocument>;
  readonly participants: ById<Participant>;
  readonly points: ById<Point>;
  readonly tellings: ById<Telling>;
  readonly meetings: ById<{
    readonly heldOn: LocalDate;
    readonly channel: Channel;
    readonly note?: ConfidentialText | undefined;
  }>;
  readonly interventions: ById<{
    readonly participantId: string;
    readonly pointIds: readonly string[];
    readonly carriedOutOn: LocalDate;
    readonly channel: Channel;
    readonly note?: ConfidentialText | undefined;
  }>;
  readonly outcome?:
    { readonly outcome: Outcome; readonly on: LocalDate; readonly note?: ConfidentialText | undefined } | undefined;
  readonly links: readonly { readonly otherCase: string; readonly kind: LinkKind }[];
  readonly handover: Handover;
  readonly handoverDecisions: ById<{ readonly decision: HandoverDecision; readonly on: LocalDate }>;
  readonly recusals: readonly { readonly participantId: string; readonly reason: RecusalReason }[];
  readonly exclusions: ById<{ readonly person: Erasable<PersonRef>; readonly reason: ExclusionReason }>;
  readonly disclosures: ById<Disclosure>;
  readonly referrals: ById<{ readonly receiverKind: ReferralReceiver; readonly on: LocalDate }>;
  readonly markedForFormalOn?: LocalDate | undefined;
  readonly attachments: ById<{
    readonly blob: string;
    readonly size: number;
    readonly kind: AttachmentKind;
    readonly name?: ConfidentialText | undefined;
  }>;
  readonly facts: readonly Fact[];
  readonly releasedFacts: readonly string[];
};

/** A thing to be counted, under a random id, before it is coarsened (design §7). */
export type Fact =
  | {
      readonly factId: string;
      readonly kind: 'case_opened';
      readonly on: LocalDate;
      readonly kindOfFacts: KindOfFacts | 'unknown';
    }
  | {
      readonly factId: string;
      readonly kind: 'informal_type';
      readonly on: LocalDate;
      readonly informalType: InformalType;
    }
  | { readonly factId: string; readonly kind: 'outcome'; readonly on: LocalDate; readonly outcome: Outcome };

export type OpenCase = { readonly status: 'open' } & CaseBody;
export type ClosedCase = {
  readonly status: 'closed';
  readonly closedOn: LocalDate;
  readonly retentionClass: RetentionClass;
} & CaseBody;
export type CaseState = { readonly status: 'absent' } | OpenCase | ClosedCase;

export const initialCase: CaseState = { status: 'absent' };

const known = (state: CaseState): OpenCase | ClosedCase => {
  if (state.status === 'absent') throw new InvariantBroken('an event of a case that was never opened');
  return state;
};

const patch = (state: CaseState, change: Partial<CaseBody>): CaseState => ({ ...known(state), ...change });

/** State after one more event. Total over the event union; order as stored. */
export const evolve = (state: CaseState, event: CaseEvent): CaseState => {
  switch (event.type) {
    case 'CaseOpened': {
      const { data } = event;
      return {
        status: 'open',
        handler: { pseudonym: data.handler, participantId: data.handlerParticipantId, person: data.handlerPerson },
        formerHandlers: [],
        applicant: {
          participantId: data.applicantParticipantId,
          identity: data.applicantIdentity,
          person: data.applicantPerson,
          name: data.applicantName,
          receiptLookupId: data.receiptLookupId,
          receiptPublicKey: data.receiptPublicKey,
        },
        origin: data.origin,
        requestId: data.requestId,
        lawVersion: data.lawVersion,
        writtenCounts: data.writtenCounts,
        site: data.site,
        firstContactOn: data.firstContactOn,
        language: data.language,
        kindOfFacts: data.kindOfFacts,
        summary: data.summary,
        hearing: { status: 'due', dueOn: data.hearingDueOn, attempts: {} },
        contacts: {},
        notes: {},
        personalNotes: {},
        personalNotesDestroyOn: {},
        informal: { status: 'none' },
        documents: {},
        participants: {},
        points: {},
        tellings: {},
        meetings: {},
        interventions: {},
        links: [],
        handover: { status: 'none' },
        handoverDecisions: {},
        recusals: [],
        exclusions: {},
        disclosures: {},
        referrals: {},
        attachments: {},
        facts:
          data.factId === undefined
            ? []
            : [
                {
                  factId: data.factId,
                  kind: 'case_opened',
                  on: data.firstContactOn,
                  kindOfFacts: data.kindOfFacts ?? 'unknown',
                },
              ],
        releasedFacts: [],
      };
    }
    case 'HearingOffered': {
      const { hearing } = known(state);
      const { attemptId, offeredOn, proposedFor, channel, note } = event.data;
      return patch(state, {
        hearing: {
          ...hearing,
          attempts: { ...hearing.attempts, [attemptId]: { offeredOn, proposedFor, channel, note } },
        },
      });
    }
    case 'HearingHeld': {
      const { hearing } = known(state);
      const { heldOn, channel, judgement } = event.data;
      const held = { heldOn, channel, judgement };
      switch (hearing.status) {
        case 'due':
        case 'met':
          return patch(state, { hearing: { dueOn: hearing.dueOn, attempts: hearing.attempts, status: 'met', held } });
        case 'not_taken_up':
        case 'missed':
          return patch(state, { hearing: { ...hearing, held } });
        default:
          return assertNever(hearing);
      }
    }
    case 'HearingTermMissed': {
      const { dueOn, attempts } = known(state).hearing;
      return patch(state, { hearing: { dueOn, attempts, status: 'missed', cause: event.data.cause } });
    }
    case 'HearingNotTakenUp': {
      const { dueOn, attempts } = known(state).hearing;
      return patch(state, { hearing: { dueOn, attempts, status: 'not_taken_up' } });
    }
    case 'InterviewConfirmationRequested':
      return patch(state, { confirmationRequestedOn: event.data.requestedOn });
    case 'InterviewConfirmationIssued': {
      const { documentId, documentHash, templateVersion, language, content, issuedOn } = event.data;
      return patch(state, {
        documents: {
          ...known(state).documents,
          [documentId]: {
            kind: 'interview_confirmation',
            hash: documentHash,
            templateVersion,
            language,
            content,
            signatures: {},
            copies: [{ givenOn: issuedOn, way: 'handed_over' }],
          },
        },
      });
    }
    case 'ContactRecorded': {
      const { contactId, ...contact } = event.data;
      return patch(state, { contacts: { ...known(state).contacts, [contactId]: contact } });
    }
    case 'CaseNoteWritten':
      return patch(state, { notes: { ...known(state).notes, [event.data.noteId]: event.data.note } });
    case 'PersonalNoteWritten': {
      const { noteId, authorParticipantId, note } = event.data;
      return patch(state, {
        personalNotes: { ...known(state).personalNotes, [noteId]: { author: authorParticipantId, note } },
      });
    }
    case 'PersonalNotesDestructionScheduled': {
      const { authorParticipantId, destroyOn } = event.data;
      return patch(state, {
        personalNotesDestroyOn: { ...known(state).personalNotesDestroyOn, [authorParticipantId]: destroyOn },
      });
    }
    case 'InformalTypeChosen': {
      const { choiceId, informalType, chosenOn, factId } = event.data;
      const { facts } = known(state);
      return patch(state, {
        informal: { status: 'chosen', choiceId, informalType, chosenOn },
        facts: factId === undefined ? facts : [...facts, { factId, kind: 'informal_type', on: chosenOn, informalType }],
      });
    }
    case 'InformalDocumentPrepared': {
      const { documentId, choiceId, documentHash, templateVersion, language, content } = event.data;
      return patch(state, {
        documents: {
          ...known(state).documents,
          [documentId]: {
            kind: 'informal_choice',
            choiceId,
            hash: documentHash,
            templateVersion,
            language,
            content,
            signatures: {},
            copies: [],
          },
        },
      });
    }
    case 'DocumentSigned': {
      const { documentId, signerParticipantId, signedOn, method, holder, evidenceBlob } = event.data;
      const { documents } = known(state);
      const document = documents[documentId];
      if (document === undefined) throw new InvariantBroken('a signature under a document that is not in the case');
      const signatures = { ...document.signatures, [signerParticipantId]: { signedOn, method, holder, evidenceBlob } };
      return patch(state, { documents: { ...documents, [documentId]: { ...document, signatures } } });
    }
    case 'DocumentCopyGiven': {
      const { documentId, givenOn, way } = event.data;
      const { documents } = known(state);
      const document = documents[documentId];
      if (document === undefined) throw new InvariantBroken('a copy of a document that is not in the case');
      return patch(state, {
        documents: { ...documents, [documentId]: { ...document, copies: [...document.copies, { givenOn, way }] } },
      });
    }
    case 'ApplicantNameMadeKnown': {
      const { applicant } = known(state);
      const { applicantPerson, name } = event.data;
      return patch(state, {
        applicant: {
          ...applicant,
          identity: applicantPerson === undefined ? 'named' : 'account',
          person: applicantPerson ?? applicant.person,
          name,
        },
      });
    }
    case 'ParticipantAdded': {
      const { participantId, ...participant } = event.data;
      return patch(state, {
        participants: {
          ...known(state).participants,
          [participantId]: { ...participant, reconciliation: { status: 'not_asked' } },
        },
      });
    }
    case 'TellingAgreed': {
      const { pointId, ...point } = event.data;
      return patch(state, { points: { ...known(state).points, [pointId]: point } });
    }
    case 'TellingWithdrawn': {
      const { pointId, withdrawnOn } = event.data;
      const { points } = known(state);
      const point = points[pointId];
      if (point === undefined) throw new InvariantBroken('withdrawal of a point that was not agreed');
      return patch(state, { points: { ...points, [pointId]: { ...point, withdrawnOn } } });
    }
    case 'ParticipantTold': {
      const { tellingId, ...telling } = event.data;
      return patch(state, { tellings: { ...known(state).tellings, [tellingId]: telling } });
    }
    case 'ReconciliationAgreed': {
      const { participantId, agreedOn } = event.data;
      return patch(state, {
        participants: withReconciliation(known(state), participantId, { status: 'agreed', on: agreedOn }),
      });
    }
    case 'ReconciliationMeetingHeld': {
      const { meetingId, ...meeting } = event.data;
      return patch(state, { meetings: { ...known(state).meetings, [meetingId]: meeting } });
    }
    case 'ReconciliationWithdrawn': {
      const { participantId, withdrawnOn } = event.data;
      const body = known(state);
      const ended: Informal =
        body.informal.status === 'chosen' ? { ...body.informal, status: 'ended', withdrawnOn } : body.informal;
      // The applicant is not among the participants: their agreement is their signature.
      const participants =
        participantId === body.applicant.participantId
          ? body.participants
          : withReconciliation(body, participantId, { status: 'withdrawn', on: withdrawnOn });
      return patch(state, { informal: ended, participants });
    }
    case 'InterventionCarriedOut': {
      const { interventionId, ...intervention } = event.data;
      return patch(state, { interventions: { ...known(state).interventions, [interventionId]: intervention } });
    }
    case 'OutcomeRecorded': {
      const { outcome, recordedFor, note, factId } = event.data;
      const { facts } = known(state);
      return patch(state, {
        outcome: { outcome, on: recordedFor, note },
        facts: factId === undefined ? facts : [...facts, { factId, kind: 'outcome', on: recordedFor, outcome }],
      });
    }
    case 'CaseClosed':
      return {
        ...known(state),
        status: 'closed',
        closedOn: event.data.closedOn,
        retentionClass: event.data.retentionClass,
      };
    case 'CaseReopened': {
      const closed = known(state);
      if (closed.status !== 'closed') throw new InvariantBroken('reopening a case that is not closed');
      const { closedOn: _closedOn, retentionClass: _retentionClass, ...body } = closed;
      return { ...body, status: 'open' };
    }
    case 'CasesLinked':
      return patch(state, { links: [...known(state).links, event.data] });
    case 'CounsellorRecused':
      return patch(state, {
        recusals: [
          ...known(state).recusals,
          { participantId: event.data.handlerParticipantId, reason: event.data.reason },
        ],
      });
    case 'HandoverProposed': {
      const { handoverId, cause, successor, successorParticipantId, successorPerson } = event.data;
      return patch(state, {
        handover: {
          status: 'awaiting_applicant',
          handoverId,
          cause,
          asked: {},
          ...(successor === undefined || successorPerson === undefined || successorParticipantId === undefined
            ? {}
            : { successor: { pseudonym: successor, participantId: successorParticipantId, person: successorPerson } }),
        },
      });
    }
    case 'SuccessorNamed': {
      const { handover } = known(state);
      if (handover.status === 'none') throw new InvariantBroken('a successor without a hand-over');
      const { successor: pseudonym, successorParticipantId: participantId, successorPerson: person } = event.data;
      return patch(state, { handover: { ...handover, successor: { pseudonym, participantId, person } } });
    }
    case 'ContinuationAsked': {
      const { handover } = known(state);
      if (handover.status === 'none') throw new InvariantBroken('a question without a hand-over');
      return patch(state, {
        handover: { ...handover, asked: { ...handover.asked, [event.data.askId]: event.data.askedOn } },
      });
    }
    case 'ApplicantDecided': {
      const { handoverDecisions, handover } = known(state);
      const { handoverId, decision, decidedOn } = event.data;
      return patch(state, {
        handoverDecisions: { ...handoverDecisions, [handoverId]: { decision, on: decidedOn } },
        // With 'successor' and 'another', HandlerChanged stands next to this event and ends the hand-over.
        handover: decision === 'close' ? { status: 'none' } : handover,
      });
    }
    case 'HandlerChanged': {
      const { handler, handlerParticipantId, handlerPerson } = event.data;
      const body = known(state);
      return patch(state, {
        formerHandlers: [...body.formerHandlers, body.handler],
        handler: { pseudonym: handler, participantId: handlerParticipantId, person: handlerPerson },
        handover: { status: 'none' },
      });
    }
    case 'ExclusionAdded': {
      const { excludedParticipantId, person, reason } = event.data;
      return patch(state, { exclusions: { ...known(state).exclusions, [excludedParticipantId]: { person, reason } } });
    }
    case 'DisclosureMade': {
      const { disclosureId, ...disclosure } = event.data;
      return patch(state, { disclosures: { ...known(state).disclosures, [disclosureId]: disclosure } });
    }
    case 'ReferralNoted': {
      const { referralId, receiverKind, notedOn } = event.data;
      return patch(state, { referrals: { ...known(state).referrals, [referralId]: { receiverKind, on: notedOn } } });
    }
    case 'MarkedForFormal':
      return patch(state, { markedForFormalOn: event.data.markedOn });
    case 'AttachmentAdded': {
      const { attachmentId, ...attachment } = event.data;
      return patch(state, { attachments: { ...known(state).attachments, [attachmentId]: attachment } });
    }
    case 'FactsReleased':
      return patch(state, { releasedFacts: [...known(state).releasedFacts, ...event.data.factIds] });
    default:
      return assertNever(event);
  }
};

const withReconciliation = (
  body: CaseBody,
  participantId: string,
  reconciliation: Participant['reconciliation'],
): CaseBody['participants'] => {
  const participant = body.participants[participantId];
  if (participant === undefined) throw new InvariantBroken('reconciliation with someone who is not in the case');
  return { ...body.participants, [participantId]: { ...participant, reconciliation } };
};

/** The signed informal-choice document of a choice: both signatures under the same document (domain.md, note 6). */
export const signedChoice = (
  body: CaseBody,
  choiceId: string,
): { readonly id: string; readonly document: CaseDocument } | undefined => {
  for (const [id, document] of Object.entries(body.documents)) {
    if (
      document.choiceId === choiceId &&
      document.signatures[body.applicant.participantId] !== undefined &&
      signedByCounsellor(body, document)
    )
      return { id, document };
  }
  return undefined;
};

/** The id that a handler's personal notes are sealed under in this case, next to the case's own key. */
export const notesIdOf = (handlerParticipantId: string): string => uuidV5('personal notes', handlerParticipantId);

/** A former handler's signature goes on to count after a hand-over: the document stays what it was. */
export const signedByCounsellor = (body: CaseBody, document: CaseDocument): boolean =>
  [body.handler, ...body.formerHandlers].some((handler) => document.signatures[handler.participantId] !== undefined);

/**
 * Exclusions bind reads, cover, notification and figures (design rule 10): whoever takes part in the case on either
 * side, whoever stepped out of it, and whoever was named. Their own views as applicant or participant are other doors.
 */
export const isExcluded = (body: CaseBody, person: PersonRef): boolean =>
  Object.values(body.exclusions).some((exclusion) => isPerson(exclusion.person, person)) ||
  Object.values(body.participants).some((participant) => isPerson(participant.person, person)) ||
  isPerson(body.applicant.person, person) ||
  body.recusals.some(({ participantId }) =>
    [body.handler, ...body.formerHandlers].some(
      (handler) => handler.participantId === participantId && isPerson(handler.person, person),
    ),
  );

/** What a desk shows as work to do. Derived, never stored; a queue is a filter over these. */
export type CaseFlag =
  | 'hear_within_term'
  | 'term_missed'
  | 'waiting_for_signature'
  | 'waiting_for_worker'
  | 'hand_over'
  | 'copy_not_given'
  | 'confirmation_requested'
  | 'marked_for_formal';

export const flagsOf = (state: OpenCase | ClosedCase): readonly CaseFlag[] => {
  if (state.status === 'closed') return [];
  const flags: CaseFlag[] = [];
  const { hearing, informal } = state;
  if (hearing.status === 'due')
    flags.push(Object.keys(hearing.attempts).length > 0 ? 'waiting_for_worker' : 'hear_within_term');
  if (hearing.status === 'missed') flags.push('term_missed');
  if (informal.status === 'chosen' && informal.informalType !== 'advice') {
    const signed = signedChoice(state, informal.choiceId);
    const prepared = Object.values(state.documents).some((document) => document.choiceId === informal.choiceId);
    if (signed === undefined && prepared) flags.push('waiting_for_signature');
    if (signed?.document.copies.length === 0) flags.push('copy_not_given');
  }
  if (state.handover.status !== 'none') flags.push('hand_over');
  if (
    state.confirmationRequestedOn !== undefined &&
    !Object.values(state.documents).some((document) => document.kind === 'interview_confirmation')
  )
    flags.push('confirmation_requested');
  if (state.markedForFormalOn !== undefined) flags.push('marked_for_formal');
  return flags;
};

/** Facts that reporting has not been given yet. */
export const unreleasedFacts = (body: CaseBody): readonly Fact[] =>
  body.facts.filter((fact) => !body.releasedFacts.includes(fact.factId));

/** The person behind a participant link, when neither erased nor unknown. */
export const personOf = (link: Erasable<PersonRef> | undefined): PersonRef | undefined =>
  link === undefined || isErased(link) ? undefined : link;

/** True when a link leads to this directory entry; an erased link leads to nobody. */
export const isPerson = (link: Erasable<PersonRef> | undefined, person: PersonRef): boolean => {
  const linked = personOf(link);
  return linked !== undefined && linked.organisation === person.organisation && linked.person === person.person;
};
