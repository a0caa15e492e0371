import type { AuthorityUnavailable } from '@toeverlaat/access';
import { ok, organisationId, type OrganisationId, type PersonId, type Result } from '@toeverlaat/values';
import { capacitiesOfEntry } from './authority.js';
import { pseudonymsOf, type Core } from './core.js';

type Workplace = { readonly pseudonyms: string[]; readonly sites: 'all' | string[] };
type Row = { readonly home: string; readonly person: PersonId };

const ROLES = ['counsellor', 'prevention_adviser'] as const;
const WORK_CASES: readonly (readonly [view: 'designations' | 'mandates' | 'people', sql: string])[] = [
  ['designations', 'SELECT DISTINCT home, person FROM designations WHERE organisation = ?'],
  [
    'mandates',
    `SELECT DISTINCT home, person FROM mandates
       WHERE organisation = ? AND role IN ('counsellor', 'prevention_adviser')`,
  ],
  [
    'people',
    `SELECT DISTINCT organisation AS home, person FROM capacities
       WHERE organisation = ? AND role IN ('counsellor', 'prevention_adviser')`,
  ],
];

/** The sites that everybody who works cases of an organisation does so for now. Pseudonyms alone leave the directory. */
export const workplaces = async (
  core: Core,
  organisation: OrganisationId,
): Promise<Result<Workplace[], AuthorityUnavailable>> => {
  await core.settled();
  const people = new Map<string, Row>();
  for (const [view, sql] of WORK_CASES)
    for (const row of core.views.query(view).all<Row>(sql, [organisation]))
      people.set(`${row.home} ${row.person}`, row);
  const found: Workplace[] = [];
  for (const { home, person } of people.values()) {
    const held = await capacitiesOfEntry(core, organisationId(home), person, core.runtime.clock.now());
    if (!held.ok) return held;
    const working = held.value.filter(
      (capacity) => capacity.organisation === organisation && ROLES.some((role) => role === capacity.role),
    );
    // Whose capacities ended works nowhere: the hours of the organisation are theirs.
    if (working.length === 0) continue;
    const sites = working.some((capacity) => capacity.sites === 'all')
      ? ('all' as const)
      : [...new Set(working.flatMap((capacity) => (capacity.sites === 'all' ? [] : [...capacity.sites])))];
    found.push({ pseudonyms: [...(await pseudonymsOf(core, organisation, organisationId(home), person))], sites });
  }
  return ok(found);
};
