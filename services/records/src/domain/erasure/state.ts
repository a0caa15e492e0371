import { assertNever, InvariantBroken, type Instant, type LocalDate } from '@toeverlaat/values';
import type { Ground, HeldBackReason, Service } from '../erasure-vocabulary.js';
import type { ErasureEvent } from './events.js';

/** What was asked for: the same from the request to the certificate. */
export type ErasureRequest = {
  readonly subject: string;
  readonly service: Service;
  readonly ground: Ground;
  readonly rule?: string | undefined;
  readonly ruleVersion?: number | undefined;
  readonly keptUntil?: LocalDate | undefined;
  readonly requestedBy: string;
};

export type DestroyedKey = {
  readonly service: Service;
  readonly keyIds: readonly string[];
  readonly destroyedAt: Instant;
  readonly eventId: string;
};
export type Drop = { readonly service: Service; readonly eventId: string };

type Approved = { readonly approvedBy: string };
type Started = Approved & { readonly checkpointBefore: string | undefined; readonly drops: readonly Drop[] };

export type ErasureState =
  | { readonly status: 'none' }
  | (ErasureRequest & { readonly status: 'requested' })
  | (ErasureRequest & { readonly status: 'declined' })
  /** `heldBack`: why it could not be carried out when it was last tried. */
  | (ErasureRequest & Approved & { readonly status: 'approved'; readonly heldBack: HeldBackReason | undefined })
  | (ErasureRequest & Started & { readonly status: 'started' })
  | (ErasureRequest & Started & { readonly status: 'destroyed'; readonly key: DestroyedKey })
  | (ErasureRequest & Started & { readonly status: 'completed'; readonly key: DestroyedKey });

/** Stand in a certificate for the two who decided, where a restore lost who they were. */
export const LOST_PERSON = 'lost-in-restore';
export const LEDGER = 'anchored-ledger';

export const initialErasure: ErasureState = { status: 'none' };

const outOfOrder = (event: ErasureEvent): never => {
  throw new InvariantBroken(`${event.type} out of order`);
};

export const evolveErasure = (state: ErasureState, event: ErasureEvent): ErasureState => {
  switch (event.type) {
    case 'ErasureRequested':
      return { status: 'requested', ...event.data };
    case 'ErasureApproved':
      return state.status === 'requested'
        ? { ...state, status: 'approved', approvedBy: event.data.approvedBy, heldBack: undefined }
        : outOfOrder(event);
    case 'ErasureDeclined':
      return state.status === 'requested' ? { ...state, status: 'declined' } : outOfOrder(event);
    case 'ErasureRepeated': {
      if (state.status === 'destroyed' || state.status === 'completed' || state.status === 'started')
        return outOfOrder(event);
      const { subject, service } = event.data;
      return {
        status: 'approved',
        subject,
        service,
        ground: 'erasure_ledger',
        requestedBy: LOST_PERSON,
        approvedBy: LEDGER,
        heldBack: undefined,
      };
    }
    case 'ErasureHeldBack':
      return state.status === 'approved' ? { ...state, heldBack: event.data.because } : outOfOrder(event);
    case 'ErasureStarted': {
      if (state.status !== 'approved') return outOfOrder(event);
      const { heldBack: _, ...approved } = state;
      return { ...approved, status: 'started', checkpointBefore: event.data.checkpointBefore, drops: [] };
    }
    case 'KeyDestructionNoted':
      return state.status === 'started' ? { ...state, status: 'destroyed', key: event.data } : outOfOrder(event);
    case 'DropNoted':
      return state.status === 'destroyed' ? { ...state, drops: [...state.drops, event.data] } : outOfOrder(event);
    case 'ErasureCompleted':
      return state.status === 'destroyed' ? { ...state, status: 'completed' } : outOfOrder(event);
    default:
      return assertNever(event);
  }
};
