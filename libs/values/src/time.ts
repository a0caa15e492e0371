/** A UTC instant, ISO 8601 with milliseconds and `Z`: when something was recorded. */
export type Instant = string;
/** A calendar date `YYYY-MM-DD` in the organisation's zone (Europe/Brussels): when something happened. */
export type LocalDate = string;

/** Where the shell gets the time; deciders are handed it in the command's metadata. */
export type Clock = { readonly now: () => Instant };

export const systemClock: Clock = { now: () => new Date().toISOString() };

/** A clock that is set by hand: for tests and for playing past scenarios. */
export const settableClock = (start: Instant): Clock & { readonly set: (instant: Instant) => void } => {
  let current = start;
  return {
    now: () => current,
    set: (instant) => {
      current = instant;
    },
  };
};

export const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
export const LOCAL_DATE = /^\d{4}-\d{2}-\d{2}$/;

const brusselsDate = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });
/** Belgium is whole hours from UTC, so its date can change at a full hour only: formatting costs more than asking again. */
let lastHour = '';
let lastDate: LocalDate = '';
/** The calendar date in Belgium at an instant. */
export const localDateOf = (instant: Instant): LocalDate => {
  if (!INSTANT.test(instant)) return brusselsDate.format(new Date(instant));
  const hour = instant.slice(0, 13);
  if (hour !== lastHour) {
    lastDate = brusselsDate.format(new Date(instant));
    lastHour = hour;
  }
  return lastDate;
};

/** The instant at which a date begins in Belgium. */
export const startOfDate = (date: LocalDate): Instant => {
  const midnight = Date.parse(`${date}T00:00:00.000Z`);
  // One or two hours before midnight UTC: the first full hour at which the date is there.
  for (let hours = 3; hours > 0; hours -= 1) {
    const instant = new Date(midnight - hours * 3_600_000).toISOString();
    if (localDateOf(instant) === date) return instant;
  }
  return new Date(midnight).toISOString();
};

/** Calendar days added to a date; no zone is involved. */
export const addDays = (date: LocalDate, days: number): LocalDate => {
  const moved = new Date(`${date}T00:00:00.000Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
};
