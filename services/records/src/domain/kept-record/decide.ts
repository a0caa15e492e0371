import { accept, reject, type Command, type CommandMeta, type Decider, type Decision } from '@toeverlaat/event-log';
import { destructionDays, lawfulTerms, type RetentionRuleId, type RetentionStart } from '@toeverlaat/legal';
import { addDays, assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule } from '../rules.js';
import { dueUnder, isDue, termsFor, type Due, type RuleVersion } from '../terms.js';
import type { DestructionOutcome, MoveCause, Owner } from '../retention-vocabulary.js';
import type { KeptEvent } from './events.js';
import { evolveKept, initialKept, itemOf, type KeptState, type LivingRecord } from './state.js';

/** Every command brings the rules of the organisation as they are: a last day is said with the version that gave it. */
type With<Data> = Data & { readonly keptId: string; readonly versions: readonly RuleVersion[] };
/** Day on which its owner recorded it: what a term is judged by (design rule 13), however late it is heard of here. */
type Heard<Data> = With<Data> & { readonly recordedOn: LocalDate };

export type KeptCommand =
  | Command<
      'BeginKeeping',
      Heard<{
        readonly service: Owner;
        readonly recordClass: RetentionRuleId;
        readonly record: string;
        readonly subject: string;
        /** Of a record whose term runs from its beginning. */
        readonly term?: { readonly trigger: RetentionStart; readonly start: LocalDate } | undefined;
      }>
    >
  | Command<
      'StartTerm',
      Heard<{ readonly trigger: RetentionStart; readonly start: LocalDate; readonly because: 'closed' | 'new_message' }>
    >
  | Command<'StopTerm', Heard<object>>
  | Command<'Reclassify', Heard<{ readonly recordClass: RetentionRuleId }>>
  | Command<'Hold', With<{ readonly holdId: string }>>
  | Command<'EndHold', With<{ readonly holdId: string }>>
  /** Says it where a change of rules moved the day. */
  | Command<'TellAgain', With<object>>
  | Command<'NoteDue', With<object>>
  | Command<'NoteOverdue', With<object>>
  | Command<
      'BeginDestruction',
      With<{
        readonly erasureId: string;
        /**
         * `due`: its term is over. `other`: destroyed for another reason; only a hold stops that. `gone`: its key was destroyed
         * before, and a restore lost that; a hold has nothing left to hold.
         */
        readonly ground: 'due' | 'other' | 'gone';
      }>
    >
  | Command<'EndDestruction', With<{ readonly erasureId: string; readonly outcome: DestructionOutcome }>>;

type Decided = Decision<KeptEvent>;

/** Until when a record is kept on a day, and under which version of the rules. */
export const dueOf = (
  keptId: string,
  record: LivingRecord,
  versions: readonly RuleVersion[],
  on: LocalDate,
): { readonly due: Due; readonly ruleVersion: number } => {
  const { terms, ruleVersion } = termsFor(itemOf(keptId, record), versions, on);
  return { due: dueUnder(terms, record.start), ruleVersion };
};

/** What both sides are told of a record as it stands, under the rules of a day. */
const telling = (
  record: LivingRecord,
  because: MoveCause,
  { data, meta }: { readonly data: With<object>; readonly meta: CommandMeta },
): Extract<KeptEvent, { readonly type: 'KeptUntilMoved' }> => {
  const { terms, ruleVersion } = termsFor(itemOf(data.keptId, record), data.versions, meta.today);
  const due = dueUnder(terms, record.start);
  const { service, recordClass, start, lawVersion } = record;
  return {
    type: 'KeptUntilMoved',
    data: {
      service,
      recordClass,
      record: record.record,
      because,
      keptUntil: due.kind === 'until' ? due.keptUntil : undefined,
      held: record.holds.size > 0,
      ruleVersion,
      start,
      period: terms.period,
      lawVersion,
    },
  };
};

const isOfHold = (because: MoveCause): boolean => because === 'hold_placed' || because === 'hold_lifted';

/** What happened, and after it what both sides are told, where that changed. */
const andTold = (
  before: LivingRecord,
  events: readonly KeptEvent[],
  because: MoveCause,
  command: { readonly data: With<object>; readonly meta: CommandMeta },
): Decided => {
  const after = events.reduce<KeptState>(evolveKept, before);
  if (after.status !== 'kept') return accept(...events);
  const moved = telling(after, because, command);
  const { keptUntil, held } = moved.data;
  if (keptUntil === before.told.keptUntil && held === before.told.held) return accept(...events);
  // A hold moves no day by itself, and one of the two sides hears of no hold: what the rules moved is said apart from it.
  if (isOfHold(because) && keptUntil !== before.told.keptUntil)
    return accept<KeptEvent>(
      ...events,
      { type: 'KeptUntilMoved', data: { ...moved.data, because: 'rules_changed', held: before.told.held } },
      moved,
    );
  return accept<KeptEvent>(...events, moved);
};

const begin = (command: Extract<KeptCommand, { type: 'BeginKeeping' }>, state: KeptState): Decided => {
  if (state.status !== 'none') return accept();
  const { service, recordClass, record, subject, recordedOn, term } = command.data;
  const { lawVersion } = command.meta;
  const begun: KeptEvent = {
    type: 'KeepingBegun',
    data: { service, recordClass, record, subject, begunOn: recordedOn, lawVersion },
  };
  if (term === undefined) return accept(begun);
  const kept = evolveKept(state, begun);
  if (kept.status !== 'kept') return accept(begun);
  const started: KeptEvent = { type: 'TermStarted', data: { ...term, settledOn: recordedOn } };
  const told = andTold(kept, [started], 'closed', command);
  return told.kind === 'accepted' ? accept(begun, ...told.events) : told;
};

const beginDestruction = (
  { data, meta }: Extract<KeptCommand, { type: 'BeginDestruction' }>,
  record: LivingRecord,
): Decided => {
  const { keptId, erasureId, ground, versions } = data;
  if (record.destroying === erasureId) return accept();
  if (record.destroying !== undefined) return refuseRule('destruction_under_way');
  if (record.holds.size > 0 && ground !== 'gone') return refuseRule('record_on_hold');
  if (ground === 'due') {
    const { due } = dueOf(keptId, record, versions, meta.today);
    if (due.kind === 'open') return refuseRule('record_open');
    if (!isDue(due, meta.today))
      return refuseRule('not_due', undefined, due.kind === 'until' ? { keptUntil: due.keptUntil } : {});
  }
  return accept({ type: 'DestructionBegun', data: { erasureId } });
};

const decide = (command: KeptCommand, state: KeptState): Decided => {
  if (command.type === 'BeginKeeping') return begin(command, state);
  if (state.status === 'none') return NOT_FOUND;
  if (state.status === 'destroyed') {
    // What is gone is gone: nothing of it moves, and only who wants to hold it, or destroys it, must know.
    if (command.type === 'EndDestruction') return accept();
    return command.type === 'Hold' || command.type === 'BeginDestruction' ? reject({ kind: 'Erased' }) : accept();
  }
  const { keptId, versions } = command.data;
  const { today, lawVersion } = command.meta;
  switch (command.type) {
    case 'StartTerm': {
      const { trigger, start, because, recordedOn } = command.data;
      // Of another fact than the one its class runs from: a message about what became a case.
      if (trigger !== lawfulTerms(state.recordClass, state.lawVersion).trigger) return accept();
      // A message that was delivered late moves nothing back.
      if (state.start !== undefined && start <= state.start) return accept();
      return andTold(
        state,
        [{ type: 'TermStarted', data: { trigger, start, settledOn: recordedOn } }],
        because,
        command,
      );
    }
    case 'StopTerm':
      if (state.start === undefined) return accept();
      return andTold(
        state,
        [{ type: 'TermStopped', data: { stoppedOn: command.data.recordedOn } }],
        'reopened',
        command,
      );
    case 'Reclassify': {
      const { recordClass, recordedOn } = command.data;
      if (state.recordClass === recordClass) return accept();
      const stopped: readonly KeptEvent[] =
        state.start === undefined ? [] : [{ type: 'TermStopped', data: { stoppedOn: recordedOn } }];
      return andTold(
        state,
        [...stopped, { type: 'RecordReclassified', data: { recordClass } }],
        'reclassified',
        command,
      );
    }
    case 'Hold': {
      const { holdId } = command.data;
      if (state.holds.has(holdId)) return accept();
      if (state.destroying !== undefined) return refuseRule('destruction_under_way');
      return andTold(state, [{ type: 'RecordHeld', data: { holdId, heldOn: today } }], 'hold_placed', command);
    }
    case 'EndHold': {
      const { holdId } = command.data;
      if (!state.holds.has(holdId)) return accept();
      return andTold(state, [{ type: 'RecordHoldEnded', data: { holdId, endedOn: today } }], 'hold_lifted', command);
    }
    case 'TellAgain':
      return state.destroying === undefined ? andTold(state, [], 'rules_changed', command) : accept();
    case 'NoteDue': {
      const { due, ruleVersion } = dueOf(keptId, state, versions, today);
      if (due.kind !== 'until' || !isDue(due, today) || state.holds.size > 0 || state.destroying !== undefined)
        return accept();
      return state.fellDue === due.keptUntil
        ? accept()
        : accept({ type: 'RecordFellDue', data: { keptUntil: due.keptUntil, ruleVersion } });
    }
    case 'NoteOverdue': {
      const { due } = dueOf(keptId, state, versions, today);
      const days = destructionDays(lawVersion);
      if (due.kind !== 'until' || state.overdue || state.holds.size > 0 || state.destroying !== undefined)
        return accept();
      return addDays(due.keptUntil, days) < today
        ? accept({ type: 'RecordOverdue', data: { keptUntil: due.keptUntil, days } })
        : accept();
    }
    case 'BeginDestruction':
      return beginDestruction(command, state);
    case 'EndDestruction': {
      const { erasureId, outcome } = command.data;
      if (state.destroying !== erasureId) return NOT_FOUND;
      return accept({ type: 'DestructionEnded', data: { erasureId, outcome } });
    }
    default:
      return assertNever(command);
  }
};

/** A record of any service, as far as its keeping goes. */
export const keptDecider: Decider<KeptCommand, KeptEvent, KeptState> = {
  initial: initialKept,
  decide,
  evolve: evolveKept,
};
