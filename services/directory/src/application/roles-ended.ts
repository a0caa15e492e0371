import { organisationId, startOfDate, type Instant, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { pseudonymsOf, type Core } from './core.js';

type EndedRole = {
  readonly pseudonyms: string[];
  readonly role: 'counsellor' | 'prevention_adviser';
  readonly endedOn: LocalDate;
  readonly knownAt: Instant;
};
/** Each way a role ends: the day it took effect, and when that was recorded; a planned end is known on its day. */
type Row = {
  readonly home: string;
  readonly person: string;
  readonly role: EndedRole['role'];
  readonly ended: string;
  readonly known: string | null;
};

const WAYS: readonly (readonly [view: 'designations' | 'mandates' | 'people', sql: string])[] = [
  [
    'designations',
    `SELECT home, person, 'counsellor' AS role, ended_on AS ended, ended_at AS known FROM designations
       WHERE organisation = ? AND starts IS NOT NULL AND ended_on IS NOT NULL`,
  ],
  [
    'mandates',
    `SELECT home, person, role, coalesce(revoked_on, ends) AS ended, revoked_at AS known FROM mandates
       WHERE organisation = ? AND role IN ('counsellor', 'prevention_adviser') AND coalesce(revoked_on, ends) IS NOT NULL`,
  ],
  [
    'people',
    `SELECT organisation AS home, person, role, coalesce(ended_on, ends) AS ended, ended_at AS known FROM capacities
       WHERE organisation = ? AND role IN ('counsellor', 'prevention_adviser') AND coalesce(ended_on, ends) IS NOT NULL`,
  ],
  [
    'people',
    `SELECT organisation AS home, person, role, left_on AS ended, left_at AS known
       FROM capacities JOIN people USING (organisation, person)
       WHERE organisation = ? AND role IN ('counsellor', 'prevention_adviser') AND left_on IS NOT NULL`,
  ],
];

/**
 * Everybody who stopped being counsellor or prevention adviser with effect from one of these days, or of whom that was recorded
 * on one of them (both belong to it): by an end of the designation, of the capacity, of the mandate, or because they left.
 * Pseudonyms alone leave the directory.
 */
export const rolesEnded = async (
  core: Core,
  organisation: OrganisationId,
  { from, to }: { readonly from: LocalDate; readonly to: LocalDate },
): Promise<EndedRole[]> => {
  const found = new Map<string, EndedRole>();
  for (const [view, sql] of WAYS) {
    const rows = core.views
      .query(view)
      .all<Row>(
        `SELECT * FROM (${sql}) WHERE ended <= ? AND (ended >= ? OR substr(known, 1, 10) >= ?) ORDER BY ended, home, person`,
        [organisation, to, from, from],
      );
    for (const { home, person, role, ended: endedOn, known } of rows) {
      const key = `${home} ${person} ${role} ${endedOn}`;
      if (found.has(key)) continue;
      const pseudonyms = [...(await pseudonymsOf(core, organisation, organisationId(home), person))];
      const onItsDay = startOfDate(endedOn);
      found.set(key, { pseudonyms, role, endedOn, knownAt: known === null || known < onItsDay ? onItsDay : known });
    }
  }
  return [...found.values()];
};
