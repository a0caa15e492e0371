import { accept, reject, refuse as refuseWith, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { RetentionRuleId } from '@toeverlaat/legal';
import {
  MAX_BATCH,
  MAX_LISTED,
  type BatchReport,
  type DeclineReason,
  type DueLine,
  type LeftOut,
  type SignedWith,
} from '../erasure-vocabulary.js';
import type { BatchEvent } from './events.js';
import { evolveBatch, initialBatch, type BatchState, type ListedRecord } from './state.js';

export type BatchCommand =
  | Command<
      'RequestBatch',
      {
        readonly asOf: LocalDate;
        readonly recordClass?: RetentionRuleId | undefined;
        readonly counted: readonly DueLine[];
        readonly more: boolean;
        readonly list: readonly ListedRecord[];
        readonly listHash: string;
        readonly requestedBy: string;
      }
    >
  /** `listHash`: of the list that the caller saw. `ownPseudonyms`: of the caller, of every year. */
  | Command<
      'ConfirmBatch',
      { readonly listHash: string; readonly confirmedBy: string; readonly ownPseudonyms: readonly string[] }
    >
  | Command<'DeclineBatch', { readonly reason: DeclineReason }>
  | Command<'AdvanceBatch', { readonly upTo: number; readonly leftOut: readonly LeftOut[] }>
  | Command<
      'CompleteBatch',
      {
        readonly report: BatchReport;
        readonly reportHash: string;
        readonly signature: string;
        readonly signedWith: SignedWith;
      }
    >;

type Decided = Decision<BatchEvent>;

/** Every rule this aggregate may refuse with; the contracts list the same and a test compares them. */
export const batchRules = [
  'nothing_due',
  'batch_second_person',
  'batch_declined',
  'batch_differs',
  'batch_under_way',
] as const;
const refuse = (code: (typeof batchRules)[number], source?: string): Decision<never> => refuseWith(code, source);

/** The list in runs of one class, none longer than an event holds. */
const listed = (list: readonly ListedRecord[]): readonly BatchEvent[] => {
  const runs: { readonly recordClass: RetentionRuleId; readonly keptIds: string[] }[] = [];
  for (const { keptId, recordClass } of list) {
    const last = runs.at(-1);
    if (last === undefined || last.recordClass !== recordClass || last.keptIds.length >= MAX_LISTED)
      runs.push({ recordClass, keptIds: [keptId] });
    else last.keptIds.push(keptId);
  }
  return runs.map((data) => ({ type: 'ErasureBatchListed', data }));
};

const request = ({ data }: Extract<BatchCommand, { type: 'RequestBatch' }>, state: BatchState): Decided => {
  // Its id is of the command that made it: asked twice, it is one batch.
  if (state.status !== 'none') return accept();
  const { list, counted, ...rest } = data;
  if (list.length === 0) return refuse('nothing_due');
  if (list.length > MAX_BATCH) throw new InvariantBroken('a batch holds so many records at the most');
  return accept<BatchEvent>(
    { type: 'ErasureBatchRequested', data: { ...rest, counted: [...counted], listed: list.length } },
    ...listed(list),
  );
};

const confirm = ({ data }: Extract<BatchCommand, { type: 'ConfirmBatch' }>, state: BatchState): Decided => {
  const { listHash, confirmedBy, ownPseudonyms } = data;
  switch (state.status) {
    case 'none':
      return reject({ kind: 'NotFound' });
    case 'declined':
      return refuse('batch_declined');
    case 'confirmed':
    case 'completed':
      return accept();
    case 'prepared':
      // Of what the daily run prepared the first is who asks; it takes another one to confirm.
      return state.listHash === listHash
        ? accept({ type: 'ErasureBatchTakenUp', data: { requestedBy: confirmedBy } })
        : refuse('batch_differs');
    case 'requested':
      if (state.listHash !== listHash) return refuse('batch_differs');
      return state.requestedBy === confirmedBy || ownPseudonyms.includes(state.requestedBy)
        ? refuse('batch_second_person', 'design.md §4')
        : accept({ type: 'ErasureBatchConfirmed', data: { confirmedBy } });
    default:
      return assertNever(state);
  }
};

const decline = (reason: DeclineReason, state: BatchState): Decided => {
  switch (state.status) {
    case 'none':
      return reject({ kind: 'NotFound' });
    case 'declined':
      return accept();
    case 'prepared':
    case 'requested':
      return accept({ type: 'ErasureBatchDeclined', data: { reason } });
    case 'confirmed':
    case 'completed':
      return refuse('batch_under_way');
    default:
      return assertNever(state);
  }
};

const decide = (command: BatchCommand, state: BatchState): Decided => {
  switch (command.type) {
    case 'RequestBatch':
      return request(command, state);
    case 'ConfirmBatch':
      return confirm(command, state);
    case 'DeclineBatch':
      return decline(command.data.reason, state);
    case 'AdvanceBatch': {
      const { upTo, leftOut } = command.data;
      if (state.status === 'completed') return accept();
      if (state.status !== 'confirmed') throw new InvariantBroken('a batch is confirmed before it is carried out');
      // Two that carry it out at once, or one after a crash: the step was taken.
      if (upTo <= state.upTo) return accept();
      return accept({ type: 'ErasureBatchAdvanced', data: { upTo, leftOut: [...leftOut] } });
    }
    case 'CompleteBatch':
      if (state.status === 'completed') return accept();
      if (state.status !== 'confirmed' || state.upTo < state.list.length)
        throw new InvariantBroken('a batch is completed when all of it was taken up');
      return accept({ type: 'ErasureBatchCompleted', data: command.data });
    default:
      return assertNever(command);
  }
};

/** What fell due together is asked for and confirmed together, and reported as one. */
export const batchDecider: Decider<BatchCommand, BatchEvent, BatchState> = {
  initial: initialBatch,
  decide,
  evolve: evolveBatch,
};
