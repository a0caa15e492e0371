import { isErased, type ConfidentialText, type Erasable } from '@toeverlaat/event-log';
import type { CodeOf, kindOfFacts, language } from '@toeverlaat/legal';
import { assertNever, InvariantBroken, type Instant, type LocalDate, type PersonId } from '@toeverlaat/values';
import type { Escalation, HearingState, Way } from '../vocabulary.js';
import type { RequestEvent } from './events.js';

export type Receipt = { readonly lookupId: string; readonly verifier: string; readonly publicKey: string };

export type AppointmentOption = {
  readonly optionId: string;
  readonly startsAt: Instant;
  readonly channel: 'in_person' | 'phone' | 'video';
};
export type Proposal = {
  readonly proposalId: string;
  readonly options: readonly AppointmentOption[];
  readonly place?: ConfidentialText | undefined;
  readonly answer: 'open' | 'declined' | { readonly picked: string };
  readonly wish?: ConfidentialText | undefined;
};

/** What stays the same while a request lives. */
export type Asked = {
  readonly applicantParticipantId: string;
  readonly way: Way;
  readonly site: string;
  readonly firstContactOn: LocalDate;
  readonly hearingDueOn: LocalDate;
  readonly announceOn: LocalDate;
  readonly escalateOn: LocalDate;
  readonly person?: Erasable<PersonId> | undefined;
  readonly name?: ConfidentialText | undefined;
  readonly safeChannel?: ConfidentialText | undefined;
  readonly safeHours?: ConfidentialText | undefined;
  readonly language: CodeOf<typeof language>;
  readonly interpreter?: string | undefined;
  readonly kindOfFacts?: CodeOf<typeof kindOfFacts> | undefined;
  readonly message?: ConfidentialText | undefined;
  readonly escalation: Escalation;
  readonly second?: { readonly handler: string; readonly designationId: string } | undefined;
  readonly wordingVersion: string;
  readonly lookupTag?: string | undefined;
  readonly receipt?: Receipt | undefined;
  /** There was a receipt once, whatever became of it. */
  readonly hadReceipt: boolean;
  readonly proposals: readonly Proposal[];
  readonly released: readonly { readonly to: string; readonly capacity: string }[];
  readonly hearing: HearingState | 'awaited';
  /** Heard, in time or late: a hearing entered late explains a missed term and does not undo it (design rule 13). */
  readonly wasHeard: boolean;
  /** How far the warnings before the end of the term have gone. */
  readonly warned: 'no' | 'worker' | 'escalated' | 'impossible';
  readonly escalatedTo?: string | undefined;
  readonly claim?: ConfidentialText | undefined;
  readonly earlierRequestId?: string | undefined;
  readonly steppedBack: readonly string[];
  /** Whose designation the request was last with; the successor of that one may ask. */
  readonly lastDesignationId?: string | undefined;
};

export type RequestState =
  | { readonly status: 'none' }
  /** With a counsellor who has not accepted yet. */
  | (Asked & { readonly status: 'waiting'; readonly handler: string; readonly designationId: string })
  /** The counsellor stepped back or left; the worker chooses another. The clock goes on. */
  | (Asked & { readonly status: 'choosing' })
  | (Asked & { readonly status: 'accepted'; readonly handler: string; readonly designationId: string })
  | (Asked & { readonly status: 'ended'; readonly how: 'withdrawn' | 'closed' | 'linked' });

export type LivingRequest = Exclude<RequestState, { readonly status: 'none' }>;

export const initialRequest: RequestState = { status: 'none' };

const living = (state: RequestState, event: RequestEvent): LivingRequest => {
  if (state.status === 'none') throw new InvariantBroken(`${event.type} before ContactRequested`);
  return state;
};

const answerProposal = (state: LivingRequest, proposalId: string, change: Partial<Proposal>): LivingRequest => ({
  ...state,
  proposals: state.proposals.map((proposal) =>
    proposal.proposalId === proposalId ? { ...proposal, ...change } : proposal,
  ),
});

const withoutHandler = (state: LivingRequest): Asked => {
  const { status: _status, ...rest } = state;
  return rest;
};

type Registered = Extract<RequestEvent, { readonly type: 'ReceiptRegistered' }>['data'];

/** None once its key is gone: no code can be checked any more. */
const receiptOf = ({ lookupId, registered, verifier, publicKey }: Registered): Receipt | undefined => {
  if (registered !== undefined) return isErased(registered) ? undefined : { lookupId, ...registered };
  return verifier === undefined || publicKey === undefined ? undefined : { lookupId, verifier, publicKey };
};

export const evolveRequest = (state: RequestState, event: RequestEvent): RequestState => {
  switch (event.type) {
    case 'ContactRequested': {
      const { data } = event;
      return {
        status: 'waiting',
        handler: data.handler,
        designationId: data.designationId,
        applicantParticipantId: data.applicantParticipantId,
        way: data.way,
        site: data.site,
        firstContactOn: data.firstContactOn,
        hearingDueOn: data.hearingDueOn,
        announceOn: data.announceOn,
        escalateOn: data.escalateOn,
        person: data.person,
        name: data.name,
        safeChannel: data.safeChannel,
        safeHours: data.safeHours,
        language: data.language,
        interpreter: data.interpreter,
        kindOfFacts: data.kindOfFacts,
        message: data.message,
        escalation: data.escalation,
        second:
          data.secondHandler === undefined || data.secondDesignationId === undefined
            ? undefined
            : { handler: data.secondHandler, designationId: data.secondDesignationId },
        wordingVersion: data.wordingVersion,
        lookupTag: data.lookupTag,
        hadReceipt: false,
        proposals: [],
        released: [],
        hearing: 'awaited',
        wasHeard: false,
        warned: 'no',
        steppedBack: [],
      };
    }
    case 'ReceiptRegistered':
      return { ...living(state, event), receipt: receiptOf(event.data), hadReceipt: true };
    case 'ReceiptRevoked': {
      const request = living(state, event);
      const without = { ...withoutHandler(request), receipt: undefined };
      return event.data.because === 'linked'
        ? { ...without, status: 'ended', how: 'linked' }
        : { ...request, receipt: undefined };
    }
    case 'RequestReleased': {
      const request = living(state, event);
      return { ...request, released: [...request.released, event.data] };
    }
    case 'AppointmentsProposed': {
      const request = living(state, event);
      const { proposalId, options, place } = event.data;
      return { ...request, proposals: [...request.proposals, { proposalId, options, place, answer: 'open' }] };
    }
    case 'AppointmentPicked':
      return answerProposal(living(state, event), event.data.proposalId, { answer: { picked: event.data.optionId } });
    case 'AppointmentsDeclined':
      return answerProposal(living(state, event), event.data.proposalId, { answer: 'declined', wish: event.data.wish });
    case 'RequestAccepted': {
      const request = living(state, event);
      if (request.status !== 'waiting') throw new InvariantBroken('accepted a request that waits for nobody');
      return { ...request, status: 'accepted' };
    }
    case 'CounsellorSteppedBack': {
      const request = living(state, event);
      return {
        ...withoutHandler(request),
        status: 'choosing',
        steppedBack: [...request.steppedBack, event.data.handler],
      };
    }
    case 'CounsellorChosen':
      return { ...withoutHandler(living(state, event)), status: 'waiting', ...event.data };
    case 'RequestWithdrawn':
      return { ...withoutHandler(living(state, event)), status: 'ended', how: 'withdrawn' };
    case 'TimeRunningShort':
      return { ...living(state, event), warned: 'worker' };
    case 'RequestEscalated':
      return { ...living(state, event), warned: 'escalated', escalatedTo: event.data.to };
    case 'EscalationImpossible':
      return { ...living(state, event), warned: 'impossible' };
    case 'HearingTermMissed':
      return { ...living(state, event), hearing: 'missed' };
    case 'HearingNoted': {
      const request = living(state, event);
      const noted = event.data.state;
      return {
        ...request,
        wasHeard: request.wasHeard || noted === 'heard',
        hearing: request.hearing === 'missed' ? 'missed' : noted,
      };
    }
    case 'EarlierRequestClaimed':
      return { ...living(state, event), claim: event.data.words };
    case 'EarlierRequestLinked':
      return { ...living(state, event), ...event.data };
    case 'HandlerFollowed':
      return { ...withoutHandler(living(state, event)), status: 'accepted', ...event.data };
    case 'RequestClosed':
      return { ...withoutHandler(living(state, event)), status: 'ended', how: 'closed' };
    default:
      return assertNever(event);
  }
};
