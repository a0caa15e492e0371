import {
  createRecorder,
  type AccessEntry,
  type AuthoritySource,
  type Caller,
  type Capacity,
  type PersonCaller,
  type Recorder,
  type Role,
} from '@toeverlaat/access';
import {
  accessHistoryOfHandler,
  accessHistoryOfPeriod,
  accessHistoryOfRecord,
  createRpcClient,
  deniedAttempts,
  excludedRecordsQueries,
  type RequestContext,
} from '@toeverlaat/contracts';
import { createMemoryEventLog, plainText, type Position } from '@toeverlaat/event-log';
import {
  err,
  InvariantBroken,
  ok,
  settableClock,
  uuidV5,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { openViews } from '@toeverlaat/views';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuard } from './access/guard.js';
import type { AuditMandate } from './domain/audit-mandates/index.js';
import { createQueries } from './queries.js';
import { served } from './records.controller.js';
import { recordsViews } from './views/index.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = 'gentia' as OrganisationId;
const zorgnet = 'zorgnet' as OrganisationId;
const T0 = '2026-11-20T09:00:00.000Z';
const RECORD = '11111111-2222-4333-8444-555555555555';
const page = { first: 20 };

const as = (organisation: OrganisationId, role: Role, pseudonym: string, person = 'p1'): PersonCaller => ({
  role,
  organisation,
  person: person as PersonId,
  pseudonym,
  capacityId: `cap-${role.replaceAll('_', '-')}`,
  sites: 'all',
});
const counsellor = (organisation: OrganisationId) => as(organisation, 'counsellor', 'lies2026');
const auditor = (organisation: OrganisationId) => as(organisation, 'auditor', 'auditor2026', 'p9');

const capacity = (caller: PersonCaller, limits: Partial<Capacity> = {}): Capacity => ({
  id: caller.capacityId,
  role: caller.role,
  organisation: caller.organisation,
  person: caller.person ?? ('nobody' as PersonId),
  sites: 'all',
  from: '2026-01-01',
  ...limits,
});

let requests = 0;
const contextOf = (caller: Caller, purpose: string): RequestContext => {
  requests += 1;
  const requestId = uuidV5('test', String(requests));
  return { requestId, correlationId: requestId, caller, purpose, language: 'nl' };
};

const setup = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  const log = createMemoryEventLog();
  const clock = settableClock(T0);
  const views = openViews({ folder, service: 'records', log, views: recordsViews });
  await views.start();
  const held = new Map<string, readonly Capacity[]>();
  for (const organisation of [gentia, zorgnet])
    held.set(organisation, [
      capacity(auditor(organisation)),
      capacity(counsellor(organisation)),
      capacity(as(organisation, 'employer', 'boss2026', 'p8')),
      capacity(as(organisation, 'data_protection_officer', 'dpo2026', 'p7')),
    ]);
  const authority: AuthoritySource & { down: boolean } = {
    down: false,
    capacitiesOf: (home, person) =>
      Promise.resolve(
        authority.down
          ? err({ kind: 'AuthorityUnavailable' as const, detail: 'down' })
          : ok((held.get(home) ?? []).filter((one) => one.person === person)),
      ),
  };
  let ids = 0;
  const recorderOf = (service: string): Recorder =>
    createRecorder({
      log,
      clock,
      service,
      writerId: 'w1',
      newId: () => uuidV5('test-id', service, String((ids += 1))),
      pseudonym: (organisation, scope, name) =>
        Promise.resolve(`${organisation}-${scope}-${name.replaceAll('/', '-')}`),
    });
  const own = recorderOf('records');
  const awaitable = {
    whenProcessed: (position: string, timeoutMs: number) => views.whenProcessed(position as Position, timeoutMs),
  };
  /** Records that exclude a person, by organisation, as the services that keep them say; undefined: they do not answer. */
  const exclusions: { of: ReadonlyMap<string, readonly string[]> | undefined; asked: number } = {
    of: new Map(),
    asked: 0,
  };
  const others = createRpcClient((pattern, message) => {
    const { context, input } = message as {
      context: RequestContext;
      input: { home: string; person: string; records: string[] };
    };
    if (!excludedRecordsQueries.some((one) => one.pattern === pattern) || context.caller.role !== 'service')
      throw new InvariantBroken(pattern);
    exclusions.asked += 1;
    if (exclusions.of === undefined)
      return Promise.resolve({ ok: false, rejection: { kind: 'Unavailable', detail: 'x' } });
    const theirs = exclusions.of.get(`${context.caller.organisation} ${input.home}/${input.person} ${pattern}`) ?? [];
    const excluded = input.records.filter((record) => theirs.includes(record));
    return Promise.resolve({ ok: true, value: { excluded }, stale: false });
  });
  // The first mandate of each auditor is of the whole organisation; what others do is in `access.int.spec.ts`.
  const whole = (organisation: OrganisationId): AuditMandate => ({
    mandateId: uuidV5('mandate', organisation),
    sealedFor: 'mandate',
    auditor: { organisation, person: 'p9' as PersonId },
    scope: 'organisation',
    from: '2026-11-01',
    to: '2027-11-01',
    endedOn: undefined,
    givenBy: 'dpo2026',
    givenAs: 'data_protection_officer',
    motive: plainText('yearly audit'),
  });
  const guard = createGuard({ authority, clock, recorder: own }, (organisation) =>
    Promise.resolve(ok({ mandates: [whole(organisation)] })),
  );
  const queries = createQueries({ authority, clock, recorder: own, rpc: others }, views.query('access_index'), guard);
  const patterns = new Map(served(queries, awaitable).map((one) => [one.pattern, one.handle]));
  const rpc = createRpcClient((pattern, message) => {
    const handle = patterns.get(pattern);
    if (handle === undefined) throw new InvariantBroken(pattern);
    return handle(message);
  });
  /** Everything that is in the log is in the view. */
  const settled = async () => {
    const head = await log.head();
    if (head !== undefined) expect(await views.whenProcessed(head, 5_000)).toBe('processed');
  };
  const read = async (caller: Caller, entry: Partial<AccessEntry> = {}, service = 'case') => {
    const { requestId } = contextOf(caller, 'handle_case');
    const recorded = await recorderOf(service).record({
      caller,
      organisation: caller.organisation,
      purpose: 'handle_case',
      recordClass: 'case',
      record: RECORD,
      fields: ['contacts', 'outcome'],
      query: 'caseById',
      requestId,
      outcome: 'opened',
      ...entry,
    });
    expect(recorded.ok).toBe(true);
  };
  return { folder, log, clock, views, held, authority, recorderOf, rpc, settled, read, exclusions };
};

let world: Awaited<ReturnType<typeof setup>>;
beforeEach(async () => {
  world = await setup();
});
afterEach(async () => {
  await world.views.stop();
  await world.log.close();
  rmSync(world.folder, { recursive: true, force: true });
});

const audit = (organisation: OrganisationId = gentia) => contextOf(auditor(organisation), 'audit');

describe('the history of a record', () => {
  it('says who opened it, as what, for what, which fields, newest first; in one organisation only', async () => {
    const { read, rpc, settled, clock } = world;
    await read(counsellor(gentia));
    clock.set('2026-11-20T10:00:00.000Z');
    await read(
      as(gentia, 'prevention_adviser', 'paul2026'),
      { recordClass: 'referral_received', purpose: 'receive_referral' },
      'referral',
    );
    await read(counsellor(zorgnet));
    await settled();
    const answer = await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD, page });
    if (!answer.ok) throw new Error('refused');
    expect(answer.value.next).toBeNull();
    expect(answer.value.rows).toEqual([
      expect.objectContaining({
        recordedAt: '2026-11-20T10:00:00.000Z',
        service: 'referral',
        recordClass: 'referral_received',
      }),
      {
        eventId: expect.any(String),
        recordedAt: T0,
        service: 'case',
        accessor: {
          pseudonym: 'lies2026',
          role: 'counsellor',
          capacity: 'gentia-2026-capacity-cap-counsellor',
          mandate: null,
          onBehalfOf: null,
          home: null,
        },
        purpose: 'handle_case',
        recordClass: 'case',
        record: RECORD,
        fields: ['contacts', 'outcome'],
        query: 'caseById',
        requestId: expect.any(String),
        outcome: 'opened',
      },
    ]);
    const other = await rpc.query(accessHistoryOfRecord, audit(zorgnet), { record: RECORD, page });
    expect(other).toMatchObject({
      ok: true,
      value: { rows: [{ accessor: { capacity: 'zorgnet-2026-capacity-cap-counsellor' } }] },
    });
  });

  it('is paged without a row lost, repeated or counted', async () => {
    const { read, rpc, settled, clock } = world;
    for (let n = 0; n < 7; n += 1) {
      // Three at the same instant: the event id decides.
      clock.set(`2026-11-20T09:0${Math.min(n, 4)}:00.000Z`);
      await read(counsellor(gentia));
    }
    await settled();
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const answer = await rpc.query(accessHistoryOfRecord, audit(), {
        record: RECORD,
        page: { first: 3, ...(after === undefined ? {} : { after }) },
      });
      if (!answer.ok) throw new Error('refused');
      seen.push(...answer.value.rows.map(({ eventId }) => eventId));
      after = answer.value.next ?? undefined;
    } while (after !== undefined);
    // The auditor's own reads came in while paging; they are newer than the page and shift nothing.
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
  });

  it('is not there for who takes part in the record, or is excluded from it: by record, handler, period and attempt', async () => {
    const { read, rpc, settled, clock, exclusions, recorderOf } = world;
    const other = RECORD.replace('1111', '2222');
    for (const organisation of [gentia, zorgnet])
      for (let n = 0; n < 9; n += 1) {
        clock.set(`2026-11-20T09:0${n}:00.000Z`);
        await read(counsellor(organisation), { record: n % 3 === 0 ? other : RECORD });
      }
    await recorderOf('case').denied({
      caller: counsellor(gentia),
      purpose: 'handle_case',
      recordClass: 'case',
      record: RECORD,
      query: 'caseById',
      requestId: RECORD,
      correlationId: RECORD,
    });
    await settled();
    clock.set('2026-11-20T10:00:00.000Z');
    const until = { to: '2026-11-20T09:30:00.000Z' };
    const unknown = await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD.replace('1111', '9999'), page });
    const asked = exclusions.asked;
    for (const from of ['case', 'intake', 'referral']) {
      exclusions.of = new Map([[`gentia gentia/p9 ${from}.excludedRecords`, [RECORD]]]);
      expect(await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD, page })).toEqual(unknown);
      const lists = [
        (at: { first: number; after?: string }) =>
          rpc.query(accessHistoryOfHandler, audit(), { pseudonyms: ['lies2026'], ...until, page: at }),
        (at: { first: number; after?: string }) => rpc.query(accessHistoryOfPeriod, audit(), { ...until, page: at }),
      ];
      for (const list of lists) {
        // Pages are filled from what follows: a short one would tell that something was left out.
        const first = await list({ first: 2 });
        if (!first.ok) throw new Error('refused');
        expect(first.value.rows.map(({ record }) => record)).toEqual([other, other]);
        expect(await list({ first: 2, after: first.value.next ?? '' })).toMatchObject({
          ok: true,
          value: { rows: [{ record: other }], next: null },
        });
      }
      const denied = await rpc.query(deniedAttempts, audit(), { ...until, page });
      expect(denied).toMatchObject({ ok: true, value: { rows: [], next: null } });
      // Equal ids elsewhere, and a colleague: nothing is left out.
      for (const who of [
        audit(zorgnet),
        contextOf(as(gentia, 'data_protection_officer', 'dpo2026', 'p7'), 'protect_data'),
      ]) {
        const theirs = await rpc.query(accessHistoryOfRecord, who, { record: RECORD, ...until, page });
        expect(theirs).toMatchObject({ ok: true });
        expect(theirs.ok && theirs.value.rows.filter((row) => row.recordClass === 'case')).toHaveLength(6);
      }
    }
    expect(exclusions.asked).toBeGreaterThan(asked);
    exclusions.of = undefined;
    expect(await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD, page })).toMatchObject({
      ok: false,
      rejection: { kind: 'Unavailable' },
    });
  });

  it('refuses a cursor that is none, naming the field', async () => {
    const answer = await world.rpc.query(accessHistoryOfRecord, audit(), {
      record: RECORD,
      page: { first: 3, after: 'x' },
    });
    expect(answer).toMatchObject({ ok: false, rejection: { kind: 'InvalidInput', field: 'page.after' } });
  });

  it('names a row of a list for each record it showed', async () => {
    const { read, rpc, settled } = world;
    await read(counsellor(gentia), { record: ['r1', 'r2', 'r1'], outcome: 'listed' });
    await settled();
    for (const record of ['r1', 'r2'])
      expect(await rpc.query(accessHistoryOfRecord, audit(), { record, page })).toMatchObject({
        ok: true,
        value: { rows: [{ record, outcome: 'listed' }] },
      });
  });

  it('knows a worker and a participant by their name in that record, without a capacity', async () => {
    const { read, rpc, settled } = world;
    await read(as(gentia, 'worker', 'stable-name'), { participant: 'x1', purpose: 'follow_own_request' });
    await settled();
    const answer = await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD, page });
    expect(answer).toMatchObject({
      ok: true,
      value: { rows: [{ accessor: { pseudonym: 'x1', role: 'worker', capacity: null } }] },
    });
    expect(JSON.stringify(answer)).not.toContain('stable-name');
  });
});

describe('the history of a handler', () => {
  it('joins the pseudonyms of several years', async () => {
    const { read, rpc, settled, clock } = world;
    await read(as(gentia, 'counsellor', 'lies2025'));
    clock.set('2027-01-02T09:00:00.000Z');
    await read(counsellor(gentia));
    await read(as(gentia, 'counsellor', 'other2026'));
    await settled();
    const answer = await rpc.query(accessHistoryOfHandler, audit(), { pseudonyms: ['lies2025', 'lies2026'], page });
    expect(answer).toMatchObject({
      ok: true,
      value: { rows: [{ accessor: { pseudonym: 'lies2026' } }, { accessor: { pseudonym: 'lies2025' } }] },
    });
  });

  it.each(['worker', 'anonymous_worker', 'participant'] as const)(
    'does not find a %s: nobody who asked for help is in a by-person query',
    async (role) => {
      const { read, rpc, settled } = world;
      await read(as(gentia, role, 'x1'), { participant: 'x1' });
      await settled();
      expect(await rpc.query(accessHistoryOfHandler, audit(), { pseudonyms: ['x1'], page })).toEqual({
        ok: true,
        stale: false,
        value: { rows: [], next: null },
      });
    },
  );
});

describe('the history of a period', () => {
  it('starts with its first instant and ends before its last', async () => {
    const { read, rpc, settled, clock } = world;
    for (const at of [
      '2026-10-31T23:00:00.000Z',
      '2026-11-01T00:00:00.000Z',
      '2026-11-30T23:59:59.999Z',
      '2026-12-01T00:00:00.000Z',
    ]) {
      clock.set(at);
      await read(counsellor(gentia));
    }
    await settled();
    const november = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z', page };
    const answer = await rpc.query(accessHistoryOfPeriod, audit(), november);
    expect(answer.ok && answer.value.rows.map(({ recordedAt }) => recordedAt)).toEqual([
      '2026-11-30T23:59:59.999Z',
      '2026-11-01T00:00:00.000Z',
    ]);
  });

  it('shows the auditor’s own reading, in the same history, to the auditor and the data protection officer', async () => {
    const { rpc, settled } = world;
    await rpc.query(accessHistoryOfRecord, audit(), { record: RECORD, page });
    await settled();
    const dpo = contextOf(as(gentia, 'data_protection_officer', 'dpo2026', 'p7'), 'protect_data');
    expect(await rpc.query(accessHistoryOfPeriod, dpo, { role: 'auditor', page })).toMatchObject({
      ok: true,
      value: {
        rows: [
          {
            service: 'records',
            accessor: { pseudonym: 'auditor2026', role: 'auditor' },
            purpose: 'audit',
            recordClass: 'access_history',
            record: RECORD,
            query: 'accessHistoryOfRecord',
          },
        ],
      },
    });
    await settled();
    const answer = await rpc.query(accessHistoryOfPeriod, audit(), { page });
    expect(answer.ok && answer.value.rows.map(({ accessor }) => accessor.role)).toEqual([
      'data_protection_officer',
      'auditor',
    ]);
  });

  it('cannot be asked by the role of those who ask for help', async () => {
    // A client that is not typed against the contract.
    const input = { role: 'worker', page } as { role: never; page: typeof page };
    expect(await world.rpc.query(accessHistoryOfPeriod, audit(), input)).toMatchObject({
      ok: false,
      rejection: { kind: 'InvalidInput', field: 'role' },
    });
  });
});

describe('denied attempts', () => {
  it('are shown with what was asked for, refused and not found alike, and the counted ones with their number', async () => {
    const { rpc, recorderOf, settled } = world;
    const recorder = recorderOf('case');
    const attempt = {
      caller: counsellor(gentia),
      purpose: 'handle_case',
      recordClass: 'case' as const,
      record: RECORD,
      query: 'caseById',
      requestId: uuidV5('test', 'denied'),
    };
    for (let n = 0; n < 40; n += 1) await recorder.denied(attempt);
    await recorder.flush();
    await recorder.denied({ ...attempt, caller: counsellor(zorgnet) });
    await settled();
    const answer = await rpc.query(deniedAttempts, audit(), { page: { first: 100 } });
    if (!answer.ok) throw new Error('refused');
    const { rows } = answer.value;
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    expect(rows.filter(({ kind }) => kind === 'refused')).toHaveLength(30);
    expect(rows.find(({ kind }) => kind === 'refused')).toMatchObject({
      record: RECORD,
      query: 'caseById',
      count: 1,
      accessor: { pseudonym: 'lies2026' },
    });
    expect(rows.find(({ kind }) => kind === 'counted')).toMatchObject({ record: null, query: null, since: T0 });
    expect(await rpc.query(deniedAttempts, audit(zorgnet), { page })).toMatchObject({
      ok: true,
      value: { rows: [{ count: 1 }] },
    });
  });
});

describe('whoever may not', () => {
  it('finds nothing, and the attempt is recorded', async () => {
    const { read, rpc, settled } = world;
    await read(counsellor(gentia));
    await settled();
    for (const [caller, purpose] of [
      [counsellor(gentia), 'handle_case'],
      [as(gentia, 'employer', 'boss2026', 'p8'), 'follow_figures'],
    ] as const)
      expect(await rpc.query(accessHistoryOfRecord, contextOf(caller, purpose), { record: RECORD, page })).toEqual({
        ok: false,
        rejection: { kind: 'NotFound' },
      });
    await settled();
    const answer = await rpc.query(deniedAttempts, audit(), { page });
    expect(answer.ok && answer.value.rows.map(({ accessor, record }) => [accessor.role, record]).toSorted()).toEqual([
      ['counsellor', RECORD],
      ['employer', RECORD],
    ]);
  });

  it.each([
    ['a mandate that has ended', { to: '2026-11-20' }],
    ['a mandate that has not begun', { from: '2026-11-21' }],
  ])('finds nothing as an auditor with %s', async (_, limits) => {
    const { rpc, held, read, settled } = world;
    await read(counsellor(gentia));
    await settled();
    held.set(gentia, [capacity(auditor(gentia), limits)]);
    expect(await rpc.query(accessHistoryOfPeriod, audit(), { page })).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
    expect(await rpc.query(accessHistoryOfPeriod, audit(zorgnet), { page })).toMatchObject({ ok: true });
  });

  it('finds nothing in an organisation whose auditor they are not, though all ids are the same', async () => {
    const { rpc, held } = world;
    held.set(zorgnet, []);
    expect(await rpc.query(accessHistoryOfPeriod, audit(zorgnet), { page })).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
  });

  it('is told to try again, and shown nothing, while authority cannot be asked', async () => {
    world.authority.down = true;
    expect(await world.rpc.query(accessHistoryOfPeriod, audit(), { page })).toEqual({
      ok: false,
      rejection: { kind: 'Unavailable', detail: 'authority' },
    });
  });

  it('is refused a purpose that is not of their role', async () => {
    const context = contextOf(auditor(gentia), 'handle_case');
    expect(await world.rpc.query(accessHistoryOfPeriod, context, { page })).toMatchObject({
      ok: false,
      rejection: { kind: 'InvalidInput', field: 'purpose' },
    });
  });
});

describe('the index', () => {
  it('is the same when it is built again from the log', async () => {
    const { read, recorderOf, settled, views } = world;
    for (const organisation of [gentia, zorgnet]) {
      await read(counsellor(organisation), { record: ['r1', 'r2'] });
      await recorderOf('intake').denied({
        caller: counsellor(organisation),
        purpose: 'hear_worker',
        recordClass: 'request',
        record: 'r9',
        query: 'requestById',
        requestId: uuidV5('test', organisation),
      });
    }
    await settled();
    const before = await views.hashes();
    await views.rebuild('access_index');
    expect(await views.hashes()).toEqual(before);
  });
});

describe('accesses of several records', () => {
  it('are paged record by record by handler and by period, none lost and none repeated, in one organisation', async () => {
    const { read, rpc, settled, clock } = world;
    const ids = ['c3', 'a1', 'b2', 'e5', 'd4'];
    const expected: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      clock.set(`2026-11-20T1${n}:00:00.000Z`);
      const record = ids.slice(0, 1 + (n % ids.length));
      // Named twice it is one row.
      await read(counsellor(gentia), { record: [...record, record[0] ?? ''], outcome: 'listed' });
      await read(counsellor(zorgnet), { record, outcome: 'listed' });
      expected.push(...record.map((id) => `1${n} ${id}`));
    }
    await settled();
    const walk = async (ask: typeof accessHistoryOfPeriod | typeof accessHistoryOfHandler, input: object) => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const answer = await rpc.query(ask as typeof accessHistoryOfPeriod, audit(), {
          ...input,
          page: { first: 2, ...(after === undefined ? {} : { after }) },
        });
        if (!answer.ok) throw new Error('refused');
        found.push(
          ...answer.value.rows
            .filter(({ service }) => service === 'case')
            .map(({ recordedAt, record }) => `${recordedAt.slice(11, 13)} ${record}`),
        );
        after = answer.value.next ?? undefined;
      } while (after !== undefined);
      return found;
    };
    const newestFirst = expected.toSorted().toReversed();
    expect(await walk(accessHistoryOfPeriod, { to: '2026-11-20T16:00:00.000Z' })).toEqual(newestFirst);
    expect(await walk(accessHistoryOfHandler, { pseudonyms: ['lies2026'] })).toEqual(newestFirst);
  });
});
