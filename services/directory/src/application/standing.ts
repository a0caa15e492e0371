import type { AuthorityUnavailable, Capacity, Role } from '@toeverlaat/access';
import { metadataOf, type Loaded } from '@toeverlaat/event-log';
import {
  organisationId,
  ok,
  startOfDate,
  type Instant,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import { capacitiesOfEntry } from './authority.js';
import { pseudonymsOf, type Core } from './core.js';

export type CapacitySpan = {
  readonly role: Capacity['role'];
  readonly sites: Capacity['sites'];
  /** Under a mandate: whose directory the person is in. */
  readonly home: OrganisationId | null;
  readonly from: Instant;
  readonly to: Instant;
};
export type Standing = { readonly spans: readonly CapacitySpan[]; readonly events: readonly string[] };

type Moment = { readonly at: Instant; readonly eventId: string };

const momentsOf = (loaded: Loaded<unknown>): readonly Moment[] =>
  loaded.kind === 'loaded'
    ? loaded.events.map((event) => ({ at: metadataOf(event).recordedAt, eventId: event.eventId }))
    : [];

/** Everything that was ever recorded and that the authority of an entry in an organisation is folded from. */
const recordedOf = async (
  core: Core,
  organisation: OrganisationId,
  home: OrganisationId,
  person: PersonId,
): Promise<readonly Moment[]> => {
  const { runners } = core;
  const moments = [...momentsOf(await runners.person.load(home, person))];
  const designations = core.across<{ designation: string }>(
    'designations',
    'SELECT designation FROM designations WHERE organisation = ? AND home = ? AND person = ? ORDER BY designation',
    [organisation, home, person],
  );
  for (const { designation } of designations)
    moments.push(...momentsOf(await runners.designation.load(organisation, designation)));
  if (home === organisation) return moments;
  const mandates = core.across<{ organisation: string; mandate: string }>(
    'mandates',
    'SELECT organisation, mandate FROM mandates WHERE organisation = ? AND home = ? AND person = ? ORDER BY mandate',
    [organisation, home, person],
  );
  for (const row of mandates)
    moments.push(...momentsOf(await runners.mandate.load(organisationId(row.organisation), row.mandate)));
  const contracts = core.across<{ contract: string }>(
    'mandates',
    'SELECT contract FROM contracts WHERE organisation = ? AND provider = ? ORDER BY contract',
    [organisation, home],
  );
  for (const { contract } of contracts) moments.push(...momentsOf(await runners.contract.load(organisation, contract)));
  return moments;
};

const keyOf = ({ role, sites, home }: CapacitySpan): string =>
  `${role} ${home ?? ''} ${sites === 'all' ? 'all' : sites.toSorted().join(',')}`;

/** Spans of the same kind that touch become one. */
const joined = (spans: readonly CapacitySpan[]): readonly CapacitySpan[] => {
  const found: CapacitySpan[] = [];
  for (const span of spans.toSorted((a, b) => (keyOf(a) + a.from < keyOf(b) + b.from ? -1 : 1))) {
    const last = found.at(-1);
    if (last !== undefined && keyOf(last) === keyOf(span) && span.from <= last.to)
      found[found.length - 1] = { ...last, to: span.to > last.to ? span.to : last.to };
    else found.push(span);
  }
  return found;
};

/**
 * In which capacities an entry could act in an organisation, at each moment of a period: what was recorded by then, as it was
 * in effect then (design rule 13). A capacity that was ended with effect from an earlier day was held until that was recorded,
 * because until then it opened doors.
 */
export const standingOver = async (
  core: Core,
  organisation: OrganisationId,
  who: { readonly home: OrganisationId; readonly person: PersonId },
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Promise<Result<Standing, AuthorityUnavailable>> => {
  const { home, person } = who;
  await core.settled();
  const moments = await recordedOf(core, organisation, home, person);
  const points = [...new Set([from, ...moments.map(({ at }) => at).filter((at) => at > from && at < to)])].toSorted();
  const spans: CapacitySpan[] = [];
  for (const [index, point] of points.entries()) {
    const until = points[index + 1] ?? to;
    const held = await capacitiesOfEntry(core, home, person, point, point);
    if (!held.ok) return held;
    for (const capacity of held.value) {
      if (capacity.organisation !== organisation) continue;
      const begins = capacity.from <= '1900-01-01' ? point : startOfDate(capacity.from);
      const ends = capacity.to === undefined ? until : startOfDate(capacity.to);
      const span = {
        role: capacity.role,
        sites: capacity.sites,
        home: capacity.mandate?.home ?? null,
        from: begins > point ? begins : point,
        to: ends < until ? ends : until,
      };
      if (span.from < span.to) spans.push(span);
    }
  }
  return ok({
    spans: joined(spans),
    events: moments
      .filter(({ at }) => at < to)
      .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.eventId < b.eventId ? -1 : 1))
      .map(({ eventId }) => eventId),
  });
};

/** Spans as they leave the directory. */
export const spansOut = (spans: readonly CapacitySpan[]) =>
  spans.map((span) => ({ ...span, sites: span.sites === 'all' ? ('all' as const) : [...span.sites] }));

/** Where the directory finds who ever had a role: by grant, by designation, under a mandate. */
const HOLDERS = [
  ['people', `SELECT organisation AS home, person FROM capacities WHERE organisation = ? AND role IN `],
  ['mandates', `SELECT home, person FROM mandates WHERE organisation = ? AND role IN `],
] as const;
const DESIGNATED = `SELECT home, person FROM designations WHERE organisation = ?`;

/** `standingOver` of everybody who ever had one of these roles in an organisation, in these roles alone. */
export const holdersOver = async (
  core: Core,
  organisation: OrganisationId,
  roles: readonly Role[],
  period: { readonly from: Instant; readonly to: Instant },
) => {
  await core.settled();
  type Row = { readonly home: string; readonly person: string };
  const rows: Row[] = HOLDERS.flatMap(([view, sql]) =>
    core.across<Row>(view, `${sql} (${roles.map(() => '?').join(', ')})`, [organisation, ...roles]),
  );
  if (roles.includes('counsellor')) rows.push(...core.across<Row>('designations', DESIGNATED, [organisation]));
  const holders: { pseudonyms: string[]; spans: ReturnType<typeof spansOut> }[] = [];
  const events = new Set<string>();
  for (const key of new Set(rows.map(({ home, person }) => `${home} ${person}`))) {
    const [name = '', id = ''] = key.split(' ');
    const who = { home: organisationId(name), person: id as PersonId };
    const standing = await standingOver(core, organisation, who, period);
    if (!standing.ok) return standing;
    const spans = standing.value.spans.filter(({ role }) => roles.includes(role));
    if (spans.length === 0) continue;
    for (const event of standing.value.events) events.add(event);
    holders.push({
      pseudonyms: [...(await pseudonymsOf(core, organisation, who.home, who.person))],
      spans: spansOut(spans),
    });
  }
  return ok({ holders, events: [...events] });
};
