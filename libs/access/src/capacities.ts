import {
  err,
  localDateOf,
  ok,
  type Instant,
  type LocalDate,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import { homeOf, type ActorKind, type Caller, type Role, type Sites } from './roles.js';

/**
 * What a person may act as, in one organisation, for a time. The time is half-open: it holds on `from` and on each day
 * before `to`, so that a capacity that ends today is gone today.
 */
export type Capacity = {
  readonly id: string;
  readonly role: Role;
  /** In which it may be used. */
  readonly organisation: OrganisationId;
  /** An entry of `mandate.home`'s directory under a mandate, else of `organisation`'s. */
  readonly person: PersonId;
  readonly sites: Sites;
  readonly mandate?: {
    readonly id: string;
    readonly home: OrganisationId;
    readonly from: LocalDate;
    readonly to?: LocalDate;
  };
  readonly from: LocalDate;
  /** The first day on which it no longer holds. */
  readonly to?: LocalDate;
};

const holdsOn = (period: { readonly from: LocalDate; readonly to?: LocalDate }, date: LocalDate): boolean =>
  period.from <= date && (period.to === undefined || date < period.to);

/** Those that hold on a date; a capacity under a mandate needs both to hold. */
export const activeAt = (capacities: readonly Capacity[], date: LocalDate): readonly Capacity[] =>
  capacities.filter((one) => holdsOn(one, date) && (one.mandate === undefined || holdsOn(one.mandate, date)));

/** The source of authority cannot be asked: nobody is allowed anything that needs it. Retryable. */
export type AuthorityUnavailable = { readonly kind: 'AuthorityUnavailable'; readonly detail: string };
/** The capacity that the caller claims does not exist, is another's, or does not hold now. */
export type CapacityNotHeld = { readonly kind: 'CapacityNotHeld'; readonly capacityId: string };

export type AuthoritySource = {
  /**
   * Every capacity of one directory entry, those in other organisations under a mandate included.
   * @param home the organisation in whose directory the person is an entry
   */
  readonly capacitiesOf: (
    home: OrganisationId,
    person: PersonId,
    at: Instant,
  ) => Promise<Result<readonly Capacity[], AuthorityUnavailable>>;
};

const asked = async (source: AuthoritySource, home: OrganisationId, person: PersonId, at: Instant) => {
  try {
    return await source.capacitiesOf(home, person, at);
  } catch (error) {
    return err<AuthorityUnavailable>({
      kind: 'AuthorityUnavailable',
      detail: error instanceof Error ? error.name : 'failed',
    });
  }
};

export type CachedAuthorityOptions = {
  /** How old an answer may be, in milliseconds, counted from when it was asked for. Content reads: 2000 at the most. */
  readonly ttlMs?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic?: () => number;
  /** Most people remembered at a time. */
  readonly maxEntries?: number;
};

/** Remembers answers for seconds and asks once for callers at the same time. An error is passed on and never remembered. */
export const cachedAuthority = (source: AuthoritySource, options: CachedAuthorityOptions = {}): AuthoritySource => {
  const { ttlMs = 2000, monotonic = () => performance.now(), maxEntries = 10_000 } = options;
  type Answer = Awaited<ReturnType<AuthoritySource['capacitiesOf']>>;
  const entries = new Map<string, { readonly since: number; readonly answer: Promise<Answer> }>();
  return {
    capacitiesOf: async (home, person, at) => {
      const key = `${home} ${person} ${localDateOf(at)}`;
      const now = monotonic();
      const known = entries.get(key);
      if (known !== undefined && now - known.since < ttlMs) return known.answer;
      const entry = { since: now, answer: asked(source, home, person, at) };
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > maxEntries)
        for (const oldest of entries.keys()) if (entries.size > maxEntries) entries.delete(oldest);
      const answer = await entry.answer;
      if (!answer.ok && entries.get(key) === entry) entries.delete(key);
      return answer;
    },
  };
};

export type Verified = {
  /** The caller with the sites that the capacity really has. */
  readonly caller: Caller;
  /** Undefined for an anonymous worker, who holds a receipt and no capacity. */
  readonly capacity: Capacity | undefined;
};

/** A participant in a case is a worker of the organisation for the directory: it must not know more. */
const answersTo = (held: Role, claimed: ActorKind): boolean =>
  held === claimed || (claimed === 'participant' && held === 'worker');

/**
 * Checks that the claimed capacity exists, is the caller's, in this organisation, and holds now (design rule 11). An
 * anonymous worker is not known here: the receipt is checked by intake. A service holds no capacity and is refused.
 */
export const verifyCaller = async (
  source: AuthoritySource,
  caller: Caller,
  at: Instant,
): Promise<Result<Verified, AuthorityUnavailable | CapacityNotHeld>> => {
  const notHeld = err({ kind: 'CapacityNotHeld', capacityId: caller.capacityId } as const);
  if (caller.role === 'anonymous_worker')
    return caller.person === undefined && caller.mandate === undefined ? ok({ caller, capacity: undefined }) : notHeld;
  const { person } = caller;
  if (person === undefined) return notHeld;
  const answer = await asked(source, homeOf(caller), person, at);
  if (!answer.ok) return answer;
  const capacity = activeAt(answer.value, localDateOf(at)).find(
    (one) =>
      one.id === caller.capacityId &&
      answersTo(one.role, caller.role) &&
      one.organisation === caller.organisation &&
      one.person === person &&
      one.mandate?.id === caller.mandate?.id &&
      one.mandate?.home === caller.mandate?.home,
  );
  return capacity === undefined ? notHeld : ok({ caller: { ...caller, sites: capacity.sites }, capacity });
};
