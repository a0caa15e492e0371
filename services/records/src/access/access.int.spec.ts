import { createRecorder, type Caller, type PersonCaller, type Role } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { CommandDef, CommandReply, QueryDef } from '@toeverlaat/contracts';
import { awaitableOf, openServiceViews } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { newCommandId, organisationId, uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { Views } from '@toeverlaat/views';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { input, output, ZodType } from 'zod';
import { createEvidence, type Evidence } from '../evidence/evidence.js';
import { createQueries } from '../queries.js';
import { served } from '../records.controller.js';
import { recordsViews } from '../views/index.js';
import { createAccess, type Access } from './index.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const BOTH = [gentia, zorgnet] as const;
/** A Monday, ten in the morning in Brussels. */
const START = '2026-11-23T09:00:00.000Z';
const page = { first: 50 };
const idOf = (name: string): string => uuidV5('access-int', name);
const CASE = idOf('case');

let world: TestWorld;
let views: Views;
let access: Access;
let evidence: Evidence;
let folder: string;
let people: Map<string, Caller>;
/** Records that exclude somebody: `organisation person record`. */
let excluded: Set<string>;
/** Whose role ended: by organisation. */
let ended: Map<string, { pseudonyms: string[]; role: Role; endedOn: string; knownAt: string }[]>;
/** What was set of working hours, by organisation. */
let workingHours: Map<string, output<(typeof contracts.workingHoursQuery)['output']>>;
let directoryAway: boolean;
let asked = 0;

const KEYS = ['actors', 'evidence', 'fingerprints', 'audit_mandate', 'access_alarm'];

const open = async (): Promise<void> => {
  const runtime = world.runtimeOf('records', KEYS);
  folder = mkdtempSync(join(tmpdir(), 'access-'));
  evidence = createEvidence({ ...runtime, folder: join(folder, 'evidence'), pauseMs: 0 });
  evidence.start();
  views = openServiceViews(runtime, recordsViews);
  access = createAccess(runtime, views, evidence);
  world.serve(access.served);
  world.serve(served(createQueries(runtime, views.query('access_index'), access.guard), awaitableOf(views)));
  await views.start();
};
/** Another process over the same log: it has looked at nothing yet. */
const startAgain = (): void => {
  access = createAccess(world.runtimeOf('records', KEYS), views, evidence);
};

beforeEach(async () => {
  world = createTestWorld(START);
  people = new Map();
  excluded = new Set();
  ended = new Map();
  directoryAway = false;
  for (const organisation of BOTH)
    for (const [role, person] of [
      ['auditor', 'aude'],
      ['data_protection_officer', 'dora'],
      ['counsellor', 'lies'],
      ['counsellor', 'marc'],
      ['employer', 'karel'],
      ['records_manager', 'rik'],
    ] as const satisfies readonly (readonly [Role, string])[])
      people.set(`${organisation} ${person}`, enrol(world, { organisation, role, person, pseudonym: `${person}2026` }));
  world.answer(contracts.pseudonymsQuery, ({ context }) => ({
    ok: true,
    value: [context.caller.pseudonym],
    stale: false,
  }));
  for (const query of contracts.excludedRecordsQueries)
    world.answer(query, ({ context, input: given }) => {
      const { person, records } = given as { person: string; records: string[] };
      const theirs = records.filter((record) => excluded.has(`${context.caller.organisation} ${person} ${record}`));
      return { ok: true, value: { excluded: theirs }, stale: false };
    });
  workingHours = new Map();
  world.answer(contracts.workingHoursQuery, ({ context }) =>
    directoryAway
      ? { ok: false, rejection: { kind: 'Unavailable', detail: 'directory' } }
      : {
          ok: true,
          value: workingHours.get(context.caller.organisation) ?? { organisation: null, sites: [], people: [] },
          stale: false,
        },
  );
  world.answer(contracts.rolesEndedQuery, ({ context }) =>
    directoryAway
      ? { ok: false, rejection: { kind: 'Unavailable', detail: 'away' } }
      : { ok: true, value: ended.get(context.caller.organisation) ?? [], stale: false },
  );
  await open();
});
afterEach(async () => {
  await views.stop();
  await evidence.stop();
  rmSync(folder, { recursive: true, force: true });
  world.dispose();
});

const who = (organisation: OrganisationId, person: string): PersonCaller => {
  const found = people.get(`${organisation} ${person}`);
  if (found === undefined) throw new RangeError(person);
  return found as PersonCaller;
};
const purposes: Readonly<Record<string, string>> = {
  aude: 'audit',
  dora: 'protect_data',
  lies: 'handle_case',
  marc: 'handle_case',
  karel: 'follow_figures',
  rik: 'manage_records',
};
const contextOf = (organisation: OrganisationId, person: string) =>
  contextFor(who(organisation, person), purposes[person] ?? '', (asked += 1));
const ask = <I extends ZodType, O extends ZodType>(
  organisation: OrganisationId,
  person: string,
  def: QueryDef<I, O>,
  value: input<I>,
) => world.rpc.query(def, contextOf(organisation, person), value);
const told = async <I extends ZodType, O extends ZodType>(
  organisation: OrganisationId,
  person: string,
  def: QueryDef<I, O>,
  value: input<I>,
): Promise<output<O>> => {
  const answer = await ask(organisation, person, def, value);
  if (!answer.ok) throw new Error(JSON.stringify(answer.rejection));
  return answer.value;
};
const tell = <I extends ZodType>(
  organisation: OrganisationId,
  person: string,
  def: CommandDef<I>,
  data: input<I>,
): Promise<CommandReply> =>
  world.rpc.command(def, contextOf(organisation, person), { commandId: newCommandId(), data });

const settled = async (): Promise<void> => {
  const head = await world.log.head();
  if (head !== undefined) expect(await views.whenProcessed(head, 60_000)).toBe('processed');
};
const looked = async (): Promise<void> => {
  await settled();
  await access.look();
  await settled();
};

let reads = 0;
const read = async (organisation: OrganisationId, person: string, at: string, record: string = CASE): Promise<void> => {
  world.clock.set(at);
  const recorder = createRecorder({ log: world.log, clock: world.clock, service: 'case', writerId: 'w1' });
  reads += 1;
  const done = await recorder.record({
    caller: who(organisation, person),
    organisation,
    purpose: 'handle_case',
    recordClass: 'case',
    record,
    fields: ['contacts'],
    query: 'case.caseById',
    requestId: uuidV5('read', String(reads)),
    outcome: 'opened',
  });
  expect(done.ok).toBe(true);
};

const mandate = (
  organisation: OrganisationId,
  change: Partial<input<(typeof contracts.giveAuditMandate)['data']>> = {},
) =>
  tell(organisation, 'dora', contracts.giveAuditMandate, {
    person: 'aude',
    scope: 'organisation',
    from: '2026-11-23',
    to: '2027-05-01',
    motive: 'steekproef',
    ...change,
  });

describe('mandates', () => {
  it('are given by the data protection officer alone, in one organisation', async () => {
    for (const person of ['aude', 'lies', 'karel', 'rik'])
      expect(
        await tell(gentia, person, contracts.giveAuditMandate, {
          person: 'aude',
          scope: 'organisation',
          from: '2026-11-23',
          to: '2027-05-01',
          motive: 'x',
        }),
      ).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await mandate(gentia, { person: 'lies' })).toMatchObject({ rejection: { code: 'not_an_auditor' } });
    const given = await mandate(gentia);
    expect(given.ok).toBe(true);
    expect(await told(gentia, 'dora', contracts.auditMandatesQuery, { page })).toMatchObject({
      rows: [{ scope: 'organisation', state: 'running', motive: 'steekproef', givenAs: 'data_protection_officer' }],
    });
    expect((await told(gentia, 'aude', contracts.auditMandatesQuery, { page })).rows).toHaveLength(1);
    expect((await told(zorgnet, 'aude', contracts.auditMandatesQuery, { page })).rows).toEqual([]);
    expect(await ask(zorgnet, 'aude', contracts.accessAlarmsQuery, { page })).toMatchObject({
      rejection: { code: 'audit_mandate_needed' },
    });
  });

  it('are shown to those whom they cover, and of the records only those that they looked at', async () => {
    for (const organisation of BOTH) await read(organisation, 'lies', START);
    await settled();
    const other = idOf('other');
    await mandate(gentia, { scope: 'records', records: [CASE, other] });
    await mandate(gentia, { scope: 'handlers', handlers: ['marc2026', 'eva2026'] });
    expect(await told(gentia, 'lies', contracts.auditMandatesOnMeQuery, { page })).toMatchObject({
      rows: [{ scope: 'records', records: [CASE], handlers: [], motive: null }],
    });
    expect(await told(gentia, 'marc', contracts.auditMandatesOnMeQuery, { page })).toMatchObject({
      rows: [{ scope: 'handlers', records: [], handlers: ['marc2026'], motive: null }],
    });
    expect((await told(zorgnet, 'lies', contracts.auditMandatesOnMeQuery, { page })).rows).toEqual([]);
    expect(await ask(gentia, 'karel', contracts.auditMandatesOnMeQuery, { page })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });

  it('are paged', async () => {
    for (const from of ['2026-11-23', '2026-12-01', '2027-01-01']) await mandate(gentia, { from });
    const first = await told(gentia, 'dora', contracts.auditMandatesQuery, { page: { first: 2 } });
    expect(first.rows.map((row) => row.from)).toEqual(['2027-01-01', '2026-12-01']);
    const rest = await told(gentia, 'dora', contracts.auditMandatesQuery, {
      page: { first: 2, after: first.next ?? '' },
    });
    expect(rest).toMatchObject({ rows: [{ from: '2026-11-23' }], next: null });
    expect(
      await ask(gentia, 'dora', contracts.auditMandatesQuery, { page: { first: 2, after: 'made up' } }),
    ).toMatchObject({ rejection: { kind: 'InvalidInput', field: 'page.after' } });
  });
});

describe('what a mandate reaches', () => {
  const minute = (m: number): string => new Date(Date.parse(START) + m * 60_000).toISOString();
  const records = ['a', 'b', 'c', 'd'].map(idOf);
  type Row = { readonly record: string; readonly accessor: { readonly pseudonym: string } };
  const of = ({ record, accessor }: Row): string => `${accessor.pseudonym} ${record}`;
  const paged = async (
    person: string,
    role?: 'counsellor',
  ): Promise<readonly output<(typeof contracts.accessHistoryOfPeriod)['output']>['rows'][number][]> => {
    const rows = [];
    for (let after: string | undefined; ;) {
      const asked_ = { first: 3, ...(after === undefined ? {} : { after }) };
      const found = await told(gentia, person, contracts.accessHistoryOfPeriod, { role, to: minute(30), page: asked_ });
      rows.push(...found.rows);
      if (found.next === null) return rows;
      after = found.next;
    }
  };

  it('is exactly the rows of its records and of its handlers, newest first, each once, page by page', async () => {
    let at = 0;
    for (const organisation of BOTH)
      for (const record of records)
        for (const person of ['lies', 'marc', 'lies']) await read(organisation, person, minute((at += 1) % 25), record);
    world.clock.set(minute(40));
    const [a = '', b = ''] = records;
    await mandate(gentia, { scope: 'records', records: [a, b] });
    await mandate(gentia, { scope: 'handlers', handlers: ['marc2026'] });
    await settled();
    const all = await paged('dora', 'counsellor');
    expect(all).toHaveLength(12);
    const expected = all.filter(
      ({ record, accessor }) => record === a || record === b || accessor.pseudonym === 'marc2026',
    );
    const seen = await paged('aude');
    expect(seen.map(({ eventId }) => eventId)).toEqual(expected.map(({ eventId }) => eventId));
    expect(seen).toHaveLength(8);

    const page_ = { first: 50 };
    const ofMarc = await told(gentia, 'aude', contracts.accessHistoryOfHandler, {
      pseudonyms: ['marc2026'],
      page: page_,
    });
    expect(ofMarc.rows).toHaveLength(4);
    const ofBoth = await told(gentia, 'aude', contracts.accessHistoryOfHandler, {
      pseudonyms: ['lies2026', 'marc2026'],
      page: page_,
    });
    expect(ofBoth.rows.map(of).toSorted()).toEqual(expected.map(of).toSorted());
    // Of a record outside it: what the handlers in it did there.
    const [, , c = ''] = records;
    const ofC = await told(gentia, 'aude', contracts.accessHistoryOfRecord, { record: c, page: page_ });
    expect(ofC.rows.map(of)).toEqual([`marc2026 ${c}`]);
  });
});

describe('that somebody could not read', () => {
  const period = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
  const reader = (role: Role, pseudonym: string) => ({
    pseudonyms: [pseudonym],
    role,
    relation: role === 'counsellor' ? 'handler' : 'applicant',
    recordClass: 'case' as const,
    home: null,
    ...period,
    purposes: [],
    sees: [],
    rule: 'CASE-HANDLE',
    because: '',
    source: '',
  });
  beforeEach(async () => {
    for (const query of contracts.readersOverQueries)
      world.answer(query, ({ input: given }) => ({
        ok: true,
        value:
          query.pattern === 'case.readersOver' && (given as { record: string }).record === CASE
            ? {
                known: true,
                readers: [reader('counsellor', 'lies2026'), reader('worker', 'bert2026')],
                events: [],
                policyVersions: ['p'],
                keyRecipients: ['epoch:1'],
              }
            : { known: false, readers: [], events: [], policyVersions: [], keyRecipients: [] },
        stale: false,
      }));
    world.answer(contracts.standingOverQuery, ({ input: given }) => ({
      ok: true,
      value: { pseudonyms: [`${(given as { person: string }).person}2026`], spans: [], events: [] },
      stale: false,
    }));
    world.answer(contracts.takesPartQuery, ({ context, input: given }) =>
      context.caller.pseudonym === 'lies2026' && (given as { caseId: string }).caseId === CASE
        ? { ok: true, value: { takesPart: false }, stale: false }
        : { ok: false, rejection: { kind: 'NotFound' } },
    );
    await read(gentia, 'lies', START);
    await settled();
  });
  const lack = (organisation: OrganisationId, asker: string, person: string, record: string = CASE) =>
    ask(organisation, asker, contracts.accessLackQuery, { record, person, ...period });

  it('is said of any colleague, the applicant too, and not of who handles it', async () => {
    expect(await lack(gentia, 'dora', 'karel')).toMatchObject({
      ok: true,
      value: { hadScope: false, hasRead: false, keyOfTheirs: false, keyRecipients: ['epoch:1'], spans: [] },
    });
    const [karel, bert] = [await lack(gentia, 'dora', 'karel'), await lack(gentia, 'dora', 'bert')];
    expect(JSON.stringify(bert).replaceAll('bert', 'karel')).toBe(JSON.stringify(karel));
    expect(await lack(gentia, 'dora', 'lies')).toMatchObject({
      value: { hadScope: true, hasRead: true, spans: [{ relation: 'handler', rule: 'CASE-HANDLE' }] },
    });
  });

  it('is said only of a record that the asker knows of, in one organisation', async () => {
    const notFound = { ok: false, rejection: { kind: 'NotFound' } };
    expect(await lack(gentia, 'dora', 'karel', idOf('unknown'))).toEqual(notFound);
    expect(await lack(zorgnet, 'dora', 'karel')).toEqual(notFound);
    expect((await lack(gentia, 'lies', 'karel')).ok).toBe(true);
    expect(await lack(gentia, 'marc', 'karel')).toEqual(notFound);
    expect(await lack(gentia, 'karel', 'karel')).toEqual(notFound);
    excluded.add(`${gentia} dora ${CASE}`);
    expect(await lack(gentia, 'dora', 'karel')).toEqual(notFound);
    expect(await lack(gentia, 'aude', 'karel')).toMatchObject({ rejection: { code: 'audit_mandate_needed' } });
    await mandate(gentia, { scope: 'handlers', handlers: ['marc2026'] });
    expect(await lack(gentia, 'aude', 'karel')).toEqual(notFound);
    await mandate(gentia, { scope: 'records', records: [CASE] });
    expect((await lack(gentia, 'aude', 'karel')).ok).toBe(true);
  });

  it('comes with everything it stands on, page by page', async () => {
    const found = await told(gentia, 'dora', contracts.accessEvidenceQuery, {
      kind: 'record',
      record: CASE,
      ...period,
      page: { first: 1 },
    });
    expect(found.rows).toMatchObject([
      { index: expect.any(Number), proof: expect.stringContaining('c2sp.org/tlog-proof') },
    ]);
    expect(await ask(gentia, 'dora', contracts.accessEvidenceQuery, { kind: 'record', ...period, page })).toMatchObject(
      {
        rejection: { kind: 'InvalidInput', field: 'record' },
      },
    );
    expect(
      await ask(gentia, 'dora', contracts.accessEvidenceQuery, {
        kind: 'lack',
        record: CASE,
        ...period,
        page: { first: 1, after: 'x' },
      }),
    ).toMatchObject({ rejection: { kind: 'InvalidInput', field: 'page.after' } });
    expect(
      await ask(zorgnet, 'dora', contracts.accessEvidenceQuery, { kind: 'lack', record: CASE, ...period, page }),
    ).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
  });
});

describe('alarms', () => {
  const SUNDAY = '2026-11-29T10:00:00.000Z';
  const MONDAY = '2026-11-30T09:00:00.000Z';

  it('are raised once, whoever looks and however often, in their own organisation', async () => {
    await read(gentia, 'lies', SUNDAY);
    await read(zorgnet, 'lies', MONDAY);
    await looked();
    await looked();
    startAgain();
    await looked();
    expect(await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).toMatchObject({
      rows: [{ kind: 'outside_hours', pseudonym: 'lies2026', records: [CASE], state: 'open', motive: null }],
      next: null,
    });
    expect((await told(zorgnet, 'dora', contracts.accessAlarmsQuery, { page })).rows).toEqual([]);
    const watched = (await world.log.readStream(`records.accesswatch-${gentia}_2026`)).map(
      ({ data }) => JSON.parse(Buffer.from(data).toString()) as unknown,
    );
    expect(watched).toEqual([{ watchedOn: '2026-11-30', until: SUNDAY, examined: 1, raised: 1, thresholds: '2026-1' }]);
  });

  it('are raised by the hours of the organisation, and of the site of whoever read', async () => {
    const evening = '2026-11-30T18:30:00.000Z';
    const hours = { zone: 'Europe/Brussels', from: 8, until: 18, days: ['monday' as const] };
    workingHours.set(gentia, {
      organisation: hours,
      sites: [{ ...hours, siteId: 'liege', until: 22 }],
      people: [{ pseudonyms: ['marc2026'], sites: ['liege'] }],
    });
    for (const organisation of BOTH) for (const person of ['lies', 'marc']) await read(organisation, person, evening);
    await looked();
    const alarmed = async (organisation: OrganisationId) =>
      (await told(organisation, 'dora', contracts.accessAlarmsQuery, { page })).rows.map(
        ({ kind, pseudonym }) => `${kind} ${pseudonym}`,
      );
    expect(await alarmed(gentia)).toEqual(['outside_hours lies2026']);
    expect(await alarmed(zorgnet)).toEqual([]);
  });

  it('are raised of a night shift after it ends, and not after midnight', async () => {
    const nights = { zone: 'Europe/Brussels', from: 22, until: 6, days: ['monday' as const] };
    workingHours.set(gentia, { organisation: nights, sites: [], people: [] });
    for (const organisation of BOTH) {
      // Tuesday at 3:00 and at 6:30 in Brussels: the one is Monday's shift, the other is of nobody's.
      await read(organisation, 'lies', '2026-12-01T02:00:00.000Z');
      await read(organisation, 'marc', '2026-12-01T05:30:00.000Z');
    }
    world.clock.set('2026-12-01T06:00:00.000Z');
    await looked();
    const alarmed = async (organisation: OrganisationId) =>
      (await told(organisation, 'dora', contracts.accessAlarmsQuery, { page })).rows.map(
        ({ kind, pseudonym }) => `${kind} ${pseudonym}`,
      );
    expect(await alarmed(gentia)).toEqual(['outside_hours marc2026']);
    // By the hours of the law it is the other way round.
    expect(await alarmed(zorgnet)).toEqual(['outside_hours lies2026']);
  });

  it('are found of bulk reading over several looks, and go on after a start', async () => {
    for (let n = 0; n < 10; n += 1) await read(gentia, 'lies', `2026-11-30T09:${n + 10}:00.000Z`, idOf(`bulk ${n}`));
    await looked();
    expect((await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).rows).toEqual([]);
    startAgain();
    for (let n = 10; n < 16; n += 1) await read(gentia, 'lies', `2026-11-30T09:${n + 10}:00.000Z`, idOf(`bulk ${n}`));
    await looked();
    const { rows } = await told(gentia, 'dora', contracts.accessAlarmsQuery, { page });
    expect(rows).toMatchObject([{ kind: 'bulk_reading', from: '2026-11-30T09:10:00.000Z' }]);
    expect(rows[0]?.records).toHaveLength(16);
    expect(rows[0]?.explanation).toContain('15');
  });

  it('are found before the end of a role, once the directory says so', async () => {
    await read(gentia, 'lies', '2026-11-26T10:00:00.000Z');
    world.clock.set(MONDAY);
    directoryAway = true;
    await looked();
    expect((await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).rows).toEqual([]);
    expect(await world.log.readStream(`records.accesswatch-${gentia}_2026`)).toEqual([]);
    directoryAway = false;
    ended.set(gentia, [{ pseudonyms: ['lies2026'], role: 'counsellor', endedOn: '2026-11-30', knownAt: MONDAY }]);
    await looked();
    expect(await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).toMatchObject({
      rows: [{ kind: 'before_role_end', from: '2026-11-22T23:00:00.000Z', to: MONDAY }],
    });
  });

  it('go to the auditor under a mandate, the person concerned and the data protection officer; never to the employer', async () => {
    for (const organisation of BOTH) {
      await read(organisation, 'lies', SUNDAY);
      await read(organisation, 'marc', SUNDAY, idOf('marc'));
    }
    await looked();
    world.clock.set(MONDAY);
    for (const person of ['karel', 'rik', 'lies'])
      expect(await ask(gentia, person, contracts.accessAlarmsQuery, { page })).toMatchObject({
        rejection: { kind: 'NotFound' },
      });
    expect(await ask(gentia, 'karel', contracts.accessAlarmsAboutMeQuery, { page })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    const own = await told(gentia, 'lies', contracts.accessAlarmsAboutMeQuery, { page });
    expect(own.rows.map(({ pseudonym, records }) => [pseudonym, records])).toEqual([['lies2026', [CASE]]]);
    const alarmId = own.rows[0]?.alarmId ?? '';
    expect(await ask(gentia, 'aude', contracts.accessAlarmsQuery, { page })).toMatchObject({
      rejection: { code: 'audit_mandate_needed' },
    });
    await mandate(gentia, { scope: 'handlers', handlers: ['lies2026'], from: '2026-11-30' });
    expect((await told(gentia, 'aude', contracts.accessAlarmsQuery, { page })).rows.map((row) => row.alarmId)).toEqual([
      alarmId,
    ]);
    expect((await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).rows).toHaveLength(2);

    // Dismissing is an event with a motive, and whoever it is about reads it.
    const others = (await told(gentia, 'dora', contracts.accessAlarmsQuery, { page })).rows.find(
      ({ pseudonym }) => pseudonym === 'marc2026',
    );
    const dismiss = (organisation: OrganisationId, person: string, id: string) =>
      tell(organisation, person, contracts.dismissAccessAlarm, { alarmId: id, motive: 'Gesprek met een nachtploeg.' });
    const notFound = { ok: false, rejection: { kind: 'NotFound' } };
    expect(await dismiss(gentia, 'aude', others?.alarmId ?? '')).toEqual(notFound);
    expect(await dismiss(gentia, 'lies', alarmId)).toEqual(notFound);
    expect(await dismiss(gentia, 'karel', alarmId)).toEqual(notFound);
    expect(await dismiss(zorgnet, 'dora', alarmId)).toEqual(notFound);
    expect((await dismiss(gentia, 'aude', alarmId)).ok).toBe(true);
    expect(await dismiss(gentia, 'dora', alarmId)).toMatchObject({ rejection: { code: 'access_alarm_dismissed' } });
    await settled();
    expect(await told(gentia, 'lies', contracts.accessAlarmsAboutMeQuery, { page })).toMatchObject({
      rows: [{ state: 'dismissed', dismissedAs: 'auditor', motive: 'Gesprek met een nachtploeg.' }],
    });
    const openOnes = await told(gentia, 'dora', contracts.accessAlarmsQuery, { state: 'open', page });
    expect(openOnes.rows.map(({ pseudonym }) => pseudonym)).toEqual(['marc2026']);
    expect((await told(zorgnet, 'dora', contracts.accessAlarmsQuery, { state: 'open', page })).rows).toHaveLength(2);
  });

  it('about a record that excludes who judges are not there for them', async () => {
    await read(gentia, 'lies', SUNDAY);
    await read(gentia, 'marc', SUNDAY, idOf('marc'));
    await looked();
    excluded.add(`${gentia} dora ${CASE}`);
    const { rows } = await told(gentia, 'dora', contracts.accessAlarmsQuery, { page: { first: 1 } });
    expect(rows.map(({ pseudonym }) => pseudonym)).toEqual(['marc2026']);
    const hidden = (await told(gentia, 'lies', contracts.accessAlarmsAboutMeQuery, { page })).rows[0]?.alarmId ?? '';
    expect(await tell(gentia, 'dora', contracts.dismissAccessAlarm, { alarmId: hidden, motive: 'x' })).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
  });
});
