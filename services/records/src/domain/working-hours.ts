import { belgianHolidays } from '@toeverlaat/legal';
import { addDays, type Instant, type LocalDate } from '@toeverlaat/values';
import type { AccessThresholds } from './access-thresholds.js';

/*
 * When somebody is expected to work: by the clock and the week of the place. Hours are of the day on which they begin, and none
 * begin on a legal holiday: a shift from the evening before goes on into one, and none goes on out of one (ADR 75).
 */

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/**
 * Whole hours of the clock in an IANA zone, half-open, that begin on these days of the week; until the next day where they end
 * before they begin.
 */
export type WorkingHours = {
  readonly zone: string;
  readonly from: number;
  readonly until: number;
  readonly days: readonly (typeof DAYS)[number][];
};

/** What an organisation set, and where those who work its cases do so. */
export type SetHours = {
  readonly organisation: WorkingHours | null;
  readonly sites: readonly (WorkingHours & { readonly siteId: string })[];
  readonly people: readonly { readonly pseudonyms: readonly string[]; readonly sites: 'all' | readonly string[] }[];
};
export const NOTHING_SET: SetHours = { organisation: null, sites: [], people: [] };

/** Of an organisation that set none: from Monday to Friday, at the hours that are no night work by law. */
export const lawfulHours = ({ zone, workingFrom, workingUntil }: AccessThresholds): WorkingHours => ({
  zone,
  from: workingFrom.value,
  until: workingUntil.value,
  days: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
});

/**
 * The hours of each handler by pseudonym: those of the sites they work for, where a site without its own has the
 * organisation's. Whoever works for several is expected at the hours of any of them.
 */
export const hoursByHandler = (
  { organisation, sites, people }: SetHours,
  thresholds: AccessThresholds,
): ((who: string) => readonly WorkingHours[]) => {
  const general = organisation ?? lawfulHours(thresholds);
  const own = new Map(sites.map(({ siteId, ...hours }) => [siteId, hours]));
  const known = new Map(
    people.flatMap(({ pseudonyms, sites: works }) => {
      const hours = works === 'all' ? [general, ...own.values()] : works.map((siteId) => own.get(siteId) ?? general);
      return pseudonyms.map((pseudonym) => [pseudonym, hours.length === 0 ? [general] : hours] as const);
    }),
  );
  return (who) => known.get(who) ?? [general];
};

type Wall = { readonly date: LocalDate; readonly hour: number };

const weekdayOf = (date: LocalDate): WorkingHours['days'][number] =>
  DAYS[new Date(`${date}T00:00:00.000Z`).getUTCDay()] ?? 'sunday';

const clocks = new Map<string, Intl.DateTimeFormat>();
/** By zone: an access history is read in the order of time, and most of a minute's readings look at the same clock. */
const lastSeen = new Map<string, { readonly minute: string; readonly wall: Wall }>();

/** What the clock and the calendar on the wall say. */
const wallOf = (at: Instant, zone: string): Wall => {
  const minute = at.slice(0, 16);
  const seen = lastSeen.get(zone);
  if (seen?.minute === minute) return seen.wall;
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(zone, clock);
  const parts = new Map(clock.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const date = `${parts.get('year') ?? ''}-${parts.get('month') ?? ''}-${parts.get('day') ?? ''}`;
  const wall = { date, hour: Number(parts.get('hour')) };
  lastSeen.set(zone, { minute, wall });
  return wall;
};

const holidays = new Map<number, ReadonlySet<LocalDate>>();
/** A legal holiday is one wherever the site is: the undertaking is Belgian. */
const isHoliday = (date: LocalDate): boolean => {
  const year = Number(date.slice(0, 4));
  const known = holidays.get(year) ?? new Set(belgianHolidays(year).map((holiday) => holiday.date));
  holidays.set(year, known);
  return known.has(date);
};

/**
 * The day on which hours began that the clock is within; undefined outside of them. By the clock on the wall, so that a night in
 * which it is put forward is an hour shorter, and one in which it is put back an hour longer, as for whoever works it.
 */
const beganOn = ({ date, hour }: Wall, { from, until }: WorkingHours): LocalDate | undefined => {
  if (from < until) return hour >= from && hour < until ? date : undefined;
  if (hour >= from) return date;
  return hour < until ? addDays(date, -1) : undefined;
};

/** Whether somebody is expected to work at a moment, by any of their hours. */
export const isWorkingTime = (at: Instant, hours: readonly WorkingHours[]): boolean =>
  hours.some((one) => {
    const began = beganOn(wallOf(at, one.zone), one);
    return began !== undefined && one.days.includes(weekdayOf(began)) && !isHoliday(began);
  });
