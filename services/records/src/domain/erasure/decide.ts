import { accept, reject, refuse as refuseWith, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken } from '@toeverlaat/values';
import { services, type DeclineReason, type ErasureCertificate, type HeldBackReason } from '../erasure-vocabulary.js';
import type { ErasureEvent } from './events.js';
import {
  evolveErasure,
  initialErasure,
  type DestroyedKey,
  type Drop,
  type ErasureRequest,
  type ErasureState,
} from './state.js';

export type ErasureCommand =
  | Command<'RequestErasure', ErasureRequest>
  /** `ownPseudonyms`: of the caller, of every year, so that nobody is their own second person at the turn of a year. */
  | Command<'ApproveErasure', { readonly approvedBy: string; readonly ownPseudonyms: readonly string[] }>
  /** Of what two people confirmed as a batch: asked for and approved in one, under the names of the two. */
  | Command<'OrderErasure', ErasureRequest & { readonly approvedBy: string }>
  | Command<'DeclineErasure', { readonly reason: DeclineReason }>
  /** After a restore: the ledger has its key. */
  | Command<
      'RepeatErasure',
      Pick<ErasureRequest, 'subject' | 'service'> & { readonly restore: string; readonly seal: number }
    >
  | Command<'HoldBack', { readonly because: HeldBackReason }>
  | Command<'StartErasure', { readonly checkpointBefore?: string | undefined }>
  | Command<'NoteKeyDestroyed', DestroyedKey>
  | Command<'NoteDropped', Drop>
  | Command<'CompleteErasure', { readonly certificate: ErasureCertificate; readonly signature: string }>;

type Decided = Decision<ErasureEvent>;
/** Every rule this aggregate may refuse with; the contracts list the same and a test compares them. */
export const erasureRules = [
  'erasure_second_person',
  'erasure_under_way',
  'erasure_declined',
  'erasure_not_asked',
] as const;
const refuse = (code: (typeof erasureRules)[number], source?: string): Decision<never> => refuseWith(code, source);

/** The services that have not said yet that they dropped what they derived, in a fixed order. */
export const stillToDrop = (state: Extract<ErasureState, { readonly status: 'destroyed' }>) =>
  services.filter((service) => service !== state.service && !state.drops.some((drop) => drop.service === service));

const sameRequest = (state: Exclude<ErasureState, { readonly status: 'none' }>, asked: ErasureRequest): boolean =>
  state.ground === asked.ground && state.requestedBy === asked.requestedBy;

const request = (data: ErasureRequest, state: ErasureState): Decided => {
  switch (state.status) {
    case 'none':
    case 'declined':
      return accept({ type: 'ErasureRequested', data });
    case 'requested':
      return sameRequest(state, data) ? accept() : refuse('erasure_under_way');
    case 'approved':
    case 'started':
    case 'destroyed':
      return refuse('erasure_under_way');
    // What is gone is gone: asked twice, it is one erasure with one certificate.
    case 'completed':
      return reject({ kind: 'Erased' });
    default:
      return assertNever(state);
  }
};

const order = (
  { approvedBy, ...data }: Extract<ErasureCommand, { type: 'OrderErasure' }>['data'],
  state: ErasureState,
): Decided => {
  switch (state.status) {
    case 'none':
      return accept<ErasureEvent>(
        { type: 'ErasureRequested', data },
        { type: 'ErasureApproved', data: { approvedBy } },
      );
    // Somebody said no to this one: a batch does not pass them by.
    case 'declined':
      return refuse('erasure_declined');
    case 'requested':
    case 'approved':
    case 'started':
    case 'destroyed':
      return refuse('erasure_under_way');
    case 'completed':
      return reject({ kind: 'Erased' });
    default:
      return assertNever(state);
  }
};

const repeat = (data: Extract<ErasureCommand, { type: 'RepeatErasure' }>['data'], state: ErasureState): Decided => {
  switch (state.status) {
    case 'none':
    case 'requested':
    case 'declined':
      return accept({ type: 'ErasureRepeated', data });
    case 'approved':
      return state.ground === 'erasure_ledger' ? accept() : accept({ type: 'ErasureRepeated', data });
    // It goes on by itself, whatever is gone already.
    case 'started':
    case 'destroyed':
    case 'completed':
      return accept();
    default:
      return assertNever(state);
  }
};

const decide = (command: ErasureCommand, state: ErasureState): Decided => {
  if (command.type === 'RequestErasure') return request(command.data, state);
  if (command.type === 'OrderErasure') return order(command.data, state);
  if (command.type === 'RepeatErasure') return repeat(command.data, state);
  if (state.status === 'none') return reject({ kind: 'NotFound' });
  switch (command.type) {
    case 'ApproveErasure': {
      const { approvedBy, ownPseudonyms } = command.data;
      if (state.status === 'declined') return refuse('erasure_declined');
      if (state.status !== 'requested') return accept();
      if (state.requestedBy === approvedBy || ownPseudonyms.includes(state.requestedBy))
        return refuse('erasure_second_person', 'design.md §4');
      return accept({ type: 'ErasureApproved', data: { approvedBy } });
    }
    case 'DeclineErasure':
      if (state.status === 'declined') return accept();
      return state.status === 'requested'
        ? accept({ type: 'ErasureDeclined', data: { reason: command.data.reason } })
        : refuse('erasure_under_way');
    case 'HoldBack':
      return state.status === 'approved' && state.heldBack !== command.data.because
        ? accept({ type: 'ErasureHeldBack', data: { because: command.data.because } })
        : accept();
    case 'StartErasure':
      if (state.status === 'requested' || state.status === 'declined') return refuse('erasure_not_asked');
      return state.status === 'approved' ? accept({ type: 'ErasureStarted', data: command.data }) : accept();
    case 'NoteKeyDestroyed':
      if (state.status === 'started')
        return accept({ type: 'KeyDestructionNoted', data: { ...command.data, keyIds: [...command.data.keyIds] } });
      if (state.status === 'destroyed' || state.status === 'completed') return accept();
      throw new InvariantBroken('a key is destroyed after its erasure was started');
    case 'NoteDropped':
      if (state.status === 'completed') return accept();
      if (state.status !== 'destroyed') throw new InvariantBroken('what was derived goes after the key');
      return stillToDrop(state).includes(command.data.service)
        ? accept({ type: 'DropNoted', data: command.data })
        : accept();
    case 'CompleteErasure':
      if (state.status === 'completed') return accept();
      if (state.status !== 'destroyed' || stillToDrop(state).length > 0)
        throw new InvariantBroken('an erasure is completed when every service has said so');
      return accept({ type: 'ErasureCompleted', data: command.data });
    default:
      return assertNever(command);
  }
};

export const erasureDecider: Decider<ErasureCommand, ErasureEvent, ErasureState> = {
  initial: initialErasure,
  decide,
  evolve: evolveErasure,
};
