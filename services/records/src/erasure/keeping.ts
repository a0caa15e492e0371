import type { CommandContext, Rejection } from '@toeverlaat/event-log';
import { systemContext } from '@toeverlaat/service-kit';
import { err, localDateOf, newCommandId, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { upToDate, type RetentionCore } from '../application/core.js';
import {
  beginDestruction,
  endDestruction,
  keptIdOfSubject,
  keptPartsOf,
  mayBeDestroyed,
  rowOf,
  type DestructionAnswer,
} from '../application/destruction.js';
import { holdsOn } from '../application/holds.js';
import type { Ground, HeldBackReason } from '../domain/erasure-vocabulary.js';
import { erasureIdOf } from '../domain/erasure/index.js';
import type { Keeping, KeptUnder } from './ports.js';

const refused = (code: string): Result<never, Rejection> => err({ kind: 'RuleRefused', code });

const recordOf = (subject: string): string => subject.split('#')[0] ?? subject;

/**
 * What an erasure is about among what is kept. `own`: kept under a rule of its own, as a record or as a part of one (its receipt, the
 * notes of one author). `within`: one person in a record that lives on.
 */
type Target = { readonly keptId: string; readonly is: 'own' | 'within' };

const underRule = (answer: DestructionAnswer): Result<KeptUnder, Rejection> => {
  switch (answer.kind) {
    case 'may':
      return ok({ rule: answer.recordClass, ruleVersion: answer.ruleVersion, keptUntil: answer.keptUntil });
    case 'held':
      return refused('record_on_hold');
    case 'not_due':
    case 'never':
      return refused('not_due');
    case 'open':
      return refused('record_open');
    case 'being_destroyed':
      return refused('destruction_under_way');
    case 'destroyed':
      return err({ kind: 'Erased' });
    case 'unknown':
      return err({ kind: 'NotFound' });
  }
};

/** The reason for which an erasure waits, of a refusal that ends by itself; undefined for any other. */
const waitsFor = (rejection: Rejection): HeldBackReason | undefined => {
  if (rejection.kind !== 'RuleRefused') return undefined;
  switch (rejection.code) {
    case 'record_on_hold':
    case 'record_open':
    case 'not_due':
      return rejection.code;
    case 'destruction_under_way':
      return 'refused';
    default:
      return undefined;
  }
};

/** What is kept, and what holds it, as erasures ask for it. A record that no rule keeps is held by nothing. */
export const keepingOver = (core: RetentionCore): Keeping => {
  /** Each attempt is a command of its own: a record may be let go and taken up again in between. */
  const context = (organisation: OrganisationId, erasureId: string): CommandContext =>
    systemContext(organisation, 'erase', newCommandId(), { by: erasureId });

  const targetOf = async (
    organisation: OrganisationId,
    subject: string,
  ): Promise<Result<Target | undefined, Rejection>> => {
    const seen = await upToDate(core);
    if (!seen.ok) return seen;
    const own = keptIdOfSubject(core, organisation, subject);
    if (own !== undefined) return ok({ keptId: own, is: 'own' });
    const record = keptIdOfSubject(core, organisation, recordOf(subject));
    return ok(record === undefined ? undefined : { keptId: record, is: 'within' });
  };

  /** What is kept by rules of its own and ends with a record at the latest: its key goes with the record's. */
  const partsOf = (organisation: OrganisationId, subject: string): readonly string[] =>
    subject.includes('#') ? [] : keptPartsOf(core, organisation, subject);

  /** For another reason than its term only a hold stands in the way. */
  const onlyHolds = async (organisation: OrganisationId, kept: string): Promise<Result<KeptUnder, Rejection>> => {
    const row = rowOf(core, organisation, kept);
    if (row === undefined) return ok({});
    if (row.destroyed === 1) return err({ kind: 'Erased' });
    const held = await holdsOn(core, row, context(organisation, newCommandId()));
    if (!held.ok) return held;
    return held.value.length > 0 ? refused('record_on_hold') : ok({});
  };

  /** A hold on a part holds the record: destroying the record would take the part along. */
  const noPartHeld = async (organisation: OrganisationId, subject: string): Promise<Result<undefined, Rejection>> => {
    for (const part of partsOf(organisation, subject)) {
      const free = await onlyHolds(organisation, part);
      if (!free.ok && free.error.kind !== 'Erased') return free;
    }
    return ok(undefined);
  };

  type Begin = Awaited<ReturnType<Keeping['begin']>>;
  const beginOf = async (
    organisation: OrganisationId,
    kept: string,
    erasureId: string,
    why: 'due' | 'other' | 'gone',
  ): Promise<Begin> => {
    const begun = await beginDestruction(core, kept, erasureId, why, context(organisation, erasureId));
    if (begun.ok) return begun.value.kind === 'begun' ? ok(undefined) : err({ held: 'record_on_hold' });
    const held = waitsFor(begun.error);
    return held === undefined ? begun : err({ held });
  };

  /** The parts of a record go along with it, but for one that is ended by an erasure of its own. */
  const beginParts = async (
    organisation: OrganisationId,
    parts: readonly string[],
    erasureId: string,
    why: 'other' | 'gone',
  ): Promise<Begin> => {
    for (const part of parts) {
      const other = rowOf(core, organisation, part)?.erasure_id ?? erasureId;
      if (other !== erasureId) continue;
      const begun = await beginOf(organisation, part, erasureId, why);
      if (!begun.ok && !('kind' in begun.error && begun.error.kind === 'Erased')) return begun;
    }
    return ok(undefined);
  };

  const endParts = async (
    organisation: OrganisationId,
    parts: readonly string[],
    erasureId: string,
    outcome: 'destroyed' | 'abandoned',
  ): Promise<Result<undefined, Rejection>> => {
    for (const part of parts) {
      const ended = await endDestruction(core, part, erasureId, outcome, context(organisation, erasureId));
      // Begun by another erasure, or not at all: that one ends it.
      if (!ended.ok && ended.error.kind !== 'NotFound') return ended;
    }
    return ok(undefined);
  };

  return {
    mayBegin: async (organisation, subject, ground: Ground) => {
      const target = await targetOf(organisation, subject);
      if (!target.ok) return target;
      const free = await noPartHeld(organisation, subject);
      if (!free.ok) return free;
      if (ground !== 'retention_rule')
        return target.value === undefined ? ok({}) : onlyHolds(organisation, target.value.keptId);
      // A rule ends what is kept under it, and nobody in it.
      if (target.value?.is !== 'own') return err({ kind: 'NotFound' });
      const today = localDateOf(core.runtime.clock.now());
      const answer = await mayBeDestroyed(core, target.value.keptId, today, context(organisation, newCommandId()));
      return answer.ok ? underRule(answer.value) : answer;
    },
    begin: async (organisation, subject, erasureId, ground) => {
      const target = await targetOf(organisation, subject);
      if (!target.ok) return target;
      if (target.value === undefined) return ok(undefined);
      const { keptId } = target.value;
      const withIts = recordOf(subject) === subject ? undefined : erasureIdOf(organisation, recordOf(subject));
      const row = rowOf(core, organisation, keptId);
      if (withIts !== undefined && target.value.is === 'own' && row?.erasure_id === withIts)
        // It goes along with its record, or went: there is nothing left that a hold could hold.
        return row.destroyed === 1 ? ok(undefined) : err({ kind: 'Unavailable', detail: 'its record is being erased' });
      const gone = ground === 'erasure_ledger';
      const parts = partsOf(organisation, subject);
      const along = await beginParts(organisation, parts, erasureId, gone ? 'gone' : 'other');
      const why = ground === 'retention_rule' ? 'due' : gone ? 'gone' : 'other';
      const begun = along.ok ? await beginOf(organisation, keptId, erasureId, why) : along;
      if (begun.ok) return begun;
      const letGo = await endParts(organisation, parts, erasureId, 'abandoned');
      return letGo.ok ? begun : letGo;
    },
    end: async (organisation, subject, erasureId) => {
      const target = await targetOf(organisation, subject);
      if (!target.ok) return target;
      if (target.value === undefined) return ok(undefined);
      const { keptId, is } = target.value;
      const along = await endParts(organisation, partsOf(organisation, subject), erasureId, 'destroyed');
      if (!along.ok) return along;
      // Where one person went, the record itself goes on being kept.
      const outcome = is === 'own' ? 'destroyed' : 'abandoned';
      const ended = await endDestruction(core, keptId, erasureId, outcome, context(organisation, erasureId));
      // Ended before, by this erasure: a record that lives on has forgotten which one it was.
      return !ended.ok && ended.error.kind === 'NotFound' && is === 'within' ? ok(undefined) : ended;
    },
  };
};
