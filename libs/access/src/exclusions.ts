import { isErased, type Erasable } from '@toeverlaat/event-log';
import type { OrganisationId, PersonId } from '@toeverlaat/values';
import { homeOf, type Caller } from './roles.js';
import type { Relation } from './policy.js';

/** A directory entry: equal person ids in two directories are two people. */
export type PersonRef = { readonly organisation: OrganisationId; readonly person: PersonId };

export type ParticipantLink = {
  readonly participantId: string;
  /** Undefined for someone who is in no directory. `organisation`: whose directory; the record's own unless said. */
  readonly person?: Erasable<PersonId> | undefined;
  readonly home?: OrganisationId | undefined;
  /** `applicant` is whom the record is for; everyone else is on the other side of the desk. */
  readonly part: 'applicant' | 'involved';
};

export type Involvement = {
  /** The organisation under which the record lives. */
  readonly organisation: OrganisationId;
  readonly participants: readonly ParticipantLink[];
  /** Recused, or excluded by decision; entries of the record's own directory unless said. */
  readonly recused?: readonly (PersonId | PersonRef)[];
};

const refKey = (ref: PersonRef): string => `${ref.organisation}/${ref.person}`;

const linkedTo = (involvement: Involvement, link: ParticipantLink): PersonRef | undefined =>
  link.person === undefined || isErased(link.person)
    ? undefined
    : { organisation: link.home ?? involvement.organisation, person: link.person };

/** Everyone who may not work, watch, cover, administer or count this record (design rule 10): all who take part, all who stepped back. */
export const excludedFrom = (involvement: Involvement): readonly PersonRef[] => {
  const found = new Map<string, PersonRef>();
  for (const link of involvement.participants) {
    const ref = linkedTo(involvement, link);
    if (ref !== undefined) found.set(refKey(ref), ref);
  }
  for (const one of involvement.recused ?? []) {
    const ref = typeof one === 'string' ? { organisation: involvement.organisation, person: one } : one;
    found.set(refKey(ref), ref);
  }
  return [...found.values()];
};

export const isExcluded = (involvement: Involvement, ref: PersonRef): boolean =>
  excludedFrom(involvement).some((one) => refKey(one) === refKey(ref));

/** Those of a list who may still be asked, e.g. to cover an absence; empty means: to the external adviser (design rule 10). */
export const withoutExcluded = <T extends PersonRef>(
  involvement: Involvement,
  candidates: readonly T[],
): readonly T[] => {
  const out = new Set(excludedFrom(involvement).map(refKey));
  return candidates.filter((one) => !out.has(refKey(one)));
};

/**
 * What a caller is to a record by who takes part in it; the caller's service adds the rest (handler, author...).
 * One who takes part is `applicant` or `participant` only in that very capacity, and `excluded` in every other.
 */
export const relationByInvolvement = (
  caller: Pick<Caller, 'role' | 'person' | 'organisation' | 'mandate'>,
  involvement: Involvement,
): Extract<Relation, 'applicant' | 'participant' | 'excluded'> | undefined => {
  if (caller.person === undefined) return undefined;
  const self = refKey({ organisation: homeOf(caller), person: caller.person });
  const parts = involvement.participants.filter((link) => {
    const ref = linkedTo(involvement, link);
    return ref !== undefined && refKey(ref) === self;
  });
  if (caller.role === 'worker')
    return parts.some(({ part }) => part === 'applicant') ? 'applicant' : parts.length > 0 ? 'excluded' : undefined;
  if (caller.role === 'participant') return parts.some(({ part }) => part === 'involved') ? 'participant' : undefined;
  return isExcluded(involvement, { organisation: homeOf(caller), person: caller.person }) ? 'excluded' : undefined;
};
