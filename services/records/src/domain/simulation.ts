import { retentionRuleIds, type RetentionRuleId, type RetentionTerms } from '@toeverlaat/legal';
import type { LocalDate } from '@toeverlaat/values';
import { z } from 'zod';
import { dueUnder, isDue, isHeld, termsFor, type DueMemo, type KeptItem, type RuleVersion } from './terms.js';
import { countSchema, dateSchema, recordClassSchema, retentionTermsSchema } from './retention-vocabulary.js';

const lineSchema = z.strictObject({
  recordClass: recordClassSchema,
  /** The rule for what begins now, before and after. */
  before: retentionTermsSchema,
  after: retentionTermsSchema,
  kept: countSchema,
  open: countSchema,
  held: countSchema,
  /** Would be destroyed by the day, held ones left out. */
  dueBefore: countSchema,
  dueAfter: countSchema,
  /** Of those due after the change: stopped by a hold. */
  dueButHeld: countSchema,
  sooner: countSchema,
  later: countSchema,
  /** The first last day of any record of the class, before and after. */
  firstBefore: dateSchema.nullable(),
  firstAfter: dateSchema.nullable(),
});
export type SimulationLine = z.infer<typeof lineSchema>;

/** What a change of rules would do: by record class, on one day, in one organisation. */
export const reportSchema = z.strictObject({
  /** The day for which it was counted. */
  on: dateSchema,
  /** The day on which it was counted. */
  countedOn: dateSchema,
  /** The version of the rules it was compared with. */
  ruleVersion: countSchema,
  kept: countSchema,
  dueBefore: countSchema,
  dueAfter: countSchema,
  lines: z.array(lineSchema).max(40),
});
export type SimulationReport = z.infer<typeof reportSchema>;

type Tally = {
  kept: number;
  open: number;
  held: number;
  dueBefore: number;
  dueAfter: number;
  dueButHeld: number;
  sooner: number;
  later: number;
  firstBefore: LocalDate | null;
  firstAfter: LocalDate | null;
};

const emptyTally = (): Tally => ({
  kept: 0,
  open: 0,
  held: 0,
  dueBefore: 0,
  dueAfter: 0,
  dueButHeld: 0,
  sooner: 0,
  later: 0,
  firstBefore: null,
  firstAfter: null,
});

const first = (known: LocalDate | null, day: LocalDate): LocalDate => (known === null || day < known ? day : known);

/** Compares two states of the rules over records that come one by one. */
export type Simulation = {
  readonly add: (item: KeptItem) => void;
  readonly report: () => SimulationReport;
};

/**
 * Counts, for a day, what the rules of now and the rules with a change in them would have destroyed by then. Pure: it is
 * handed the records one by one, so that a million need no memory.
 */
export const simulate = (options: {
  readonly on: LocalDate;
  readonly countedOn: LocalDate;
  readonly versions: readonly RuleVersion[];
  readonly change: RuleVersion;
  /** The edition under which what begins now begins. */
  readonly lawVersion: string;
}): Simulation => {
  const { on, countedOn, versions, change, lawVersion } = options;
  const changed = [...versions, change];
  const tallies = new Map<RetentionRuleId, Tally>();
  const memo: DueMemo = new Map();

  const add = (item: KeptItem): void => {
    let tally = tallies.get(item.recordClass);
    if (tally === undefined) {
      tally = emptyTally();
      tallies.set(item.recordClass, tally);
    }
    tally.kept += 1;
    const held = isHeld(item);
    if (held) tally.held += 1;
    if (item.start === undefined) {
      tally.open += 1;
      return;
    }
    const before = dueUnder(termsFor(item, versions, on).terms, item.start, memo);
    const after = dueUnder(termsFor(item, changed, on).terms, item.start, memo);
    if (before.kind === 'until') tally.firstBefore = first(tally.firstBefore, before.keptUntil);
    if (after.kind === 'until') tally.firstAfter = first(tally.firstAfter, after.keptUntil);
    if (isDue(before, on) && !held) tally.dueBefore += 1;
    if (isDue(after, on)) {
      if (held) tally.dueButHeld += 1;
      else tally.dueAfter += 1;
    }
    const was = before.kind === 'until' ? before.keptUntil : '9999-12-31';
    const would = after.kind === 'until' ? after.keptUntil : '9999-12-31';
    if (would < was) tally.sooner += 1;
    if (would > was) tally.later += 1;
  };

  /** The rule for a record of this class that would begin on the day. */
  const ruleNow = (recordClass: RetentionRuleId, among: readonly RuleVersion[]): RetentionTerms =>
    termsFor({ keptId: '', recordClass, begunOn: on, lawVersion, settled: [], held: [] }, among, on).terms;

  const report = (): SimulationReport => {
    const lines = retentionRuleIds.flatMap((recordClass): readonly SimulationLine[] => {
      const touched = change.rules.some((rule) => rule.recordClass === recordClass);
      const tally = tallies.get(recordClass);
      if (tally === undefined && !touched) return [];
      return [
        {
          recordClass,
          before: ruleNow(recordClass, versions),
          after: ruleNow(recordClass, changed),
          ...(tally ?? emptyTally()),
        },
      ];
    });
    const sum = (of: 'kept' | 'dueBefore' | 'dueAfter'): number => lines.reduce((total, line) => total + line[of], 0);
    return {
      on,
      countedOn,
      ruleVersion: versions.at(-1)?.version ?? 0,
      kept: sum('kept'),
      dueBefore: sum('dueBefore'),
      dueAfter: sum('dueAfter'),
      lines,
    };
  };

  return { add, report };
};
