import type { AuthoritySource, AuthorityUnavailable, Capacity } from '@toeverlaat/access';
import type { Loaded } from '@toeverlaat/event-log';
import {
  err,
  localDateOf,
  ok,
  organisationId,
  type Instant,
  type LocalDate,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import { commonSites, earliest, reversed, type Period, type SiteScope } from '../domain/common.js';
import type { ConcludedContract } from '../domain/contract/index.js';
import type { Core } from './core.js';

class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Undefined for a record that is not there, not there yet, or erased: it gives no authority. @throws Unreachable */
const stateOf = <S extends { readonly status: string }>(
  loaded: Loaded<S>,
): Exclude<S, { status: 'none' }> | undefined => {
  if (loaded.kind === 'unavailable') throw new Unreachable(loaded.detail);
  if (loaded.kind !== 'loaded' || loaded.state.status === 'none') return undefined;
  return loaded.state as Exclude<S, { status: 'none' }>;
};

const latest = (a: LocalDate, b: LocalDate): LocalDate => (a > b ? a : b);
const within = (a: Period, b: Period): Period => ({ from: latest(a.from, b.from), to: earliest(a.to, b.to) });

const capacityOf = (
  base: Pick<Capacity, 'id' | 'role' | 'organisation' | 'person' | 'sites'>,
  period: Period,
  mandate?: Capacity['mandate'],
): readonly Capacity[] =>
  reversed(period)
    ? []
    : [
        {
          ...base,
          from: period.from,
          ...(period.to === undefined ? {} : { to: period.to }),
          ...(mandate === undefined ? {} : { mandate }),
        },
      ];

const contractPeriod = (contract: ConcludedContract): Period => ({
  from: contract.from,
  to: earliest(contract.to, contract.endedOn),
});

/**
 * Every capacity of a directory entry: granted ones, counsellor by designation, and those in other organisations under a
 * mandate for as long as a service contract covers it. Folded from the log, so that what was ended a moment ago is gone;
 * views only say which records to look at. `asOf`: what was recorded by then, and nothing later (design rule 13).
 */
export const capacitiesOfEntry = async (
  core: Core,
  home: OrganisationId,
  person: PersonId,
  at: Instant,
  asOf?: Instant,
): Promise<Result<readonly Capacity[], AuthorityUnavailable>> => {
  const { runners } = core;
  const options = asOf === undefined ? {} : { asOf };
  const date = localDateOf(at);
  try {
    await core.settled();
    const entry = stateOf(await runners.person.load(home, person, options));
    if (entry === undefined) return ok([]);
    const belongs: Period = { from: '0000-01-01', to: entry.leftOn };
    const found: Capacity[] = [];

    for (const granted of Object.values(entry.capacities)) {
      const period = within({ from: granted.from, to: earliest(granted.to, granted.endedOn) }, belongs);
      found.push(
        ...capacityOf(
          { id: granted.capacityId, role: granted.role, organisation: home, person, sites: granted.sites },
          period,
        ),
      );
    }

    const mandateRows = core.across<{ organisation: string; mandate: string }>(
      'mandates',
      'SELECT organisation, mandate FROM mandates WHERE home = ? AND person = ? ORDER BY organisation, mandate',
      [home, person],
    );
    type Held = {
      readonly sites: SiteScope;
      readonly period: Period;
      readonly mandate: NonNullable<Capacity['mandate']>;
    };
    const held = new Map<string, Held>();
    for (const row of mandateRows) {
      const client = organisationId(row.organisation);
      const mandate = stateOf(await runners.mandate.load(client, row.mandate, options));
      if (mandate === undefined) continue;
      const contract = await coveringContract(core, client, home, date, options);
      if (contract === undefined) continue;
      const own: Period = { from: mandate.from, to: earliest(mandate.to, mandate.revokedOn) };
      const period = within(within(own, contract), belongs);
      if (reversed(period)) continue;
      const reference = {
        id: row.mandate,
        home,
        from: period.from,
        ...(period.to === undefined ? {} : { to: period.to }),
      };
      held.set(`${client} ${row.mandate}`, { sites: mandate.sites, period, mandate: reference });
      // A counsellor from outside acts by designation; the mandate alone opens nothing.
      if (mandate.role !== 'counsellor')
        found.push(
          ...capacityOf(
            { id: row.mandate, role: mandate.role, organisation: client, person, sites: mandate.sites },
            period,
            reference,
          ),
        );
    }

    const designationRows = core.across<{ organisation: string; designation: string }>(
      'designations',
      'SELECT organisation, designation FROM designations WHERE home = ? AND person = ? ORDER BY organisation, designation',
      [home, person],
    );
    for (const row of designationRows) {
      const organisation = organisationId(row.organisation);
      const designation = stateOf(await runners.designation.load(organisation, row.designation, options));
      if (designation === undefined || designation.status === 'proposed' || designation.from === undefined) continue;
      const ended = designation.status === 'ended' ? designation.endedOn : undefined;
      const period = within({ from: designation.from, to: ended }, belongs);
      const base = { id: row.designation, role: 'counsellor', organisation, person } as const;
      if (designation.placement === 'internal') {
        found.push(...capacityOf({ ...base, sites: designation.sites }, period));
        continue;
      }
      const mandate = held.get(`${organisation} ${designation.mandateId ?? ''}`);
      const sites = mandate === undefined ? undefined : commonSites(designation.sites, mandate.sites);
      if (mandate !== undefined && sites !== undefined)
        found.push(...capacityOf({ ...base, sites }, within(period, mandate.period), mandate.mandate));
    }
    return ok(found);
  } catch (error) {
    if (error instanceof Unreachable) return err({ kind: 'AuthorityUnavailable', detail: error.message });
    throw error;
  }
};

/** The period of the service contract between a client and a provider that is in effect on a date. */
const coveringContract = async (
  core: Core,
  client: OrganisationId,
  provider: OrganisationId,
  date: LocalDate,
  options: { readonly asOf?: Instant },
): Promise<Period | undefined> => {
  const rows = core.views
    .query('mandates')
    .all<{ contract: string }>(
      'SELECT contract FROM contracts WHERE organisation = ? AND provider = ? ORDER BY starts, contract',
      [client, provider],
    );
  for (const row of rows) {
    const contract = stateOf(await core.runners.contract.load(client, row.contract, options));
    if (contract === undefined) continue;
    const period = contractPeriod(contract);
    if (period.from <= date && (period.to === undefined || date < period.to)) return period;
  }
  return undefined;
};

/** The directory's own authority: it asks nobody else. */
export const createDirectoryAuthority = (core: Core): AuthoritySource => ({
  capacitiesOf: (home, person, at) => capacitiesOfEntry(core, home, person, at),
});
