import { accept, refuse, reject, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import { bookedMonth, digestOf, type Fact } from '../booking.js';
import { MAX_SLOTS, protectedRelease, type Released } from '../suppression.js';
import { isCounted, layoutVersion, tables, type Table } from '../tables.js';
import { lastDayOf, monthsFrom, type Month } from '../vocabulary.js';
import type { ReleaseEvent, ReleasedTable } from './events.js';
import { evolveReleases, initialReleases, type Release, type ReleasesState } from './state.js';

/** Longer than this is no period of figures. */
export const MAX_MONTHS = 24;

export type ReleaseFigures = Command<
  'ReleaseFigures',
  {
    readonly releaseId: string;
    readonly from: Month;
    readonly to: Month;
    /** Hide more of the new release where a difference with earlier ones would reveal a small cell; else it is refused. */
    readonly hideMore: boolean;
    readonly threshold: number;
    readonly smallestMonths: number;
    readonly viewVersion: number;
    /** Every fact of the organisation. */
    readonly facts: readonly Fact[];
  }
>;

type Decided = Decision<ReleaseEvent>;
type Period = { readonly from: Month; readonly to: Month };
const overlap = (a: Period, b: Period): boolean => a.from <= b.to && b.from <= a.to;

/** Earlier releases that bear on a period: those that overlap it, those that overlap these, and so on. */
const bearingOn = (period: Period, releases: readonly Release[]): readonly Release[] => {
  const found = new Set<Release>();
  for (;;) {
    const more = releases.filter(
      (release) => !found.has(release) && [period, ...found].some((known) => overlap(known, release)),
    );
    if (more.length === 0) return releases.filter((release) => found.has(release));
    for (const release of more) found.add(release);
  }
};

/** The months that periods share the same way, as groups: the finest division that subtraction can reach. */
const slotsOf = (periods: readonly Period[]): readonly (readonly Month[])[] => {
  const groups = new Map<string, Month[]>();
  const months = new Set(periods.flatMap(({ from, to }) => monthsFrom(from, to)));
  for (const month of [...months].toSorted()) {
    const signature = periods.map(({ from, to }) => (from <= month && month <= to ? '1' : '0')).join('');
    groups.set(signature, [...(groups.get(signature) ?? []), month]);
  }
  return [...groups.values()];
};

const countsIn = (
  table: Table,
  facts: readonly (Fact & { readonly booked: Month })[],
  slots: readonly (readonly Month[])[],
) =>
  slots.map((months) => {
    const within = facts.filter(({ booked }) => months.includes(booked));
    return table.cells.map(({ counts }) => within.filter((fact) => isCounted(counts, fact)).length);
  });

const shownOf = (table: Table, release: Release): Released['shown'] | undefined => {
  const found = release.tables.find((one) => one.table === table.id);
  if (release.layoutVersion !== layoutVersion || found === undefined) return undefined;
  return {
    cells: table.cells.map(({ id }) => {
      const cell = found.cells.find((one) => one.cell === id);
      if (cell === undefined) throw new InvariantBroken(`released table ${table.id} lacks a cell`);
      return cell.value;
    }),
    total: found.total,
  };
};

const release = ({ data, meta }: ReleaseFigures, { releases }: ReleasesState): Decided => {
  const { from, to } = data;
  if (to < from) return reject({ kind: 'InvalidInput', field: 'to', rule: 'before_from' });
  const months = monthsFrom(from, to);
  if (months.length > MAX_MONTHS) return reject({ kind: 'InvalidInput', field: 'to', rule: 'too_big' });
  if (months.length < data.smallestMonths)
    return refuse('period_too_short', undefined, { months: data.smallestMonths });
  if (lastDayOf(to) >= meta.today) return refuse('period_not_closed');
  if (releases.some((one) => one.from === from && one.to === to)) return refuse('period_already_released');

  const bearing = bearingOn(data, releases);
  // A table of another edition cannot be compared cell by cell, so nothing may overlap it.
  if (bearing.some((one) => one.layoutVersion !== layoutVersion)) return refuse('period_overlaps_older_layout');
  const slots = slotsOf([...bearing, data]);
  if (slots.length > MAX_SLOTS) return refuse('too_many_overlapping_releases');
  const within = (period: Period): readonly number[] =>
    slots.flatMap((group, slot) => (group.some((month) => period.from <= month && month <= period.to) ? [slot] : []));

  // Facts recorded today may still be joined by others of today; the day itself waits for the next release.
  const cutoff = meta.today;
  const facts = data.facts
    .filter(({ recordedOn }) => recordedOn < cutoff)
    .map((fact) => ({ ...fact, booked: bookedMonth(fact, releases) }));
  // The strictest of those that are compared: what is small to one is small to all.
  const threshold = Math.max(data.threshold, ...bearing.map((one) => one.threshold));

  const released: ReleasedTable[] = [];
  for (const table of tables) {
    const earlier = bearing.flatMap((one): readonly Released[] => {
      const shown = shownOf(table, one);
      return shown === undefined ? [] : [{ slots: within(one), shown }];
    });
    const answer = protectedRelease(threshold, countsIn(table, facts, slots), earlier, within(data), data.hideMore);
    if (answer.kind === 'difference_reveals')
      return refuse('difference_reveals_small_cell', undefined, { table: table.id });
    released.push({
      table: table.id,
      cells: table.cells.map(({ id }, at) => ({ cell: id, value: answer.shown.cells[at] ?? null })),
      total: answer.shown.total,
    });
  }
  const counted = facts.filter(({ booked }) => from <= booked && booked <= to);
  return accept<ReleaseEvent>({
    type: 'FiguresReleased',
    data: {
      releaseId: data.releaseId,
      from,
      to,
      cutoff,
      threshold,
      tables: released,
      layoutVersion,
      viewVersion: data.viewVersion,
      lawVersion: meta.lawVersion,
      facts: counted.length,
      factsDigest: digestOf(counted),
    },
  });
};

/** All releases of one organisation in one stream: each is decided with every earlier one in view (design §7). */
export const releasesDecider: Decider<ReleaseFigures, ReleaseEvent, ReleasesState> = {
  initial: initialReleases,
  decide: release,
  evolve: evolveReleases,
};
