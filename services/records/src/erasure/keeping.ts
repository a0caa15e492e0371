import { policyVersion } from '@toeverlaat/access';
import type { CommandContext, Rejection } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { err, localDateOf, newCommandId, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { upToDate, type RetentionCore } from '../application/core.js';
import {
  beginDestruction,
  endDestruction,
  keptIdOfSubject,
  mayBeDestroyed,
  rowOf,
  type DestructionAnswer,
} from '../application/destruction.js';
import { holdsOn } from '../application/holds.js';
import type { Ground, HeldBackReason } from '../domain/erasure-vocabulary.js';
import type { Keeping, KeptUnder } from './ports.js';

const refused = (code: string): Result<never, Rejection> => err({ kind: 'RuleRefused', code });

/** The record that a subject is, or takes part in: what is kept is kept as a whole. */
const recordOf = (subject: string): string => subject.split('#')[0] ?? subject;
const isWhole = (subject: string): boolean => !subject.includes('#');

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
  const context = (organisation: OrganisationId, erasureId: string): CommandContext => ({
    organisation,
    commandId: newCommandId(),
    actor: { pseudonym: 'system', capacity: 'system' },
    purpose: 'erase',
    correlationId: erasureId,
    causationId: erasureId,
    policyVersion,
    lawVersion,
  });

  const keptId = async (
    organisation: OrganisationId,
    subject: string,
  ): Promise<Result<string | undefined, Rejection>> => {
    const seen = await upToDate(core);
    return seen.ok ? ok(keptIdOfSubject(core, organisation, recordOf(subject))) : seen;
  };

  /** For another reason than its term only a hold stands in the way. */
  const onlyHolds = async (organisation: OrganisationId, kept: string): Promise<Result<KeptUnder, Rejection>> => {
    const row = rowOf(core, organisation, kept);
    if (row === undefined) return ok({});
    if (row.destroyed === 1) return err({ kind: 'Erased' });
    const held = await holdsOn(core, row, context(organisation, newCommandId()));
    if (!held.ok) return held;
    return held.value.length > 0 ? refused('record_on_hold') : ok({});
  };

  return {
    mayBegin: async (organisation, subject, ground: Ground) => {
      const kept = await keptId(organisation, subject);
      if (!kept.ok) return kept;
      if (ground !== 'retention_rule') return kept.value === undefined ? ok({}) : onlyHolds(organisation, kept.value);
      // A rule ends a record as a whole.
      if (kept.value === undefined || !isWhole(subject)) return err({ kind: 'NotFound' });
      const today = localDateOf(core.runtime.clock.now());
      const answer = await mayBeDestroyed(core, kept.value, today, context(organisation, newCommandId()));
      return answer.ok ? underRule(answer.value) : answer;
    },
    begin: async (organisation, subject, erasureId, ground) => {
      const kept = await keptId(organisation, subject);
      if (!kept.ok) return kept;
      if (kept.value === undefined) return ok(undefined);
      const why = ground === 'retention_rule' ? 'due' : ground === 'erasure_ledger' ? 'gone' : 'other';
      const begun = await beginDestruction(core, kept.value, erasureId, why, context(organisation, erasureId));
      if (begun.ok) return begun.value.kind === 'begun' ? ok(undefined) : err({ held: 'record_on_hold' });
      const held = waitsFor(begun.error);
      return held === undefined ? begun : err({ held });
    },
    end: async (organisation, subject, erasureId) => {
      const kept = await keptId(organisation, subject);
      if (!kept.ok) return kept;
      if (kept.value === undefined) return ok(undefined);
      // Where one person went, the record itself goes on being kept.
      const outcome = isWhole(subject) ? 'destroyed' : 'abandoned';
      const ended = await endDestruction(core, kept.value, erasureId, outcome, context(organisation, erasureId));
      // Ended before, by this erasure: a record that lives on has forgotten which one it was.
      return !ended.ok && ended.error.kind === 'NotFound' && !isWhole(subject) ? ok(undefined) : ended;
    },
  };
};
