import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCalendarDays,
  addMonths,
  addWorkingDays,
  belgianHolidays,
  daysBetween,
  easterSunday,
  holidayIds,
  isLocalDate,
  isWorkingDay,
  nonWorkingReason,
} from './calendar.js';

const anyDate = fc.integer({ min: 0, max: 73_000 }).map((days) => addCalendarDays('1970-01-01', days));

describe('Belgian holidays', () => {
  it.each([
    [2000, '2000-04-23'],
    [2008, '2008-03-23'],
    [2011, '2011-04-24'],
    [2019, '2019-04-21'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2038, '2038-04-25'],
  ])('has Easter of %i on %s', (year, easter) => {
    expect(easterSunday(year)).toBe(easter);
  });

  it('has the ten of 2026', () => {
    expect(belgianHolidays(2026)).toEqual([
      { id: 'new_year', date: '2026-01-01' },
      { id: 'easter_monday', date: '2026-04-06' },
      { id: 'labour_day', date: '2026-05-01' },
      { id: 'ascension', date: '2026-05-14' },
      { id: 'whit_monday', date: '2026-05-25' },
      { id: 'national_day', date: '2026-07-21' },
      { id: 'assumption', date: '2026-08-15' },
      { id: 'all_saints', date: '2026-11-01' },
      { id: 'armistice', date: '2026-11-11' },
      { id: 'christmas', date: '2026-12-25' },
    ]);
  });

  it('has the moving ones of 2008, when Ascension fell on Labour Day, and of 2024', () => {
    expect(belgianHolidays(2008).filter(({ date }) => date === '2008-05-01')).toHaveLength(2);
    expect(belgianHolidays(2024).map(({ date }) => date)).toEqual([
      '2024-01-01',
      '2024-04-01',
      '2024-05-01',
      '2024-05-09',
      '2024-05-20',
      '2024-07-21',
      '2024-08-15',
      '2024-11-01',
      '2024-11-11',
      '2024-12-25',
    ]);
  });

  it('has each of the ten once a year, Mondays on Mondays and Ascension on a Thursday', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1900, max: 2999 }), (year) => {
        const days = belgianHolidays(year);
        expect(new Set(days.map(({ id }) => id))).toEqual(new Set(holidayIds));
        const weekday = (id: string): number => new Date(`${days.find((day) => day.id === id)?.date}`).getUTCDay();
        expect([weekday('easter_monday'), weekday('ascension'), weekday('whit_monday')]).toEqual([1, 4, 1]);
      }),
    );
  });

  it('refuses a year it was not made for', () => {
    expect(() => belgianHolidays(1582)).toThrow('year: 1900 to 2999');
  });
});

describe('working days', () => {
  it('are never on a weekend day or holiday, and pass over exactly the days in between', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: 1, max: 30 }), (date, amount) => {
        const { date: end, skipped } = addWorkingDays(date, amount);
        expect(isWorkingDay(end)).toBe(true);
        expect(daysBetween(date, end)).toBe(amount + skipped.length);
        for (const day of skipped) expect(nonWorkingReason(day.date)).toBe(day.why);
      }),
    );
  });
  it('names a holiday that falls on a weekend as the holiday', () => {
    expect(nonWorkingReason('2026-08-15')).toBe('assumption');
    expect(nonWorkingReason('2026-08-16')).toBe('sunday');
    expect(nonWorkingReason('2026-08-17')).toBeNull();
  });
});

describe('months', () => {
  it('end on the last day of a month that is too short', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2028-01-31', 1)).toBe('2028-02-29');
    expect(addMonths('2026-11-30', 3)).toBe('2027-02-28');
    expect(addMonths('2028-02-29', 24)).toBe('2030-02-28');
  });
});

describe('dates', () => {
  it('must exist', () => {
    expect(['2026-02-28', '2028-02-29'].every(isLocalDate)).toBe(true);
    expect(['2026-02-29', '2026-13-01', '2026-1-1', '', 'today', '2026-01-01T00:00:00Z'].some(isLocalDate)).toBe(false);
    expect(() => addCalendarDays('2026-02-30', 1)).toThrow('a real calendar date');
  });
});
