import { keptUntilUnder, lawfulTerms, type RetentionRuleId, type RetentionTerms } from '@toeverlaat/legal';
import type { LocalDate } from '@toeverlaat/values';
import type { RuleScope } from './retention-vocabulary.js';

/** From a day to the day before another; open without an end. */
export type Span = readonly [from: LocalDate, to: LocalDate | undefined];

/** What is needed of a kept record to say until when it is kept. */
export type KeptItem = {
  readonly keptId: string;
  readonly recordClass: RetentionRuleId;
  readonly begunOn: LocalDate;
  readonly lawVersion: string;
  /** The day its term runs from; none while it is open. */
  readonly start?: LocalDate | undefined;
  /** When it was closed, by what was recorded; more than one span when it was reopened. The last is open-ended while it is closed. */
  readonly settled: readonly Span[];
  /** When a hold lay on it. */
  readonly held: readonly Span[];
};

/** A change of rules that was activated. Versions count from 1; 0 is the law's own set. */
export type RuleVersion = {
  readonly version: number;
  readonly rules: readonly RetentionTerms[];
  readonly scope: RuleScope;
  readonly selected: ReadonlySet<string>;
  readonly validFrom: LocalDate;
};

const within = (spans: readonly Span[], day: LocalDate): boolean =>
  spans.some(([from, to]) => from <= day && (to === undefined || day < to));

export const isSettled = (item: KeptItem): boolean => item.start !== undefined;
export const isHeld = (item: Pick<KeptItem, 'held'>): boolean => item.held.some(([, to]) => to === undefined);

/**
 * Whether a change of rules reaches a record: one begun since, or one that was closed and free when the change took effect.
 * An open or held record keeps the rules it had (issue of a change is never an end of what is being worked or held).
 */
const reaches = ({ scope, selected, validFrom }: RuleVersion, item: KeptItem): boolean => {
  switch (scope) {
    case 'new':
      return item.begunOn >= validFrom;
    case 'all':
      return item.begunOn >= validFrom || (within(item.settled, validFrom) && !within(item.held, validFrom));
    case 'selected':
      return selected.has(item.keptId) && within(item.settled, validFrom) && !within(item.held, validFrom);
  }
};

/** The rule that keeps a record, as of a day, and the version that set it. */
export const termsFor = (
  item: KeptItem,
  versions: readonly RuleVersion[],
  on: LocalDate,
): { readonly terms: RetentionTerms; readonly ruleVersion: number } => {
  for (let at = versions.length - 1; at >= 0; at -= 1) {
    const version = versions[at];
    if (version === undefined || version.validFrom > on) continue;
    const terms = version.rules.find(({ recordClass }) => recordClass === item.recordClass);
    if (terms !== undefined && reaches(version, item)) return { terms, ruleVersion: version.version };
  }
  return { terms: lawfulTerms(item.recordClass, item.lawVersion), ruleVersion: 0 };
};

/** Until when a record is kept. */
export type Due =
  { readonly kind: 'open' } | { readonly kind: 'never' } | { readonly kind: 'until'; readonly keptUntil: LocalDate };

/** Last days by period and start: many records share them. */
export type DueMemo = Map<string, LocalDate | undefined>;

export const dueUnder = (terms: RetentionTerms, start: LocalDate | undefined, memo?: DueMemo): Due => {
  if (start === undefined) return { kind: 'open' };
  const key = `${terms.period} ${start}`;
  let keptUntil = memo?.get(key);
  if (keptUntil === undefined) {
    keptUntil = keptUntilUnder(terms.period, start);
    if (keptUntil !== undefined) memo?.set(key, keptUntil);
  }
  return keptUntil === undefined ? { kind: 'never' } : { kind: 'until', keptUntil };
};

/** Past its last day: to be destroyed from that day on, unless held. */
export const isDue = (due: Due, on: LocalDate): boolean => due.kind === 'until' && due.keptUntil < on;
