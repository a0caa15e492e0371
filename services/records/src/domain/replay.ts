import type { LocalDate } from '@toeverlaat/values';
import { z } from 'zod';
import { dueUnder, termsFor, type DueMemo, type KeptItem, type RuleVersion } from './terms.js';
import { countSchema, dateSchema, localIdSchema, MAX_RULES, retentionTermsSchema } from './retention-vocabulary.js';

/** Most differing records that a replay names; what is more is counted. */
export const MAX_DIFFERENCES = 500;
/** Longest term that a replay may ask about, in days. */
const MAX_DAYS = 365;

/** The rule that a past year is played through instead of the one that held. */
export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('retention'), rules: z.array(retentionTermsSchema).min(1).max(MAX_RULES) }),
  z.strictObject({
    kind: z.literal('deadline'),
    deadline: z.enum(['hearing']),
    days: z.number().int().min(1).max(MAX_DAYS),
  }),
  z.strictObject({
    kind: z.literal('access'),
    /** Rules of the policy, by id, as if they were not there. */
    without: z
      .array(z.string().regex(/^[A-Z]+(?:-[A-Z]+)+$/))
      .min(1)
      .max(20),
  }),
  /** Another version of the policy, as if it had held all year. */
  z.strictObject({ kind: z.literal('access_policy'), policy: z.string().regex(/^\d{4}\.[0-9a-f]{10}$/) }),
]);
export type ReplayedChange = z.infer<typeof changeSchema>;

export const outcomes = ['kept', 'destroyed', 'in_time', 'missed', 'given', 'refused'] as const;

const differenceSchema = z.strictObject({
  record: localIdSchema,
  was: z.enum(outcomes),
  would: z.enum(outcomes),
  /** The day of the one and of the other, where there is one. */
  wasOn: dateSchema.nullable(),
  wouldOn: dateSchema.nullable(),
  /** How often: readings of one record, else 1. */
  times: countSchema,
});
export type Difference = z.infer<typeof differenceSchema>;

export const replaySchema = z.strictObject({
  year: z.string().regex(/^\d{4}$/),
  change: changeSchema,
  /** Records, terms or readings of that year that were looked at. */
  examined: countSchema,
  differing: countSchema,
  /** In the order of record ids. */
  differences: z.array(differenceSchema).max(MAX_DIFFERENCES),
});
export type Replay = z.infer<typeof replaySchema>;

export const yearOf = (year: string): { readonly from: LocalDate; readonly to: LocalDate } => ({
  from: `${year}-01-01`,
  to: `${year}-12-31`,
});

/** A replay of what was examined: differences in the order of records, the first of them named. */
export const replayOf = (
  year: string,
  change: ReplayedChange,
  examined: number,
  differences: readonly Difference[],
): Replay => ({
  year,
  change,
  examined,
  differing: differences.length,
  differences: differences
    .toSorted((a, b) => (a.record < b.record ? -1 : a.record > b.record ? 1 : 0))
    .slice(0, MAX_DIFFERENCES),
});

/** Whether a record would have fallen due in a year, under the rules of then and with a change that had held since ever. */
export const retentionDifference = (
  item: KeptItem & { readonly record: string },
  year: string,
  versions: readonly RuleVersion[],
  rules: Extract<ReplayedChange, { kind: 'retention' }>['rules'],
  memo: DueMemo,
): Difference | undefined => {
  const { from, to } = yearOf(year);
  const changed = rules.find(({ recordClass }) => recordClass === item.recordClass);
  if (changed === undefined) return undefined;
  const was = dueUnder(termsFor(item, versions, to).terms, item.start, memo);
  const would = dueUnder(changed, item.start, memo);
  const inYear = (due: typeof was): LocalDate | null =>
    due.kind === 'until' && from <= due.keptUntil && due.keptUntil <= to ? due.keptUntil : null;
  const wasOn = inYear(was);
  const wouldOn = inYear(would);
  if (wasOn === wouldOn) return undefined;
  return {
    record: item.record,
    was: wasOn === null ? 'kept' : 'destroyed',
    would: wouldOn === null ? 'kept' : 'destroyed',
    wasOn,
    wouldOn,
    times: 1,
  };
};

/** When a worker was to be heard at the latest, and when it was recorded that they were. */
export type HearingTerm = {
  readonly record: string;
  readonly begunOn: LocalDate;
  /** By the term that held. */
  readonly dueOn: LocalDate;
  /** By another number of days from the same first contact. */
  readonly otherDueOn: LocalDate;
  readonly heardOn: LocalDate | undefined;
};

/** A term is judged by what was recorded (design rule 13): heard on its last day is in time. */
export const hearingDifference = (term: HearingTerm, today: LocalDate): Difference | undefined => {
  const judged = (dueOn: LocalDate): 'in_time' | 'missed' => ((term.heardOn ?? today) <= dueOn ? 'in_time' : 'missed');
  const was = judged(term.dueOn);
  const would = judged(term.otherDueOn);
  if (was === would) return undefined;
  return { record: term.record, was, would, wasOn: term.dueOn, wouldOn: term.otherDueOn, times: 1 };
};
