import { isStaffRole, recordClasses } from '@toeverlaat/access';
import { plainText, type CommandMeta } from '@toeverlaat/event-log';
import { accessAlarmKinds } from '@toeverlaat/contracts';
import { addCalendarDays, belgianHolidays } from '@toeverlaat/legal';
import { addDays, InvariantBroken, localDateOf, uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alarmDecider,
  alarmKinds,
  type AlarmCommand,
  type AlarmEvent,
  type AlarmState,
  type RaisedAlarm,
} from './access-alarm/index.js';
import { watchDecider, type WatchCommand, type WatchEvent, type WatchState } from './access-watch/index.js';
import { accessThresholds as t } from './access-thresholds.js';
import { hoursByHandler, isWorkingTime, lawfulHours, NOTHING_SET, type SetHours } from './working-hours.js';
import {
  alarmIdOf,
  beforeRoleEnd,
  bulkReading,
  noOpenTask,
  outsideHours,
  watchedClasses,
  watchedRoles,
  type Looked,
} from './unusual.js';

const uuid = (name: string): string => uuidV5('unusual', name);
const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
let n = 0;
const look = (at: string, change: Partial<Looked> = {}): Looked => ({
  eventId: uuid(`event ${(n += 1)}`),
  at,
  who: 'lies2026',
  role: 'counsellor',
  records: [uuid('case')],
  outcome: 'opened',
  ...change,
});

it('watches reading of what the policy knows, by roles of staff', () => {
  expect(watchedClasses.filter((one) => !recordClasses.includes(one))).toEqual([]);
  expect(watchedRoles.filter((one) => !isStaffRole(one))).toEqual([]);
});

describe('working hours', () => {
  it.each([
    ['2026-11-23T05:00:00.000Z', true], // Monday, 6:00 in Brussels
    ['2026-11-23T04:59:59.999Z', false],
    ['2026-11-23T18:59:59.999Z', true],
    ['2026-11-23T19:00:00.000Z', false], // 20:00
    ['2026-07-20T04:00:00.000Z', true], // 6:00 in summer
    ['2026-07-20T18:00:00.000Z', false], // 20:00 in summer
    ['2026-11-21T10:00:00.000Z', false], // Saturday
    ['2026-11-22T10:00:00.000Z', false], // Sunday
    ['2026-07-21T10:00:00.000Z', false], // national day, a Tuesday
    ['2026-11-11T10:00:00.000Z', false], // armistice, a Wednesday
    ['2026-05-14T10:00:00.000Z', false], // ascension
  ])('%s: %s', (at, working) => {
    expect(isWorkingTime(at, [lawfulHours(t)])).toBe(working);
  });

  it('give one alarm per person and day, with everything that was read', () => {
    const found = outsideHours(
      [
        look('2026-11-21T10:00:00.000Z', { records: [uuid('a')] }),
        look('2026-11-21T11:00:00.000Z', { records: [uuid('b'), uuid('a')], outcome: 'listed' }),
        look('2026-11-21T11:00:00.000Z', { who: 'marc2026' }),
        look('2026-11-22T11:00:00.000Z'),
        look('2026-11-23T11:00:00.000Z'),
      ],
      t,
      hoursByHandler(NOTHING_SET, t),
    );
    expect(found.map(({ key }) => key)).toEqual(['lies2026 2026-11-21', 'marc2026 2026-11-21', 'lies2026 2026-11-22']);
    expect(found[0]?.alarm).toMatchObject({
      kind: 'outside_hours',
      from: '2026-11-20T23:00:00.000Z',
      to: '2026-11-21T23:00:00.000Z',
      records: [uuid('a'), uuid('b')],
      thresholds: t.version,
    });
  });
});

describe('working hours that were set', () => {
  const hours = { zone: 'Europe/Brussels', from: 8, until: 18, days: ['monday', 'tuesday', 'saturday'] as const };
  const set: SetHours = {
    organisation: { ...hours, days: [...hours.days] },
    sites: [{ siteId: 'faro', zone: 'Atlantic/Azores', from: 6, until: 22, days: ['monday', 'sunday'] }],
    people: [
      { pseudonyms: ['lies2026', 'lies2025'], sites: ['ghent'] },
      { pseudonyms: ['marc2026'], sites: ['faro'] },
      { pseudonyms: ['luc2026'], sites: 'all' },
      { pseudonyms: ['eva2026'], sites: [] },
    ],
  };
  const of = hoursByHandler(set, t);
  it.each([
    ['2026-11-23T06:59:00.000Z', []], // Monday, 7:59 in Brussels, 5:59 on the Azores
    ['2026-11-23T07:00:00.000Z', ['lies', 'luc', 'eva', 'other', 'marc']], // 8:00 there, 6:00 here
    ['2026-11-23T18:00:00.000Z', ['luc', 'marc']], // 19:00, and 17:00
    ['2026-11-21T10:00:00.000Z', ['lies', 'luc', 'eva', 'other']], // Saturday
    ['2026-11-22T10:00:00.000Z', ['luc', 'marc']], // Sunday
    ['2026-11-25T10:00:00.000Z', []], // Wednesday
    ['2027-03-29T10:00:00.000Z', []], // Easter Monday: a legal holiday, on whichever site
    ['2026-07-20T06:30:00.000Z', ['lies', 'luc', 'eva', 'other', 'marc']], // Monday in summer: 8:30, and 6:30
  ] as const)('at %s are those of %j', (at, expected) => {
    const names = ['lies', 'luc', 'eva', 'other', 'marc'];
    expect(names.filter((name) => isWorkingTime(at, of(`${name}2026`)))).toEqual(
      names.filter((name) => expected.some((one) => one === name)),
    );
  });
  it('are of every pseudonym of a person, and in one organisation', () => {
    expect(of('lies2025')).toEqual(of('lies2026'));
    const found = (source: SetHours) =>
      outsideHours([look('2026-11-23T18:00:00.000Z')], t, hoursByHandler(source, t)).length;
    expect([found(set), found(NOTHING_SET)]).toEqual([1, 0]);
  });
  it('are judged by the clock of the zone, whatever was asked before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 366 * 24 * 4 }), { maxLength: 20 }), (quarters) => {
        for (const quarter of quarters) {
          const at = new Date(Date.UTC(2026, 0, 1) + quarter * 900_000).toISOString();
          const wall = new Intl.DateTimeFormat('en-GB', {
            timeZone: 'Atlantic/Azores',
            hour: '2-digit',
            hourCycle: 'h23',
          });
          const hour = Number(wall.format(new Date(at)));
          const whole = { zone: 'Atlantic/Azores', from: 0, until: 24, days: [...WEEK] };
          // On a holiday at no hour, else at this one and at no other.
          const works = isWorkingTime(at, [whole]);
          expect(isWorkingTime(at, [{ ...whole, from: hour, until: hour + 1 }])).toBe(works);
          expect(hour < 23 && isWorkingTime(at, [{ ...whole, from: hour + 1 }])).toBe(false);
          expect(hour > 0 && isWorkingTime(at, [{ ...whole, until: hour }])).toBe(false);
        }
      }),
    );
  });
});

describe('working hours that pass midnight', () => {
  type Hours = Parameters<typeof isWorkingTime>[1][number];
  const night = (...days: Hours['days']): Hours => ({ zone: 'Europe/Brussels', from: 22, until: 6, days });
  const [spring, autumn] = ['2026-03-29', '2026-10-25'];
  it.each([
    // A Friday night in November: of Friday until Saturday at six.
    ['2026-11-27T20:59:59.999Z', ['friday'], false],
    ['2026-11-27T21:00:00.000Z', ['friday'], true],
    ['2026-11-28T00:00:00.000Z', ['friday'], true],
    ['2026-11-28T04:59:59.999Z', ['friday'], true],
    ['2026-11-28T05:00:00.000Z', ['friday'], false],
    ['2026-11-28T00:00:00.000Z', ['saturday'], false],
    ['2026-11-28T22:00:00.000Z', ['friday'], false],
    // Sunday night is of Sunday, and ends on Monday.
    ['2026-11-30T03:00:00.000Z', ['sunday'], true],
    ['2026-11-30T03:00:00.000Z', ['monday'], false],
    // The clock is put forward at 2:00 on Sunday: six o'clock comes an hour sooner.
    [`${spring}T00:59:00.000Z`, ['saturday'], true], // 1:59
    [`${spring}T01:00:00.000Z`, ['saturday'], true], // 3:00
    [`${spring}T03:59:59.999Z`, ['saturday'], true], // 5:59
    [`${spring}T04:00:00.000Z`, ['saturday'], false], // 6:00
    // It is put back at 3:00: two o'clock comes twice, and six o'clock an hour later.
    [`${autumn}T00:30:00.000Z`, ['saturday'], true], // 2:30
    [`${autumn}T01:30:00.000Z`, ['saturday'], true], // 2:30 again
    [`${autumn}T04:59:59.999Z`, ['saturday'], true], // 5:59
    [`${autumn}T05:00:00.000Z`, ['saturday'], false], // 6:00
    // The night to Christmas, a Friday, is of Thursday; that from Christmas is of a holiday, and of nobody.
    ['2026-12-25T02:00:00.000Z', WEEK, true],
    ['2026-12-25T22:00:00.000Z', WEEK, false],
    ['2026-12-26T02:00:00.000Z', WEEK, false],
    ['2026-12-26T22:00:00.000Z', WEEK, true],
    // New year's night ends in another year, on a holiday.
    ['2027-01-01T03:00:00.000Z', ['thursday'], true],
    ['2027-01-02T03:00:00.000Z', ['friday'], false],
  ] as const)('at %s, of nights from %j: %s', (at, days, working) => {
    expect(isWorkingTime(at, [night(...days)])).toBe(working);
  });
  it('end where the hours of the day begin: no moment is of both, and a moment of neither is of a holiday', () => {
    const day: Hours = { zone: 'Europe/Brussels', from: 6, until: 22, days: [...WEEK] };
    const holidays = new Set([2025, 2026, 2027].flatMap((year) => belgianHolidays(year).map(({ date }) => date)));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 24 * 12 }), (steps) => {
        const at = new Date(Date.UTC(2026, 0, 1) + steps * 300_000).toISOString();
        const [byDay, byNight] = [isWorkingTime(at, [day]), isWorkingTime(at, [night(...WEEK)])];
        expect(byDay && byNight).toBe(false);
        const date = localDateOf(at);
        expect(byDay || byNight || holidays.has(date) || holidays.has(addDays(date, -1))).toBe(true);
        expect(isWorkingTime(at, [day, night(...WEEK)])).toBe(byDay || byNight);
      }),
      { numRuns: 300 },
    );
  });
});

describe('bulk reading', () => {
  const minute = (m: number): string => new Date(Date.UTC(2026, 10, 23, 9, m)).toISOString();
  it('is more different records in a window than the threshold, opened and not listed', () => {
    const one = (m: number, record: number, change: Partial<Looked> = {}) =>
      look(minute(m), { records: [uuid(`r${record}`)], ...change });
    const upTo = (count: number, every: number) => Array.from({ length: count }, (_, i) => one(i * every, i));
    expect(bulkReading(upTo(t.bulkRecords.value, 1), t)).toEqual([]);
    expect(bulkReading(upTo(t.bulkRecords.value + 1, 1), t)).toMatchObject([
      { key: 'lies2026 2026-11-23', alarm: { kind: 'bulk_reading', from: minute(0), to: minute(60) } },
    ]);
    // As many over a longer time, the same one again and again, or in a list, is none.
    expect(bulkReading(upTo(t.bulkRecords.value + 1, 4), t)).toEqual([]);
    expect(
      bulkReading(
        Array.from({ length: 40 }, (_, i) => one(i, 0)),
        t,
      ),
    ).toEqual([]);
    const page = Array.from({ length: 40 }, (_, i) => uuid(`r${i}`));
    expect(bulkReading([look(minute(0), { records: page, outcome: 'listed' })], t)).toEqual([]);
  });

  it('is found exactly when some window of the length holds more than the threshold', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(180), { maxLength: 40 }), (minutes) => {
        const looks = minutes.toSorted((a, b) => a - b).map((m, i) => look(minute(m), { records: [uuid(`p${i}`)] }));
        const most = Math.max(
          0,
          ...looks.map(
            ({ at }) =>
              looks.filter(
                (other) =>
                  Date.parse(other.at) <= Date.parse(at) &&
                  Date.parse(other.at) > Date.parse(at) - t.bulkMinutes.value * 60_000,
              ).length,
          ),
        );
        expect(bulkReading(looks, t).length > 0).toBe(most > t.bulkRecords.value);
      }),
    );
  });
});

describe('reading with no open task', () => {
  it('is opening what has been closed for longer than what comes after closing takes', () => {
    const closed = '2026-11-02';
    const last = addCalendarDays(closed, t.afterClosingDays.value);
    const closedOn = (record: string) => (record === uuid('case') ? closed : undefined);
    expect(noOpenTask([look(`${last}T10:00:00.000Z`)], t, closedOn)).toEqual([]);
    const after = look(`${addCalendarDays(last, 1)}T10:00:00.000Z`);
    expect(noOpenTask([after, after], t, closedOn)).toMatchObject([
      { alarm: { kind: 'no_open_task', records: [uuid('case')], firstEventId: after.eventId } },
    ]);
    expect(noOpenTask([{ ...after, outcome: 'listed' }], t, closedOn)).toEqual([]);
    expect(noOpenTask([{ ...after, records: [uuid('open')] }], t, closedOn)).toEqual([]);
  });
});

describe('reading just before a role ended', () => {
  it('is opening in the last days of that role, of that person', () => {
    const ended = {
      pseudonyms: ['lies2026', 'lies2025'],
      role: 'counsellor',
      endedOn: '2026-11-23',
      knownAt: '2026-11-20T09:00:00.000Z',
    };
    const within = look('2026-11-20T10:00:00.000Z');
    const looks = [
      look('2026-11-15T22:59:59.999Z'),
      within,
      look('2026-11-20T11:00:00.000Z', { who: 'marc2026' }),
      look('2026-11-20T11:00:00.000Z', { role: 'prevention_adviser' }),
      look('2026-11-22T23:00:00.000Z'),
    ];
    expect(beforeRoleEnd(looks, ended, t)).toMatchObject([
      {
        key: 'lies2026 counsellor 2026-11-23',
        alarm: { from: '2026-11-15T23:00:00.000Z', to: '2026-11-22T23:00:00.000Z', firstEventId: within.eventId },
      },
    ]);
    expect(beforeRoleEnd(looks, { ...ended, endedOn: '2026-06-01', knownAt: '2026-06-02T09:00:00.000Z' }, t)).toEqual(
      [],
    );
    // Entered weeks late, with effect from then: until it was entered, doors were open.
    const late = { ...ended, endedOn: '2026-11-01', knownAt: '2026-11-21T08:00:00.000Z' };
    expect(beforeRoleEnd(looks, late, t)).toMatchObject([{ alarm: { to: '2026-11-21T08:00:00.000Z' } }]);
  });
});

describe('an alarm', () => {
  const gentia = 'gentia' as OrganisationId;
  type Bare = AlarmCommand extends infer C ? (C extends AlarmCommand ? Omit<C, 'meta'> : never) : never;
  const meta: CommandMeta = {
    commandId: uuid('command') as CommandId,
    organisation: gentia,
    at: '2026-11-23T09:00:00.000Z',
    today: '2026-11-23',
    actor: { pseudonym: 'aude2026', capacity: 'auditor' },
    lawVersion: '2026-1',
  };
  const fold = (given: readonly AlarmEvent[]): AlarmState =>
    given.reduce<AlarmState>(alarmDecider.evolve, alarmDecider.initial);
  const decide = (given: readonly AlarmEvent[], command: Bare) =>
    alarmDecider.decide({ ...command, meta } as AlarmCommand, fold(given));
  const events = (given: readonly AlarmEvent[], command: Bare): readonly AlarmEvent[] => {
    const decision = decide(given, command);
    if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    return decision.events;
  };
  const alarm: RaisedAlarm = {
    kind: 'outside_hours',
    who: 'lies2026',
    role: 'counsellor',
    from: '2026-11-20T23:00:00.000Z',
    to: '2026-11-21T23:00:00.000Z',
    records: [uuid('case')],
    firstEventId: uuid('first'),
    thresholds: t.version,
  };
  const raise: Bare = { type: 'RaiseAlarm', data: alarm };
  const dismiss = (ownPseudonyms: readonly string[] = ['aude2026']): Bare => ({
    type: 'DismissAlarm',
    data: { ownPseudonyms, motive: plainText('nachtdienst') },
  });

  it('is raised once and dismissed once, with a motive, by somebody else than whom it is about', () => {
    const raised = events([], raise);
    expect(raised).toEqual([{ type: 'AccessAlarmRaised', data: alarm }]);
    expect(events(raised, raise)).toEqual([]);
    expect(decide(raised, dismiss(['x', 'lies2026']))).toMatchObject({ rejection: { code: 'access_alarm_of_own' } });
    const dismissed = [...raised, ...events(raised, dismiss())];
    expect(dismissed.at(-1)).toMatchObject({ data: { dismissedBy: 'aude2026', dismissedAs: 'auditor' } });
    expect(events(dismissed, raise)).toEqual([]);
    expect(decide(dismissed, dismiss())).toMatchObject({ rejection: { code: 'access_alarm_dismissed' } });
    expect(decide([], dismiss())).toMatchObject({ rejection: { kind: 'NotFound' } });
    expect(() => fold(dismissed.slice(1))).toThrow(InvariantBroken);
  });

  it('is the same one whoever finds it, and another in another organisation', () => {
    expect(alarmIdOf(gentia, 'outside_hours', 'k')).toBe(alarmIdOf(gentia, 'outside_hours', 'k'));
    expect(alarmIdOf('zorgnet' as OrganisationId, 'outside_hours', 'k')).not.toBe(
      alarmIdOf(gentia, 'outside_hours', 'k'),
    );
    expect([...alarmKinds]).toEqual([...accessAlarmKinds]);
  });

  it('a day is noted once, and not again by a clock that went back', () => {
    const note = (watchedOn: string): WatchCommand => ({
      type: 'NoteWatched',
      data: { watchedOn, until: '2026-11-23T09:00:00.000Z', examined: 3, raised: 1, thresholds: t.version },
      meta,
    });
    const watched = (given: readonly WatchEvent[], on: string) => {
      const state = given.reduce<WatchState>(watchDecider.evolve, watchDecider.initial);
      const decision = watchDecider.decide(note(on), state);
      return decision.kind === 'accepted' ? decision.events : [];
    };
    const first = watched([], '2026-11-23');
    expect(first).toHaveLength(1);
    expect(watched(first, '2026-11-23')).toEqual([]);
    expect(watched(first, '2026-11-22')).toEqual([]);
    expect(watched(first, '2026-11-24')).toHaveLength(1);
  });
});
