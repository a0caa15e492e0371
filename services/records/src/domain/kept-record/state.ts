import type { RetentionRuleId } from '@toeverlaat/legal';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { KeptItem, Span } from '../terms.js';
import type { Owner } from '../retention-vocabulary.js';
import type { KeptEvent } from './events.js';

/** What both sides were last told. */
export type Told = { readonly keptUntil: LocalDate | undefined; readonly held: boolean };

export type LivingRecord = {
  readonly status: 'kept';
  readonly service: Owner;
  readonly recordClass: RetentionRuleId;
  readonly record: string;
  readonly subject: string;
  readonly begunOn: LocalDate;
  readonly lawVersion: string;
  readonly start: LocalDate | undefined;
  readonly settled: readonly Span[];
  /** Hold id to the day it was found to lie on this record. */
  readonly holds: ReadonlyMap<string, LocalDate>;
  /** Days on which holds that have ended lay on it. */
  readonly heldBefore: readonly Span[];
  readonly told: Told;
  /** The last day that was said to have passed; undone when it moves. */
  readonly fellDue: LocalDate | undefined;
  readonly overdue: boolean;
  readonly destroying: string | undefined;
};

export type KeptState =
  { readonly status: 'none' } | LivingRecord | { readonly status: 'destroyed'; readonly erasureId: string };
export const initialKept: KeptState = { status: 'none' };

const living = (state: KeptState): LivingRecord => {
  if (state.status !== 'kept') throw new InvariantBroken('a record is kept before anything becomes of it');
  return state;
};

/** The last span ends on a day. */
const ended = (spans: readonly Span[], on: LocalDate): readonly Span[] =>
  spans.map(([from, to], at) => (at === spans.length - 1 && to === undefined ? [from, on] : [from, to]));

/** The record as its term is judged by. */
export const itemOf = (keptId: string, record: LivingRecord): KeptItem => ({
  keptId,
  recordClass: record.recordClass,
  begunOn: record.begunOn,
  lawVersion: record.lawVersion,
  start: record.start,
  settled: record.settled,
  held: [...record.heldBefore, ...[...record.holds.values()].map((from): Span => [from, undefined])],
});

export const evolveKept = (state: KeptState, event: KeptEvent): KeptState => {
  switch (event.type) {
    case 'KeepingBegun': {
      const { service, recordClass, record, subject, begunOn, lawVersion } = event.data;
      return {
        status: 'kept',
        service,
        recordClass,
        record,
        subject,
        begunOn,
        lawVersion,
        start: undefined,
        settled: [],
        holds: new Map(),
        heldBefore: [],
        told: { keptUntil: undefined, held: false },
        fellDue: undefined,
        overdue: false,
        destroying: undefined,
      };
    }
    case 'TermStarted': {
      const record = living(state);
      const { start, settledOn } = event.data;
      const settled: readonly Span[] =
        record.start === undefined ? [...record.settled, [settledOn, undefined]] : record.settled;
      return { ...record, start, settled };
    }
    case 'TermStopped': {
      const record = living(state);
      return { ...record, start: undefined, settled: ended(record.settled, event.data.stoppedOn) };
    }
    case 'RecordReclassified':
      return { ...living(state), recordClass: event.data.recordClass };
    case 'RecordHeld': {
      const record = living(state);
      const { holdId, heldOn } = event.data;
      return { ...record, holds: new Map(record.holds).set(holdId, heldOn) };
    }
    case 'RecordHoldEnded': {
      const record = living(state);
      const { holdId, endedOn } = event.data;
      const from = record.holds.get(holdId);
      const holds = new Map(record.holds);
      holds.delete(holdId);
      return {
        ...record,
        holds,
        heldBefore: from === undefined ? record.heldBefore : [...record.heldBefore, [from, endedOn]],
      };
    }
    case 'KeptUntilMoved': {
      const { keptUntil, held } = event.data;
      const record = living(state);
      const same = record.fellDue === keptUntil;
      return {
        ...record,
        told: { keptUntil, held },
        fellDue: same ? record.fellDue : undefined,
        overdue: same && record.overdue,
      };
    }
    case 'RecordFellDue':
      return { ...living(state), fellDue: event.data.keptUntil };
    case 'RecordOverdue':
      return { ...living(state), overdue: true };
    case 'DestructionBegun':
      return { ...living(state), destroying: event.data.erasureId };
    case 'DestructionEnded': {
      const { erasureId, outcome } = event.data;
      return outcome === 'destroyed' ? { status: 'destroyed', erasureId } : { ...living(state), destroying: undefined };
    }
    default:
      return assertNever(event);
  }
};
