import type { PersonCaller, Role } from '@toeverlaat/access';
import type { Identity, IdentityCapacity } from '@toeverlaat/contracts';
import type { OrganisationId, PersonId } from '@toeverlaat/values';

/** One line of the list that a signed-in person chooses from. */
export type CapacityChoice = Omit<IdentityCapacity, 'pseudonym'> & {
  /** What is sent in `toeverlaat-capacity`: unique among the person's choices. */
  readonly id: string;
  readonly role: Role;
  readonly person: PersonId;
  /** The organisation in whose directory `person` is an entry. */
  readonly home: OrganisationId;
  readonly choice: { readonly id: string; readonly pseudonym: string };
};

/**
 * The choices of an identity. A worker may also act as a participant in somebody else's record; the directory does not
 * know about that and must not, so the choice is there for every worker. Two organisations may use one id for two
 * capacities: then, and always, the organisation is part of the choice.
 */
export const capacityChoices = (identity: Identity | undefined): readonly CapacityChoice[] =>
  (identity?.persons ?? []).flatMap(({ organisation: home, person, capacities }) =>
    capacities.flatMap((capacity) => {
      const { pseudonym, ...shown } = capacity;
      const id = `${capacity.organisation}/${capacity.id}`;
      const choice = { id: capacity.id, pseudonym };
      const one: CapacityChoice = { ...shown, id, person, home, choice };
      return capacity.role === 'worker'
        ? [one, { ...one, id: `${id}/participant`, role: 'participant' as const }]
        : [one];
    }),
  );

export const callerOf = (choice: CapacityChoice): PersonCaller => ({
  role: choice.role,
  organisation: choice.organisation,
  person: choice.person,
  pseudonym: choice.choice.pseudonym,
  capacityId: choice.choice.id,
  sites: choice.sites,
  ...(choice.mandate === undefined ? {} : { mandate: choice.mandate }),
});
