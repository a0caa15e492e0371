import type { ConfidentialText, Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { ReceivingCapacity } from '../departure-vocabulary.js';
import type { PersonRef } from '../retention-vocabulary.js';
import type { DepartureEvent } from './events.js';

export type NamedReceiver = {
  readonly capacity: ReceivingCapacity;
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  readonly publicKey: string;
  readonly records?: readonly string[] | undefined;
  readonly controller: ConfidentialText;
  readonly ground: ConfidentialText;
  readonly person?: Erasable<PersonRef> | undefined;
};

/** Who gets the company's register as a file, and no key. */
export type RegisterReceiver = Pick<NamedReceiver, 'key' | 'publicKey' | 'controller' | 'ground'>;

/** What it is about: one receiver's key, or everything of a capacity. */
export type KeyScope = { readonly capacity: ReceivingCapacity; readonly key?: string | undefined };
export type Withheld = KeyScope & { readonly withheldBy: string };

export type MadeHandover = {
  readonly handoverId: string;
  readonly events: number;
  readonly digest: string;
  readonly listHash: string;
  readonly viewsHash: string;
  readonly confirmBy: LocalDate;
};

/** What a departure is from its request on. */
export type Leaving = {
  readonly departureId: string;
  /** `all`: who received what hangs on the one key of every departure of the organisation. */
  readonly sealedFor: 'departure' | 'all';
  readonly nextHost: ConfidentialText;
  readonly notBefore: LocalDate;
  readonly confirmWithinDays: number;
  readonly requestedBy: string;
  readonly requestedAs: string;
  readonly receivers: readonly NamedReceiver[];
  /** Undefined of a departure that was asked for before the company was given a file of it. */
  readonly register: RegisterReceiver | undefined;
  readonly withheld: readonly Withheld[];
  readonly released: readonly KeyScope[];
};
type Approved = { readonly approvedBy: string; readonly approvedAs: string };
/** Records by the fingerprint of the key that they were handed to. */
type Begun = Approved & {
  readonly transfers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly handovers: readonly MadeHandover[];
  /** SHA-256 of the register's last file. */
  readonly registerFile: string | undefined;
  /** Files that were handed over are worked on here again. */
  readonly reopened: boolean;
  /** The last day for a confirmation that was called for. */
  readonly calledFor: LocalDate | undefined;
};
type Confirmed = Begun & { readonly confirmedHandover: string; readonly unproved: ReadonlySet<string> };

export type DepartureState =
  | { readonly status: 'none' }
  | (Leaving & { readonly status: 'requested' })
  | (Leaving & { readonly status: 'withdrawn' })
  | (Leaving & Approved & { readonly status: 'approved' })
  /** Some keys are on their way; the folder may not be whole. */
  | (Leaving & Begun & { readonly status: 'handing_over' })
  | (Leaving & Begun & { readonly status: 'handed_over' })
  | (Leaving & Confirmed & { readonly status: 'confirmed' })
  | (Leaving & Confirmed & { readonly status: 'completed' })
  /** It came from another host. */
  | (Leaving & Approved & { readonly status: 'arrived' });
export type DepartureStatus = DepartureState['status'];
/** After something was handed over. */
export type BegunDeparture = Extract<
  DepartureState,
  { readonly status: 'handing_over' | 'handed_over' | 'confirmed' | 'completed' }
>;

export const initialDeparture: DepartureState = { status: 'none' };

const covers = (scope: KeyScope, { capacity, key }: Pick<NamedReceiver, 'capacity' | 'key'>): boolean =>
  scope.capacity === capacity && (scope.key === undefined || scope.key === key);

/**
 * Whether a receiver gets nothing now. A counsellor's key is held back while somebody objects; an adviser's unless an adviser let
 * the dossiers go, because they are theirs alone to give (design §4, Leaving).
 */
export const isWithheld = (
  { withheld, released }: Pick<Leaving, 'withheld' | 'released'>,
  receiver: Pick<NamedReceiver, 'capacity' | 'key'>,
): boolean =>
  withheld.some((one) => covers(one, receiver)) ||
  (receiver.capacity === 'adviser' && !released.some((one) => covers(one, receiver)));

/** Every record that was handed to somebody. */
export const handedRecords = ({ transfers }: Pick<BegunDeparture, 'transfers'>): ReadonlySet<string> =>
  new Set([...transfers.values()].flatMap((records) => [...records]));

/** Every record whose local copy is destroyed: handed over, and the next host proved that it opens it. */
export const provedRecords = (state: DepartureState): readonly string[] =>
  state.status === 'confirmed' || state.status === 'completed'
    ? [...handedRecords(state)].filter((record) => !state.unproved.has(record)).toSorted()
    : [];

/**
 * What nobody changes here: from the handover on everything that was handed over, so that what the next host has is all there is; once it
 * is confirmed what is destroyed. Nothing, once it is worked on here again.
 */
export const closedRecords = (state: DepartureState): readonly string[] => {
  switch (state.status) {
    case 'handing_over':
    case 'handed_over':
      return state.handovers.length === 0 || state.reopened ? [] : [...handedRecords(state)].toSorted();
    case 'confirmed':
    case 'completed':
      return provedRecords(state);
    case 'none':
    case 'requested':
    case 'withdrawn':
    case 'approved':
    case 'arrived':
      return [];
  }
};

/** Nothing of it is under way any more, and another may be asked for. */
export const hasEnded = ({ status }: DepartureState): boolean =>
  status === 'withdrawn' || status === 'completed' || status === 'arrived';

const outOfOrder = (event: DepartureEvent): never => {
  throw new InvariantBroken(`${event.type} out of order`);
};

const hasBegun = (state: DepartureState): state is BegunDeparture =>
  state.status === 'handing_over' ||
  state.status === 'handed_over' ||
  state.status === 'confirmed' ||
  state.status === 'completed';

const sameScope = (a: KeyScope, b: KeyScope): boolean => a.capacity === b.capacity && a.key === b.key;

export const evolveDeparture = (state: DepartureState, event: DepartureEvent): DepartureState => {
  if (event.type === 'DepartureRequested')
    return { ...event.data, status: 'requested', receivers: [], register: undefined, withheld: [], released: [] };
  if (state.status === 'none') return outOfOrder(event);
  switch (event.type) {
    case 'ReceiverNamed': {
      const { departureId: _, ...receiver } = event.data;
      return { ...state, receivers: [...state.receivers, receiver] };
    }
    case 'RegisterReceiverNamed': {
      const { departureId: _, ...register } = event.data;
      return { ...state, register };
    }
    case 'DepartureApproved': {
      const { approvedBy, approvedAs } = event.data;
      return state.status === 'requested'
        ? { ...state, status: 'approved', approvedBy, approvedAs }
        : outOfOrder(event);
    }
    case 'DepartureWithdrawn':
      return state.status === 'requested' || state.status === 'approved'
        ? { ...state, status: 'withdrawn' }
        : outOfOrder(event);
    case 'KeysWithheld': {
      const { departureId: _, ...withheld } = event.data;
      return {
        ...state,
        withheld: [...state.withheld, withheld],
        released: state.released.filter((one) => !sameScope(one, withheld)),
      };
    }
    case 'KeysReleased': {
      const { capacity, key, withheldBy } = event.data;
      const scope = { capacity, key };
      return {
        ...state,
        withheld: state.withheld.filter((one) => !(sameScope(one, scope) && one.withheldBy === withheldBy)),
        released: [...state.released, scope],
      };
    }
    case 'KeysHandedOver': {
      const { key, records } = event.data;
      if (state.status === 'requested' || state.status === 'withdrawn') return outOfOrder(event);
      if (state.status === 'confirmed' || state.status === 'completed') return outOfOrder(event);
      const before = hasBegun(state)
        ? state
        : {
            ...state,
            transfers: new Map<string, ReadonlySet<string>>(),
            handovers: [],
            registerFile: undefined,
            reopened: false,
            calledFor: undefined,
          };
      const transfers = new Map(before.transfers);
      transfers.set(key, new Set([...(transfers.get(key) ?? []), ...records]));
      return { ...before, status: 'handing_over', transfers };
    }
    case 'RegisterHandedOver':
      return state.status === 'handing_over' || state.status === 'handed_over'
        ? { ...state, registerFile: event.data.fileHash }
        : outOfOrder(event);
    case 'HandoverMade': {
      if (state.status !== 'handing_over' && state.status !== 'handed_over') return outOfOrder(event);
      const { departureId: _, ...made } = event.data;
      return {
        ...state,
        status: 'handed_over',
        handovers: [...state.handovers, made],
        reopened: false,
        calledFor: undefined,
      };
    }
    case 'ConfirmationFellDue':
      return hasBegun(state) ? { ...state, calledFor: event.data.confirmBy } : outOfOrder(event);
    case 'FilesReopened':
      return hasBegun(state) ? { ...state, reopened: true } : outOfOrder(event);
    case 'OrganisationArrived': {
      if (!hasBegun(state)) return outOfOrder(event);
      const { transfers: _t, handovers: _h, registerFile: _r, reopened: _o, calledFor: _c, ...left } = state;
      return { ...left, status: 'arrived' };
    }
    case 'HandoverConfirmed':
      return state.status === 'handed_over' || state.status === 'handing_over'
        ? { ...state, status: 'confirmed', confirmedHandover: event.data.handoverId, unproved: new Set() }
        : outOfOrder(event);
    case 'TransferUnproved':
      return state.status === 'confirmed'
        ? { ...state, unproved: new Set([...state.unproved, ...event.data.records]) }
        : outOfOrder(event);
    case 'DepartureCompleted':
      return state.status === 'confirmed' ? { ...state, status: 'completed' } : outOfOrder(event);
    default:
      return assertNever(event);
  }
};
