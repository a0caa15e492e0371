import {
  accept,
  refuse,
  reject,
  type Command,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { dueDate, type CodeOf, type kindOfFacts, type language } from '@toeverlaat/legal';
import { addDays, assertNever, type LocalDate, type PersonId } from '@toeverlaat/values';
import type { Escalation, HearingState, Way } from '../vocabulary.js';
import { RECEIPT, type RequestEvent } from './events.js';
import {
  evolveRequest,
  initialRequest,
  type AppointmentOption,
  type LivingRequest,
  type Receipt,
  type RequestState,
} from './state.js';

/** Days before the end of the term on which the worker, then the one they named, is told (own analysis: two working days to act). */
export const ANNOUNCE_DAYS_BEFORE = 3;
export const ESCALATE_DAYS_BEFORE = 2;

export type SendRequest = Command<
  'SendRequest',
  {
    readonly way: Way;
    readonly handler: string;
    readonly designationId: string;
    /** By the directory: an absent counsellor takes no new requests. */
    readonly counsellorAvailable: boolean;
    readonly site: string;
    readonly applicantParticipantId: string;
    readonly lookupTag?: string | undefined;
    readonly person?: PersonId | undefined;
    readonly name?: ConfidentialText | undefined;
    readonly safeChannel?: ConfidentialText | undefined;
    readonly safeHours?: ConfidentialText | undefined;
    readonly language: CodeOf<typeof language>;
    readonly interpreter?: string | undefined;
    readonly kindOfFacts?: CodeOf<typeof kindOfFacts> | undefined;
    readonly message?: ConfidentialText | undefined;
    readonly escalation: Escalation;
    readonly second?: { readonly handler: string; readonly designationId: string } | undefined;
    readonly receipt?: Receipt | undefined;
    readonly wordingVersion: string;
    readonly earlierRequest?: ConfidentialText | undefined;
  }
>;
export type ReleaseRequest = Command<'ReleaseRequest', { readonly to: string; readonly capacity: string }>;
export type ProposeAppointments = Command<
  'ProposeAppointments',
  {
    readonly by: string;
    readonly proposalId: string;
    readonly options: readonly AppointmentOption[];
    readonly place?: ConfidentialText | undefined;
  }
>;
export type PickAppointment = Command<'PickAppointment', { readonly proposalId: string; readonly optionId: string }>;
export type DeclineAppointments = Command<
  'DeclineAppointments',
  { readonly proposalId: string; readonly wish?: ConfidentialText | undefined }
>;
export type AcceptRequest = Command<'AcceptRequest', { readonly by: string }>;
export type StepBack = Command<
  'StepBack',
  { readonly handler: string; readonly ground: 'conflict_of_interest' | 'unavailable' | 'designation_ended' }
>;
export type ChooseCounsellor = Command<
  'ChooseCounsellor',
  { readonly handler: string; readonly designationId: string; readonly counsellorAvailable: boolean }
>;
export type WithdrawRequest = Command<'WithdrawRequest', Record<never, never>>;
export type AnnounceTimeShort = Command<'AnnounceTimeShort', { readonly hearingDueOn: LocalDate }>;
export type Escalate = Command<
  'Escalate',
  {
    readonly hearingDueOn: LocalDate;
    /** Undefined when the one named is excluded or gone and no adviser was found. */
    readonly to?: { readonly pseudonym: string; readonly capacity: string } | undefined;
  }
>;
export type NoteTermPassed = Command<'NoteTermPassed', { readonly hearingDueOn: LocalDate }>;
export type NoteHearing = Command<'NoteHearing', { readonly state: HearingState }>;
export type ClaimEarlierRequest = Command<'ClaimEarlierRequest', { readonly words: ConfidentialText }>;
export type LinkEarlierRequest = Command<
  'LinkEarlierRequest',
  { readonly by: string; readonly earlierRequestId: string; readonly firstContactOn: LocalDate }
>;
export type RevokeReceipt = Command<'RevokeReceipt', { readonly because: 'linked' | 'replaced' | 'term_over' }>;
export type ReplaceReceipt = Command<'ReplaceReceipt', { readonly receipt: Receipt }>;
export type FollowHandler = Command<'FollowHandler', { readonly handler: string; readonly designationId: string }>;
export type CloseRequest = Command<'CloseRequest', Record<never, never>>;

export type RequestCommand =
  | SendRequest
  | ReleaseRequest
  | ProposeAppointments
  | PickAppointment
  | DeclineAppointments
  | AcceptRequest
  | StepBack
  | ChooseCounsellor
  | WithdrawRequest
  | AnnounceTimeShort
  | Escalate
  | NoteTermPassed
  | NoteHearing
  | ClaimEarlierRequest
  | LinkEarlierRequest
  | RevokeReceipt
  | ReplaceReceipt
  | FollowHandler
  | CloseRequest;

type Decided = Decision<RequestEvent>;
const nothing: Decided = accept();
const notFound = reject({ kind: 'NotFound' });
const invalid = (field: string, rule: string): Decided => reject({ kind: 'InvalidInput', field, rule });

const termsFrom = (firstContactOn: LocalDate, lawVersion: string) => {
  const { due } = dueDate('hearing', firstContactOn, lawVersion);
  return {
    hearingDueOn: due,
    announceOn: addDays(due, -ANNOUNCE_DAYS_BEFORE),
    escalateOn: addDays(due, -ESCALATE_DAYS_BEFORE),
  };
};

/** Each way in has what it needs and nothing that would say more than the worker chose to say. */
const checkWay = ({ data }: SendRequest): Decided | undefined => {
  switch (data.way) {
    case 'signed_in':
      return data.person === undefined ? invalid('person', 'required') : undefined;
    case 'named':
      if (data.person !== undefined) return invalid('person', 'not_in_this_way');
      if (data.name === undefined) return invalid('name', 'required');
      if (data.safeChannel === undefined) return invalid('safeChannel', 'required');
      return data.receipt === undefined ? invalid('receipt', 'required') : undefined;
    case 'anonymous':
      if (data.person !== undefined) return invalid('person', 'not_in_this_way');
      if (data.name !== undefined) return invalid('name', 'not_in_this_way');
      return data.receipt === undefined ? invalid('receipt', 'required') : undefined;
    default:
      return assertNever(data.way);
  }
};

const send = (command: SendRequest): Decided => {
  const { data, meta } = command;
  const wrongWay = checkWay(command);
  if (wrongWay !== undefined) return wrongWay;
  if (!data.counsellorAvailable) return refuse('counsellor_absent');
  if ((data.escalation === 'second_counsellor') !== (data.second !== undefined))
    return invalid('second', data.second === undefined ? 'required' : 'not_with_this_escalation');
  if (data.second?.handler === data.handler) return refuse('second_counsellor_is_the_first');
  const requested: RequestEvent = {
    type: 'ContactRequested',
    data: {
      handler: data.handler,
      designationId: data.designationId,
      applicantParticipantId: data.applicantParticipantId,
      lookupTag: data.lookupTag,
      ...termsFrom(meta.today, meta.lawVersion),
      way: data.way,
      site: data.site,
      firstContactOn: meta.today,
      person: data.person,
      name: data.name,
      safeChannel: data.safeChannel,
      safeHours: data.safeHours,
      language: data.language,
      interpreter: data.interpreter,
      kindOfFacts: data.kindOfFacts,
      message: data.message,
      escalation: data.escalation,
      secondHandler: data.second?.handler,
      secondDesignationId: data.second?.designationId,
      wordingVersion: data.wordingVersion,
    },
  };
  return accept<RequestEvent>(
    requested,
    ...(data.receipt === undefined ? [] : [registeredReceipt(data.receipt)]),
    ...(data.earlierRequest === undefined
      ? []
      : [{ type: 'EarlierRequestClaimed', data: { words: data.earlierRequest } } as const]),
  );
};

const isHandler = (state: LivingRequest, pseudonym: string): boolean =>
  (state.status === 'waiting' || state.status === 'accepted') && state.handler === pseudonym;

const answerable = (state: LivingRequest, proposalId: string): Decided | undefined => {
  const proposal = state.proposals.find((one) => one.proposalId === proposalId);
  if (proposal === undefined) return invalid('proposalId', 'unknown');
  if (state.status === 'ended') return refuse('request_ended');
  return proposal.answer === 'open' ? undefined : refuse('appointment_already_answered');
};

const registeredReceipt = ({ lookupId, verifier, publicKey }: Receipt): RequestEvent => ({
  type: 'ReceiptRegistered',
  data: { lookupId, part: RECEIPT, registered: { verifier, publicKey } },
});

const decideLiving = (command: Exclude<RequestCommand, SendRequest>, state: LivingRequest): Decided => {
  switch (command.type) {
    case 'ReleaseRequest': {
      const { to } = command.data;
      return state.released.some((one) => one.to === to)
        ? nothing
        : accept({ type: 'RequestReleased', data: command.data });
    }
    case 'ProposeAppointments': {
      const { by, proposalId, options, place } = command.data;
      if (!isHandler(state, by)) return notFound;
      if (options.some((option) => option.startsAt <= command.meta.at)) return invalid('options', 'in_the_past');
      return accept({ type: 'AppointmentsProposed', data: { proposalId, options: [...options], place } });
    }
    case 'PickAppointment': {
      const { proposalId, optionId } = command.data;
      const refused = answerable(state, proposalId);
      if (refused !== undefined) return refused;
      const option = state.proposals
        .find((one) => one.proposalId === proposalId)
        ?.options.find((one) => one.optionId === optionId);
      if (option === undefined) return invalid('optionId', 'unknown');
      if (option.startsAt <= command.meta.at) return refuse('appointment_passed');
      return accept({ type: 'AppointmentPicked', data: { proposalId, optionId } });
    }
    case 'DeclineAppointments':
      return answerable(state, command.data.proposalId) ?? accept({ type: 'AppointmentsDeclined', data: command.data });
    case 'AcceptRequest':
      if (!isHandler(state, command.data.by)) return notFound;
      return state.status === 'accepted' ? nothing : accept({ type: 'RequestAccepted', data: command.data });
    case 'StepBack':
      if (!isHandler(state, command.data.handler)) return notFound;
      return state.status === 'accepted'
        ? refuse('request_already_accepted')
        : accept({ type: 'CounsellorSteppedBack', data: command.data });
    case 'ChooseCounsellor': {
      if (state.status !== 'choosing') return refuse('request_has_a_counsellor');
      const { handler, designationId, counsellorAvailable } = command.data;
      if (state.steppedBack.includes(handler)) return refuse('counsellor_stepped_back');
      if (!counsellorAvailable) return refuse('counsellor_absent');
      return accept({ type: 'CounsellorChosen', data: { handler, designationId } });
    }
    case 'WithdrawRequest':
      if (state.status === 'ended') return state.how === 'withdrawn' ? nothing : refuse('request_ended');
      // Once a case exists the worker ends it with the counsellor; the request alone no longer can.
      return state.status === 'accepted'
        ? refuse('request_already_accepted')
        : accept({ type: 'RequestWithdrawn', data: {} });
    case 'AnnounceTimeShort': {
      const { hearingDueOn } = command.data;
      if (state.status === 'ended' || state.hearing !== 'awaited' || state.warned !== 'no') return nothing;
      return hearingDueOn === state.hearingDueOn && command.meta.today >= state.announceOn
        ? accept({ type: 'TimeRunningShort', data: { hearingDueOn } })
        : nothing;
    }
    case 'Escalate': {
      const { hearingDueOn, to } = command.data;
      if (state.status === 'ended' || state.wasHeard || state.escalation === 'nobody') return nothing;
      // The worker hears first: nobody else is told before the announcement stands.
      if (state.warned !== 'worker' || hearingDueOn !== state.hearingDueOn || command.meta.today < state.escalateOn)
        return nothing;
      return to === undefined
        ? accept({ type: 'EscalationImpossible', data: { hearingDueOn } })
        : accept({ type: 'RequestEscalated', data: { to: to.pseudonym, capacity: to.capacity, hearingDueOn } });
    }
    case 'NoteTermPassed': {
      const { hearingDueOn } = command.data;
      if (state.status === 'ended' || state.hearing !== 'awaited') return nothing;
      return hearingDueOn === state.hearingDueOn && command.meta.today > hearingDueOn
        ? accept({ type: 'HearingTermMissed', data: { hearingDueOn } })
        : nothing;
    }
    case 'NoteHearing': {
      const known =
        state.wasHeard ||
        (command.data.state !== 'heard' && (state.hearing === 'missed' || state.hearing === command.data.state));
      return known ? nothing : accept({ type: 'HearingNoted', data: command.data });
    }
    case 'ClaimEarlierRequest':
      if (state.status === 'ended') return refuse('request_ended');
      return state.earlierRequestId === undefined
        ? accept({ type: 'EarlierRequestClaimed', data: command.data })
        : refuse('earlier_request_already_linked');
    case 'LinkEarlierRequest': {
      const { by, earlierRequestId, firstContactOn } = command.data;
      if (!isHandler(state, by)) return notFound;
      if (state.claim === undefined) return refuse('earlier_request_not_claimed');
      if (state.earlierRequestId !== undefined)
        return state.earlierRequestId === earlierRequestId ? nothing : refuse('earlier_request_already_linked');
      if (!state.wasHeard) return refuse('worker_not_heard_yet');
      if (firstContactOn > state.firstContactOn) return invalid('earlierRequestId', 'not_earlier');
      const { hearingDueOn } = termsFrom(firstContactOn, command.meta.lawVersion);
      return accept({ type: 'EarlierRequestLinked', data: { earlierRequestId, firstContactOn, hearingDueOn } });
    }
    case 'RevokeReceipt':
      return state.receipt === undefined
        ? nothing
        : accept({ type: 'ReceiptRevoked', data: { lookupId: state.receipt.lookupId, because: command.data.because } });
    case 'ReplaceReceipt': {
      if (state.status === 'ended') return refuse('request_ended');
      const { receipt } = command.data;
      if (state.receipt?.lookupId === receipt.lookupId) return nothing;
      return accept<RequestEvent>(
        ...(state.receipt === undefined
          ? []
          : [{ type: 'ReceiptRevoked', data: { lookupId: state.receipt.lookupId, because: 'replaced' } } as const]),
        registeredReceipt(receipt),
      );
    }
    case 'FollowHandler':
      if (state.status !== 'accepted') return nothing;
      return state.handler === command.data.handler ? nothing : accept({ type: 'HandlerFollowed', data: command.data });
    case 'CloseRequest':
      // The case of an earlier request that was linked closes too: from then on its term runs.
      return state.status === 'ended' && state.how !== 'linked' ? nothing : accept({ type: 'RequestClosed', data: {} });
    default:
      return assertNever(command);
  }
};

/** One worker's request to one counsellor at a time, from first contact until a case takes over (domain.md §2). */
export const requestDecider: Decider<RequestCommand, RequestEvent, RequestState> = {
  initial: initialRequest,
  decide: (command, state) => {
    if (command.type === 'SendRequest') return state.status === 'none' ? send(command) : refuse('request_exists');
    return state.status === 'none' ? notFound : decideLiving(command, state);
  },
  evolve: evolveRequest,
};
