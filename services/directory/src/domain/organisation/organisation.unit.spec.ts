import { describe, expect, it } from 'vitest';
import { scenario, TODAY } from '../testing.js';
import {
  openSites,
  organisationDecider,
  workersAt,
  type OrganisationCommand,
  type OrganisationEvent,
  type OrganisationState,
  type RegisteredOrganisation,
} from './index.js';

type Without = OrganisationCommand extends infer C ? (C extends OrganisationCommand ? Omit<C, 'meta'> : never) : never;
const { events, rejection, fold, history } = scenario<OrganisationCommand, OrganisationEvent, OrganisationState>(
  organisationDecider,
);

const register: Without = {
  type: 'RegisterOrganisation',
  data: { kind: 'employer', legalName: 'Gentia nv', regime: 'dutch' },
};
const site = { siteId: 'eupen', name: 'Werk Eupen', place: 'Eupen', regime: 'german', languages: ['de'] } as const;
const open: Without = { type: 'OpenSite', data: site };
const close = (on = TODAY): Without => ({ type: 'CloseSite', data: { siteId: 'eupen', on } });
const count = (workers: number, countedOn: string): Without => ({
  type: 'RecordWorkers',
  data: { workers, countedOn },
});
const registered = history([register]);
const known = (given: readonly OrganisationEvent[]): RegisteredOrganisation => {
  const state = fold(given);
  if (state.status === 'none') throw new Error('no organisation');
  return state;
};

describe('an organisation', () => {
  it('is registered once', () => {
    expect(rejection(registered, register)).toMatchObject({ code: 'organisation_exists' });
    expect(rejection([], open)).toEqual({ kind: 'NotFound' });
  });
  it('does not let written messages count as a hearing until it says so', () => {
    expect(known(registered).writtenMessagesCount).toBe(false);
    const on: Without = { type: 'ChangeSetting', data: { setting: 'written_messages_count', value: true } };
    const changed = [...registered, ...events(registered, on)];
    expect(known(changed).writtenMessagesCount).toBe(true);
    expect(events(changed, on)).toEqual([]);
  });
  it('may release its figures more carefully than the law data says, never less', () => {
    expect(known(registered).figures).toEqual({});
    const set = (setting: 'small_cell_threshold' | 'smallest_release_months', value: number): Without => ({
      type: 'ChangeFiguresSetting',
      data: { setting, value },
    });
    for (const [setting, value, rule] of [
      ['small_cell_threshold', 4, 'too_small'],
      ['small_cell_threshold', 101, 'too_big'],
      ['smallest_release_months', 2, 'too_small'],
      ['smallest_release_months', 13, 'too_big'],
      ['smallest_release_months', 3.5, 'invalid_type'],
    ] as const)
      expect(rejection(registered, set(setting, value))).toEqual({ kind: 'InvalidInput', field: 'value', rule });
    const changed = [...registered, ...events(registered, set('small_cell_threshold', 10))];
    expect(events(changed, set('small_cell_threshold', 10))).toEqual([]);
    const both = [...changed, ...events(changed, set('smallest_release_months', 12))];
    expect(known(both).figures).toEqual({ smallCellThreshold: 10, smallestReleaseMonths: 12 });
    const back = [...both, ...events(both, set('small_cell_threshold', 5))];
    expect(known(back).figures).toEqual({ smallCellThreshold: 5, smallestReleaseMonths: 12 });
  });
  it('has working hours, of its own and of a site, that leave hours outside of them', () => {
    type Hours = Extract<Without, { type: 'SetWorkingHours' }>['data'];
    const office: Hours = { zone: 'Europe/Brussels', from: 7, until: 19, days: ['monday', 'tuesday'] };
    const set = (change: Partial<Hours> = {}): Without => ({
      type: 'SetWorkingHours',
      data: { ...office, ...change },
    });
    const opened = history([register, open]);
    for (const [change, field, rule] of [
      [{ from: 9, until: 9 }, 'until', 'no_hours'],
      [{ days: ['monday', 'monday'] }, 'days', 'not_unique'],
      [{ siteId: 'nowhere' }, 'siteId', 'unknown'],
    ] as const)
      expect(rejection(opened, set(change))).toMatchObject({ kind: 'InvalidInput', field, rule });
    for (const change of [
      { from: 0, until: 17 },
      { from: 7, until: 24 },
      // Until the next day, an hour more than sixteen.
      { from: 14, until: 7 },
      { from: 10, until: 9 },
    ])
      expect(rejection(opened, set(change))).toEqual({
        kind: 'InvalidInput',
        field: 'until',
        rule: 'too_many_hours',
        params: { limit: 16 },
      });
    for (const change of [
      { from: 22, until: 6 },
      { from: 23, until: 1 },
      { from: 14, until: 6 },
      { from: 8, until: 24 },
    ])
      expect(events(opened, set(change))).toMatchObject([{ type: 'WorkingHoursSet', data: change }]);
    const whole = [...opened, ...events(opened, set())];
    expect(events(whole, set({ days: ['tuesday', 'monday'] }))).toEqual([]);
    const both = [...whole, ...events(whole, set({ siteId: 'eupen', from: 6, until: 22 }))];
    expect(known(both).workingHours).toMatchObject({ '': { from: 7 }, eupen: { from: 6, until: 22 } });
    const shut = [...both, ...events(both, close())];
    expect(rejection(shut, set({ siteId: 'eupen' }))).toMatchObject({ field: 'siteId', rule: 'unknown' });
  });
  it('knows its workers by the date they were counted on, however late that was entered', () => {
    const counted = history([register, count(60, '2026-06-01'), count(48, '2025-06-01'), count(61, '2026-06-01')]);
    expect(workersAt(known(counted), '2025-05-31')).toBeUndefined();
    expect(workersAt(known(counted), '2026-05-31')).toBe(48);
    expect(workersAt(known(counted), TODAY)).toBe(61);
    expect(rejection(registered, count(10, '2026-11-24'))).toMatchObject({ code: 'date_in_future' });
  });
  it('has sites that open, change and close', () => {
    const opened = history([register, open]);
    expect(events(opened, open)).toEqual([]);
    expect(rejection(opened, { type: 'OpenSite', data: { ...site, name: 'Andere' } })).toMatchObject({
      code: 'site_exists',
    });
    const changed = [...opened, ...events(opened, { type: 'ChangeSite', data: { ...site, name: 'Werk II' } })];
    expect(openSites(known(changed)).map((one) => one.name)).toEqual(['Werk II']);
    const closed = [...opened, ...events(opened, close())];
    expect(openSites(known(closed))).toEqual([]);
    expect(events(closed, close())).toEqual([]);
    expect(rejection(closed, close('2026-11-01'))).toMatchObject({ code: 'site_closed' });
    expect(rejection(closed, { type: 'ChangeSite', data: site })).toMatchObject({ code: 'site_closed' });
    expect(rejection(closed, open)).toMatchObject({ code: 'site_exists' });
    expect(rejection(opened, close('2026-11-24'))).toMatchObject({ code: 'date_in_future' });
    expect(rejection(registered, close())).toEqual({ kind: 'NotFound' });
  });
  it('is not its own predecessor, successor or adviser', () => {
    const relation = { organisation: 'gentia', kind: 'merger', on: TODAY } as const;
    expect(rejection(registered, { type: 'RecordPredecessor', data: relation })).toMatchObject({
      code: 'related_to_itself',
    });
    expect(rejection(registered, { type: 'RecordSuccessor', data: relation })).toMatchObject({
      code: 'related_to_itself',
    });
    expect(
      rejection(registered, { type: 'ArrangePreventionAdviser', data: { placement: 'external', service: 'gentia' } }),
    ).toMatchObject({ code: 'related_to_itself' });
  });
  it.each<Without>([
    { type: 'RecordPredecessor', data: { organisation: 'oud', kind: 'merger', on: '2020-01-01' } },
    { type: 'RecordSuccessor', data: { organisation: 'nieuw', kind: 'split', on: '2027-01-01' } },
    { type: 'RecordConsultationBody', data: { body: 'committee_worker_members', from: '2024-06-01' } },
    { type: 'ArrangePreventionAdviser', data: { placement: 'external', service: 'zorgnet' } },
    { type: 'RecordCounsellorAskedFor', data: { by: 'workers', on: '2026-01-01' } },
    { type: 'AcceptIssuer', data: { issuer: 'https://id.example' } },
    { type: 'RenameOrganisation', data: { legalName: 'Gentia bv' } },
    count(12, '2026-01-01'),
  ])('$type is recorded, and repeated it is nothing new', (command) => {
    const once = [...registered, ...events(registered, command)];
    expect(once).toHaveLength(2);
    expect(events(once, command)).toEqual([]);
  });
  it('drops an issuer it accepted, and nothing else', () => {
    const issuer = 'https://id.example';
    const accepted = history([register, { type: 'AcceptIssuer', data: { issuer } }]);
    expect(known([...accepted, ...events(accepted, { type: 'DropIssuer', data: { issuer } })]).issuers).toEqual([]);
    expect(events(registered, { type: 'DropIssuer', data: { issuer } })).toEqual([]);
  });
  it('dates nothing about its consultation into the future', () => {
    expect(
      rejection(registered, { type: 'RecordConsultationBody', data: { body: 'workers', from: '2026-11-24' } }),
    ).toMatchObject({ code: 'date_in_future' });
    expect(
      rejection(registered, { type: 'RecordCounsellorAskedFor', data: { by: 'workers', on: '2026-11-24' } }),
    ).toMatchObject({ code: 'date_in_future' });
  });
});
