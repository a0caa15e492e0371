import type { LocalDate } from '@toeverlaat/values';
import type { Source } from './datum.js';
import type { Labels } from './languages.js';

const DAY = 86_400_000;

/** Days since 1970-01-01. @throws RangeError when the text is not a real calendar date */
const epochDay = (date: LocalDate): number => {
  const time = Date.parse(`${date}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date)
    throw new RangeError('date: a real calendar date, YYYY-MM-DD');
  return time / DAY;
};
const fromEpochDay = (day: number): LocalDate => new Date(day * DAY).toISOString().slice(0, 10);
const dateOf = (year: number, month: number, day: number): LocalDate =>
  fromEpochDay(Date.UTC(year, month - 1, day) / DAY);

/** True for a real calendar date `YYYY-MM-DD`. */
export const isLocalDate = (text: string): boolean => {
  try {
    epochDay(text);
    return true;
  } catch {
    return false;
  }
};

export const addCalendarDays = (date: LocalDate, days: number): LocalDate => fromEpochDay(epochDay(date) + days);

/** Whole days from one date to another; negative when `to` lies before `from`. */
export const daysBetween = (from: LocalDate, to: LocalDate): number => epochDay(to) - epochDay(from);

/** From date to date; a day the month lacks becomes its last day (31 Jan + 1 month = 28 or 29 Feb). */
export const addMonths = (date: LocalDate, months: number): LocalDate => {
  const start = new Date(epochDay(date) * DAY);
  const year = start.getUTCFullYear();
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return fromEpochDay(Date.UTC(year, month, Math.min(start.getUTCDate(), lastDay)) / DAY);
};

export const holidayIds = [
  'new_year',
  'easter_monday',
  'labour_day',
  'ascension',
  'whit_monday',
  'national_day',
  'assumption',
  'all_saints',
  'armistice',
  'christmas',
] as const;
export type HolidayId = (typeof holidayIds)[number];
export type Holiday = { readonly id: HolidayId; readonly date: LocalDate };

/** The ten legal holidays. Replacement days of one undertaking are not in it: they bind no third party. */
export const holidaySource: Source = {
  cite: 'Belgian Holidays Act of 4 January 1974 and Royal Decree of 18 April 1974, art. 1 (from memory)',
  urls: [],
};

export const holidayLabels: Readonly<Record<HolidayId, Labels>> = {
  new_year: { nl: 'Nieuwjaar', fr: 'Nouvel An', de: 'Neujahr', en: "New Year's Day" },
  easter_monday: { nl: 'paasmaandag', fr: 'lundi de Pâques', de: 'Ostermontag', en: 'Easter Monday' },
  labour_day: { nl: 'Dag van de Arbeid', fr: 'fête du Travail', de: 'Tag der Arbeit', en: 'Labour Day' },
  ascension: { nl: 'Onze-Lieve-Heer-Hemelvaart', fr: 'Ascension', de: 'Christi Himmelfahrt', en: 'Ascension Day' },
  whit_monday: { nl: 'pinkstermaandag', fr: 'lundi de Pentecôte', de: 'Pfingstmontag', en: 'Whit Monday' },
  national_day: { nl: 'nationale feestdag', fr: 'fête nationale', de: 'Nationalfeiertag', en: 'Belgian National Day' },
  assumption: { nl: 'Onze-Lieve-Vrouw-Hemelvaart', fr: 'Assomption', de: 'Mariä Himmelfahrt', en: 'Assumption Day' },
  all_saints: { nl: 'Allerheiligen', fr: 'Toussaint', de: 'Allerheiligen', en: "All Saints' Day" },
  armistice: { nl: 'Wapenstilstand', fr: 'Armistice', de: 'Waffenstillstand', en: 'Armistice Day' },
  christmas: { nl: 'Kerstmis', fr: 'Noël', de: 'Weihnachten', en: 'Christmas Day' },
};

/** Easter Sunday of a Gregorian year (Meeus, Jones, Butcher). */
export const easterSunday = (year: number): LocalDate => {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dateOf(year, Math.floor(n / 31), (n % 31) + 1);
};

/** The legal holidays of a year, in the order of the calendar. @throws RangeError outside 1900–2999 */
export const belgianHolidays = (year: number): readonly Holiday[] => {
  if (!Number.isInteger(year) || year < 1900 || year > 2999) throw new RangeError('year: 1900 to 2999');
  const easter = easterSunday(year);
  const days: readonly Holiday[] = [
    { id: 'new_year', date: dateOf(year, 1, 1) },
    { id: 'easter_monday', date: addCalendarDays(easter, 1) },
    { id: 'labour_day', date: dateOf(year, 5, 1) },
    { id: 'ascension', date: addCalendarDays(easter, 39) },
    { id: 'whit_monday', date: addCalendarDays(easter, 50) },
    { id: 'national_day', date: dateOf(year, 7, 21) },
    { id: 'assumption', date: dateOf(year, 8, 15) },
    { id: 'all_saints', date: dateOf(year, 11, 1) },
    { id: 'armistice', date: dateOf(year, 11, 11) },
    { id: 'christmas', date: dateOf(year, 12, 25) },
  ];
  return days.toSorted((x, y) => (x.date < y.date ? -1 : x.date > y.date ? 1 : 0));
};

/** Why a date is not a working day. */
export type NonWorkingReason = 'saturday' | 'sunday' | HolidayId;

/** The reason a date is no working day, or null when it is one. A holiday on a weekend day is named as the holiday. */
export const nonWorkingReason = (date: LocalDate): NonWorkingReason | null => {
  const weekday = new Date(epochDay(date) * DAY).getUTCDay();
  const holiday = belgianHolidays(Number(date.slice(0, 4))).find((each) => each.date === date);
  if (holiday !== undefined) return holiday.id;
  if (weekday === 6) return 'saturday';
  return weekday === 0 ? 'sunday' : null;
};
export const isWorkingDay = (date: LocalDate): boolean => nonWorkingReason(date) === null;

export type SkippedDay = { readonly date: LocalDate; readonly why: NonWorkingReason };

/** The n-th working day after a date (n ≥ 1), with the days that were passed over. The first day is not counted. */
export const addWorkingDays = (
  date: LocalDate,
  amount: number,
): { readonly date: LocalDate; readonly skipped: readonly SkippedDay[] } => {
  const skipped: SkippedDay[] = [];
  let day = date;
  let counted = 0;
  while (counted < amount) {
    day = addCalendarDays(day, 1);
    const why = nonWorkingReason(day);
    if (why === null) counted += 1;
    else skipped.push({ date: day, why });
  }
  return { date: day, skipped };
};
