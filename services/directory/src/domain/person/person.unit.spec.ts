import { plainText } from '@toeverlaat/event-log';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metaOn, scenario, TODAY } from '../testing.js';
import {
  capacitiesAt,
  functionsAt,
  personDecider,
  presentAt,
  type KnownPerson,
  type PersonCommand,
  type PersonEvent,
  type PersonState,
} from './index.js';

type Without = PersonCommand extends infer C ? (C extends PersonCommand ? Omit<C, 'meta'> : never) : never;
type DataOf<T extends PersonCommand['type']> = Extract<PersonCommand, { type: T }>['data'];
const { events, rejection, fold, history } = scenario<PersonCommand, PersonEvent, PersonState>(personDecider);

const register: Without = {
  type: 'RegisterPerson',
  data: { siteId: 'ghent', languages: ['nl'], name: plainText('Lies Maes') },
};
const grant = (change: Partial<DataOf<'GrantCapacity'>> = {}): Without => ({
  type: 'GrantCapacity',
  data: { capacityId: 'c-1', role: 'auditor', sites: 'all', from: '2026-01-01', ...change },
});
const end = (on: string): Without => ({ type: 'EndCapacity', data: { capacityId: 'c-1', on } });
const take = (from = '2026-05-01'): Without => ({ type: 'TakeFunction', data: { function: 'union_delegate', from } });
const layDown = (on: string): Without => ({ type: 'LayDownFunction', data: { function: 'union_delegate', on } });
const leave = (on = TODAY): Without => ({ type: 'RecordLeaving', data: { on } });
const known = (given: readonly PersonEvent[]): KnownPerson => {
  const state = fold(given);
  if (state.status === 'none') throw new Error('nobody');
  return state;
};
const entry = history([register]);

describe('a directory entry', () => {
  it('is made once', () => {
    expect(entry).toHaveLength(1);
    expect(rejection(entry, register)).toMatchObject({ code: 'person_exists' });
    expect(rejection([], take())).toEqual({ kind: 'NotFound' });
  });
  it('moves with its site, not into the future', () => {
    const move = (on: string): Without => ({ type: 'MovePerson', data: { siteId: 'liege', on } });
    expect(known([...entry, ...events(entry, move(TODAY))]).siteId).toBe('liege');
    expect(rejection(entry, move('2026-11-24'))).toMatchObject({ code: 'date_in_future' });
  });
  it('is found at sign-in by a tag, until it is unlinked', () => {
    const tag = 't'.repeat(26);
    const link: Without = {
      type: 'LinkSubject',
      data: { tag, issuer: plainText('https://i'), subject: plainText('s') },
    };
    const linked = [...entry, ...events(entry, link)];
    expect(known(linked).tags).toEqual([tag]);
    expect(events(linked, link)).toEqual([]);
    expect(known([...linked, ...events(linked, { type: 'UnlinkSubject', data: { tag } })]).tags).toEqual([]);
    expect(events(entry, { type: 'UnlinkSubject', data: { tag } })).toEqual([]);
  });
  it('is closed when the person leaves: nothing changes any more and nothing gives authority', () => {
    const gone = history([register, grant(), leave()]);
    expect(capacitiesAt(known(gone), '2026-11-22')).toHaveLength(1);
    expect(capacitiesAt(known(gone), TODAY)).toEqual([]);
    expect(presentAt(known(gone), TODAY)).toBe(false);
    expect(rejection(gone, grant({ capacityId: 'c-2' }))).toMatchObject({ code: 'person_left' });
    expect(rejection(gone, leave('2026-11-20'))).toMatchObject({ code: 'person_left' });
    expect(rejection(entry, leave('2026-11-24'))).toMatchObject({ code: 'date_in_future' });
  });
});

describe('functions', () => {
  const elected = history([register, take()]);
  it('are held from their day to the day they are laid down', () => {
    const done = [...elected, ...events(elected, layDown('2026-10-01'))];
    expect(functionsAt(known(elected), '2026-04-30')).toEqual([]);
    expect(functionsAt(known(elected), '2026-05-01')).toEqual(['union_delegate']);
    expect(functionsAt(known(done), '2026-09-30')).toEqual(['union_delegate']);
    expect(functionsAt(known(done), '2026-10-01')).toEqual([]);
  });
  it('are taken once, and again after they were laid down', () => {
    expect(events(elected, take('2026-06-01'))).toEqual([]);
    expect(history([register, take(), layDown('2026-10-01'), take('2026-11-01')])).toHaveLength(4);
    expect(events(entry, layDown(TODAY))).toEqual([]);
  });
  it('are not dated into the future, nor laid down before they were taken', () => {
    expect(rejection(entry, take('2026-11-24'))).toMatchObject({ code: 'date_in_future' });
    expect(rejection(elected, layDown('2026-11-24'))).toMatchObject({ code: 'date_in_future' });
    expect(rejection(elected, layDown('2026-04-30'))).toMatchObject({ code: 'period_reversed' });
  });
});

describe('capacities', () => {
  it('hold from their first day to the day before their end', () => {
    const given = history([register, grant({ to: '2026-07-01' })]);
    expect(capacitiesAt(known(given), '2025-12-31')).toEqual([]);
    expect(capacitiesAt(known(given), '2026-06-30')).toHaveLength(1);
    expect(capacitiesAt(known(given), '2026-07-01')).toEqual([]);
  });
  it('end today at once, and may be ended earlier but not later', () => {
    const ended = history([register, grant(), end('2026-11-01')]);
    expect(capacitiesAt(known(ended), '2026-11-01')).toEqual([]);
    expect(events(ended, end('2026-10-01'))).toHaveLength(1);
    expect(rejection(ended, end('2026-12-01'))).toMatchObject({ code: 'capacity_ended' });
    expect(rejection(entry, end(TODAY))).toEqual({ kind: 'NotFound' });
  });
  it('of counsellor come of a designation alone', () => {
    expect(rejection(entry, grant({ role: 'counsellor' }))).toMatchObject({ code: 'role_by_designation_only' });
  });
  it('of platform operator are given by one', () => {
    const operator = grant({ role: 'platform_operator' });
    expect(rejection(entry, operator)).toMatchObject({ code: 'role_of_platform_only' });
    expect(events(entry, operator, metaOn(TODAY, 'platform_operator'))).toHaveLength(1);
  });
  it('have a period and an id of their own', () => {
    expect(rejection(entry, grant({ to: '2026-01-01' }))).toMatchObject({ code: 'period_reversed' });
    const given = history([register, grant()]);
    expect(events(given, grant())).toEqual([]);
    expect(rejection(given, grant({ role: 'employer' }))).toMatchObject({ code: 'capacity_exists' });
  });
});

describe('every command', () => {
  const date = fc.constantFrom('2026-01-10', '2026-06-01', TODAY, '2026-12-24');
  const any: fc.Arbitrary<Without> = fc.oneof(
    fc.constant(register),
    date.map(take),
    date.map(layDown),
    date.map(end),
    date.map(leave),
    fc.record({ capacityId: fc.constantFrom('c-1', 'c-2'), from: date, to: date }).map(grant),
    fc
      .record({ siteId: fc.constantFrom('ghent', 'liege'), on: date })
      .map((data): Without => ({ type: 'MovePerson', data })),
    fc.constantFrom<Without>(
      { type: 'ChangeLanguages', data: { languages: ['fr'] } },
      { type: 'ChangeLanguages', data: { languages: ['nl', 'de'] } },
    ),
  );
  it('repeated on the state it led to yields nothing new', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), any, (before, command) => {
        const once = history([register, ...before, command]);
        expect(history([register, ...before, command, command])).toEqual(once);
      }),
    );
  });
});
