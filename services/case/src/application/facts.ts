import { localDateOf, randomId, type Instant, type LocalDate } from '@toeverlaat/values';
import { unreleasedFacts, type Fact } from '../domain/case/index.js';
import type { KeptEntry } from '../domain/third-party-entry/index.js';
import type { ExistingCase } from './core.js';

/**
 * One thing counted, as reporting keeps it for ever: no case, no person, no day (design §7). `what` and `code` are coarse
 * codes of the statutory form; the function that acted, never the person.
 */
export type CountedFact = {
  readonly factId: string;
  /** `YYYY-MM`. */
  readonly month: string;
  readonly site: string;
  readonly by: 'counsellor' | 'prevention_adviser';
  readonly what: 'case_opened' | 'informal_type' | 'outcome' | 'advice' | 'register_fact';
  readonly code: string;
};

/**
 * The id of a fact, of its own (design §7): made from nothing. One derived from the command, as other ids are, could be
 * worked out by whoever reads the log, for command ids stand in the clear; it would lead from the case to its facts and
 * outlive the key of the case. A repeat is answered with the first events, so it needs no id that comes out the same.
 */
export const newFactId = randomId;

const coarse = (fact: Fact, site: string): CountedFact => {
  const counted = { factId: fact.factId, month: fact.on.slice(0, 7), site, by: 'counsellor' } as const;
  switch (fact.kind) {
    case 'case_opened':
      return { ...counted, what: fact.kind, code: fact.kindOfFacts };
    case 'informal_type':
      return { ...counted, what: fact.kind, code: fact.informalType };
    case 'outcome':
      return { ...counted, what: fact.kind, code: fact.outcome };
  }
};

/** The facts of a case that reporting has not been given. Pure. */
export const factsOf = (state: ExistingCase): readonly CountedFact[] =>
  unreleasedFacts(state).map((fact) => coarse(fact, state.site));

/** A one-off advice is a contact without a case that still counts. */
export const adviceFact = (advice: {
  readonly factId: string;
  readonly heldOn: string;
  readonly site: string;
}): CountedFact => ({
  factId: advice.factId,
  month: advice.heldOn.slice(0, 7),
  site: advice.site,
  by: 'counsellor',
  what: 'advice',
  code: 'advice',
});

/** What the annual report counts of the register: each kind of fact in a statement, in the month of the statement. */
export const registerFacts = ({
  factIds,
  kinds,
  statementOn,
  site,
  keeperCapacity,
}: Pick<KeptEntry, 'factIds' | 'kinds' | 'statementOn' | 'site' | 'keeperCapacity'>): readonly CountedFact[] =>
  kinds.flatMap((code, index) => {
    const factId = factIds[index];
    return factId === undefined
      ? []
      : [{ factId, month: statementOn.slice(0, 7), site, by: keeperCapacity, what: 'register_fact' as const, code }];
  });

/**
 * How long after midnight the facts of the days before are handed over: what is under way at midnight, with the time of
 * before it, has long been appended by then, and belongs to the same batch.
 */
const AFTER_MIDNIGHT_MS = 3 * 3_600_000;
/** The day whose batch is due at an instant: it holds what was recorded before that day began. */
export const factDayOf = (now: Instant): LocalDate =>
  localDateOf(new Date(Date.parse(now) - AFTER_MIDNIGHT_MS).toISOString());

/** Fisher and Yates; `below(n)` gives a uniform integer from 0 to n-1. Neither order nor time may link facts (design §7). */
export const shuffled = <T>(items: readonly T[], below: (n: number) => number): readonly T[] => {
  const out = [...items];
  for (let last = out.length - 1; last > 0; last -= 1) {
    const at = below(last + 1);
    const held = out[last] as T;
    out[last] = out[at] as T;
    out[at] = held;
  }
  return out;
};
