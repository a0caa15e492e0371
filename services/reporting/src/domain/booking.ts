import { sha256Hex, type LocalDate } from '@toeverlaat/values';
import { nextMonth, type CountedFunction, type FactKind, type Month } from './vocabulary.js';

/** A fact as it is counted. */
export type Fact = {
  readonly factId: string;
  readonly month: Month;
  readonly by: CountedFunction;
  readonly what: FactKind;
  readonly code: string;
  /** Day on which reporting got it. */
  readonly recordedOn: LocalDate;
};

/** A period whose figures are frozen: it took the facts recorded before `cutoff`. */
export type Frozen = { readonly from: Month; readonly to: Month; readonly cutoff: LocalDate };

/**
 * The month in whose figures a fact stands. A fact that comes after its month was released is booked in the first month
 * still open, as in accounts: a month, once released, never changes, so that no later release differs from an earlier one
 * by the late facts alone, which are few and would be told by subtraction. A release made after a fact was recorded does
 * not move it.
 */
export const bookedMonth = (fact: Pick<Fact, 'month' | 'recordedOn'>, frozen: readonly Frozen[]): Month => {
  let { month } = fact;
  for (;;) {
    const at = month;
    const missed = frozen.find(({ from, to, cutoff }) => from <= at && at <= to && fact.recordedOn >= cutoff);
    if (missed === undefined) return month;
    month = nextMonth(missed.to);
  }
};

/** What the figures rest on, without naming anything: equal digests, equal facts. */
export const digestOf = (facts: readonly Pick<Fact, 'factId'>[]): string =>
  sha256Hex(
    facts
      .map(({ factId }) => factId)
      .toSorted()
      .join('\n'),
  );
