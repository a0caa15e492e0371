import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { RetentionRuleId } from '@toeverlaat/legal';
import {
  PREPARED_BY_RUN,
  type BatchReport,
  type DueLine,
  type LeftOut,
  type SignedWith,
} from '../erasure-vocabulary.js';
import type { BatchEvent } from './events.js';

export type ListedRecord = { readonly keptId: string; readonly recordClass: RetentionRuleId };

/** What was asked for: the same from the request to the report. */
export type BatchRequest = {
  readonly asOf: LocalDate;
  readonly recordClass: RetentionRuleId | undefined;
  readonly counted: readonly DueLine[];
  readonly more: boolean;
  readonly listHash: string;
  readonly requestedBy: string;
  readonly list: readonly ListedRecord[];
};

/** How far the list has been taken up. */
type Taken = { readonly confirmedBy: string; readonly upTo: number; readonly leftOut: readonly LeftOut[] };

export type BatchState =
  | { readonly status: 'none' }
  /** Prepared by the daily run; nobody asked yet. */
  | (BatchRequest & { readonly status: 'prepared' })
  | (BatchRequest & { readonly status: 'requested' })
  | (BatchRequest & { readonly status: 'declined' })
  | (BatchRequest & Taken & { readonly status: 'confirmed' })
  | (BatchRequest &
      Taken & {
        readonly status: 'completed';
        readonly report: BatchReport;
        readonly reportHash: string;
        readonly signature?: string | undefined;
        readonly signedWith?: SignedWith | undefined;
      });

export const initialBatch: BatchState = { status: 'none' };

const outOfOrder = (event: BatchEvent): never => {
  throw new InvariantBroken(`${event.type} out of order`);
};

export const evolveBatch = (state: BatchState, event: BatchEvent): BatchState => {
  switch (event.type) {
    case 'ErasureBatchRequested': {
      const { listed: _, recordClass, ...data } = event.data;
      const status = data.requestedBy === PREPARED_BY_RUN ? 'prepared' : 'requested';
      return { ...data, status, recordClass, list: [] };
    }
    case 'ErasureBatchListed': {
      if (state.status !== 'requested' && state.status !== 'prepared') return outOfOrder(event);
      const { recordClass, keptIds } = event.data;
      return { ...state, list: [...state.list, ...keptIds.map((keptId) => ({ keptId, recordClass }))] };
    }
    case 'ErasureBatchTakenUp':
      return state.status === 'prepared'
        ? { ...state, status: 'requested', requestedBy: event.data.requestedBy }
        : outOfOrder(event);
    case 'ErasureBatchConfirmed':
      return state.status === 'requested'
        ? { ...state, status: 'confirmed', confirmedBy: event.data.confirmedBy, upTo: 0, leftOut: [] }
        : outOfOrder(event);
    case 'ErasureBatchDeclined':
      return state.status === 'requested' || state.status === 'prepared'
        ? { ...state, status: 'declined' }
        : outOfOrder(event);
    case 'ErasureBatchAdvanced': {
      if (state.status !== 'confirmed') return outOfOrder(event);
      const { upTo, leftOut } = event.data;
      return { ...state, upTo, leftOut: [...state.leftOut, ...leftOut] };
    }
    case 'ErasureBatchCompleted':
      return state.status === 'confirmed' ? { ...state, status: 'completed', ...event.data } : outOfOrder(event);
    default:
      return assertNever(event);
  }
};
