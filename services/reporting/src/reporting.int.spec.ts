import 'reflect-metadata';
import { accessCodec, createRecorder, type Caller, type Capacity, type Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import { createMemoryEventLog, metadataOf, type EventLog } from '@toeverlaat/event-log';
import type { LawOverrides } from '@toeverlaat/legal';
import { serviceCaller } from '@toeverlaat/service-kit';
import { noTelemetry, silentLogger } from '@toeverlaat/telemetry';
import {
  err,
  newCommandId,
  ok,
  organisationId,
  randomId,
  settableClock,
  uuidV5,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createFactSink, createReportingService, factCategory } from './index.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

let folder: string;
let log: EventLog;
let clock: ReturnType<typeof settableClock>;
let service: ReturnType<typeof createReportingService>;
let rpc: c.RpcClient;
/** What each organisation set of its figures; undefined: the directory does not answer. */
let settings: Map<OrganisationId, LawOverrides> | undefined;

const as = (role: Role, organisation: OrganisationId = gentia): Caller => ({
  role,
  organisation,
  person: role.replaceAll('_', '-') as PersonId,
  pseudonym: `p-${role.replaceAll('_', '-')}`,
  capacityId: `cap-${role.replaceAll('_', '-')}`,
  sites: 'all',
});
const head = (organisation = gentia) => as('head_internal_service', organisation);
const employer = (organisation = gentia) => as('employer', organisation);

const open = (views: string) =>
  createReportingService(
    {
      service: 'reporting',
      log,
      clock,
      viewsFolder: join(folder, views),
      recorder: createRecorder({ log, clock, service: 'reporting', writerId: 'w1' }),
      authority: {
        capacitiesOf: (home, person) =>
          Promise.resolve(
            ok([
              {
                id: `cap-${person}`,
                role: person.replaceAll('-', '_') as Role,
                organisation: home,
                person,
                sites: 'all',
                from: '2026-01-01',
              } satisfies Capacity,
            ]),
          ),
      },
      logger: silentLogger(),
      telemetry: noTelemetry,
    },
    (organisation) =>
      Promise.resolve(
        settings === undefined
          ? err({ kind: 'Unavailable', detail: 'directory' })
          : ok(settings.get(organisation) ?? {}),
      ),
  );
const rpcOf = (of: typeof service): c.RpcClient => {
  const handlers = new Map(of.served.map((served) => [served.pattern, served.handle]));
  return c.createRpcClient(async (pattern, message) => {
    const handle = handlers.get(pattern);
    if (handle === undefined) throw new Error(pattern);
    return JSON.parse(JSON.stringify(await handle(JSON.parse(JSON.stringify(message))))) as unknown;
  });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reporting-'));
  log = createMemoryEventLog();
  settings = new Map();
  clock = settableClock('2026-03-30T09:00:00.000Z');
  service = open('a');
  rpc = rpcOf(service);
  await service.start();
});
afterEach(async () => {
  await service.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const context = (caller: Caller): c.RequestContext => ({
  requestId: randomId(),
  correlationId: randomId(),
  caller,
  purpose: 'annual_report',
  language: 'fr',
});
const settled = async () => {
  const position = await log.head();
  if (position !== undefined) expect(await service.whenSettled(position, 5_000)).toBe(true);
};
const command = async <I extends z.ZodType>(
  def: c.CommandDef<I>,
  caller: Caller,
  data: z.input<I>,
  id = newCommandId() as string,
) => {
  const reply = await rpc.command(def, context(caller), { commandId: id, data });
  await settled();
  return reply;
};
const asked = async <I extends z.ZodType, O extends z.ZodType>(
  def: c.QueryDef<I, O>,
  caller: Caller,
  input: z.input<I>,
) => {
  const reply = await rpc.query(def, context(caller), input);
  if (!reply.ok) throw new Error(JSON.stringify(reply.rejection));
  return reply.value;
};

const fact = (n: number, over: Partial<c.CountedFact> = {}): c.CountedFact => ({
  factId: uuidV5('fact-of-test', String(n)),
  month: '2026-02',
  site: 'ghent',
  by: 'counsellor',
  what: 'case_opened',
  code: 'conflict',
  ...over,
});
const bring = async (organisation: OrganisationId, facts: readonly c.CountedFact[]) => {
  const given = await createFactSink(rpc)(organisation, facts);
  await settled();
  return given;
};
const many = (from: number, to: number, over: Partial<c.CountedFact> = {}) =>
  Array.from({ length: to - from }, (_, n) => fact(from + n, over));
const q1 = { from: '2026-01', to: '2026-03' };

describe('facts', () => {
  it('come in batches, again without effect, and are tied to nothing but themselves', async () => {
    const facts = many(0, 1_100);
    expect(await bring(gentia, facts)).toEqual(ok(undefined));
    expect(await bring(gentia, facts.toReversed())).toEqual(ok(undefined));
    // The same ids in the other organisation are other facts.
    await bring(zorgnet, many(0, 7, { code: 'workload' }));
    const { events } = await log.readAll({ categories: [factCategory], limit: 5_000 });
    expect(events).toHaveLength(1_107);
    const metadata = events.map(metadataOf);
    for (const of of ['commandId', 'correlationId', 'causationId'] as const)
      expect(new Set(metadata.map((one) => one[of])).size).toBe(1_107);
    expect(new Set(metadata.map(({ actor }) => actor.pseudonym))).toEqual(new Set(['system']));
    clock.set('2026-04-02T09:00:00.000Z');
    await command(c.releaseFiguresCommand, head(), q1);
    const { rows } = await asked(c.releasedFiguresQuery, employer(), {});
    expect(rows[0]?.tables.find(({ table }) => table === 'kinds')?.total).toBe(1_100);
  });

  it('that differ from what is recorded are refused', async () => {
    await bring(gentia, [fact(1)]);
    expect(await bring(gentia, [fact(1, { code: 'bullying' })])).toMatchObject({ ok: false });
    expect(await bring(zorgnet, [fact(1, { code: 'bullying' })])).toEqual(ok(undefined));
  });

  it('are taken from the case service only, with codes of their kind', async () => {
    for (const caller of [head(), as('counsellor'), as('platform_operator'), serviceCaller('intake', gentia)])
      expect(await command(c.recordFactsCommand, caller, { facts: [fact(1)] })).toMatchObject({
        ok: false,
        rejection: { kind: 'NotAllowed' },
      });
    expect(await bring(gentia, [fact(1, { code: 'resolved' })])).toMatchObject({
      ok: false,
      error: { kind: 'InvalidInput', field: 'facts.0.code' },
    });
  });
});

describe('figures', () => {
  beforeEach(async () => {
    await bring(gentia, [...many(0, 12), ...many(12, 15, { what: 'advice', code: 'advice' })]);
    await bring(zorgnet, many(0, 40));
    clock.set('2026-04-02T09:00:00.000Z');
  });

  it('are exact for the head of the internal service, in their own organisation, in their language', async () => {
    const { lines, status } = await asked(c.statutoryFiguresQuery, head(), { year: '2026' });
    expect(status).toBe('from-memory');
    expect(lines.find(({ line }) => line === 'informal.counsellor.advice')).toEqual({
      line: 'informal.counsellor.advice',
      section: 'informal',
      label: 'personne de confiance : accueil et conseil',
      counted: true,
      value: 3,
    });
    const other = await asked(c.statutoryFiguresQuery, head(zorgnet), { year: '2026' });
    expect(other.lines.find(({ line }) => line === 'informal.counsellor.advice')?.value).toBe(0);
  });

  it('are for employer and committee what was released, suppressed, and nothing else', async () => {
    for (const caller of [employer(), as('committee_member')]) {
      expect((await asked(c.releasedFiguresQuery, caller, {})).rows).toEqual([]);
      expect(await rpc.query(c.statutoryFiguresQuery, context(caller), { year: '2026' })).toMatchObject({
        ok: false,
        rejection: { kind: 'NotFound' },
      });
      expect(await command(c.releaseFiguresCommand, caller, q1)).toMatchObject({
        ok: false,
        rejection: { kind: 'NotFound' },
      });
    }
    const commandId = newCommandId();
    const released = await command(c.releaseFiguresCommand, head(), q1, commandId);
    expect(released).toMatchObject({ ok: true, repeated: false });
    expect(await command(c.releaseFiguresCommand, head(), q1, commandId)).toMatchObject({ ok: true, repeated: true });
    const { rows } = await asked(c.releasedFiguresQuery, as('committee_member'), {});
    expect(rows).toHaveLength(1);
    const shown = Object.fromEntries(
      (rows[0]?.tables ?? []).map(({ table, cells, total }) => [
        table,
        { total, hidden: cells.filter(({ value }) => value === null).map(({ cell }) => cell) },
      ]),
    );
    expect(shown['kinds']).toEqual({ total: 12, hidden: [] });
    // Three pieces of advice: the cell and the total that equals it.
    expect(shown['informal']).toEqual({ total: null, hidden: ['counsellor.advice'] });
    expect(Object.keys(rows[0] ?? {})).not.toContain('facts');
    expect((await asked(c.releasedFiguresQuery, employer(zorgnet), {})).rows).toEqual([]);
  });

  it('of others are not found: no role beyond these sees any', async () => {
    for (const role of ['counsellor', 'administrator', 'auditor', 'worker', 'platform_operator'] as const) {
      expect(await rpc.query(c.releasedFiguresQuery, context(as(role)), {})).toMatchObject({
        ok: false,
        rejection: { kind: 'NotFound' },
      });
      expect(await rpc.query(c.statutoryFiguresQuery, context(as(role)), { year: '2026' })).toMatchObject({
        ok: false,
      });
    }
  });

  it('once released stay: what is recorded later enters the next period', async () => {
    await command(c.releaseFiguresCommand, head(), q1);
    const before = await asked(c.releasedFiguresQuery, employer(), {});
    await bring(gentia, many(100, 108));
    expect(await asked(c.releasedFiguresQuery, employer(), {})).toEqual(before);
    clock.set('2026-07-02T09:00:00.000Z');
    await command(c.releaseFiguresCommand, head(), { from: '2026-04', to: '2026-06' });
    const { rows } = await asked(c.releasedFiguresQuery, employer(), {});
    expect(rows.map((row) => row.tables.find(({ table }) => table === 'kinds')?.total)).toEqual([8, 12]);
  });

  it('are decided one after another when two are asked at once: the second sees the first', async () => {
    await bring(gentia, many(200, 203, { month: '2025-11', code: 'bullying' }));
    clock.set('2026-04-03T09:00:00.000Z');
    const wider = { from: '2025-10', to: '2026-03' };
    const answers = await Promise.all([
      command(c.releaseFiguresCommand, head(), q1),
      command(c.releaseFiguresCommand, head(), wider),
    ]);
    // The wider period less the quarter is three cases of November: one of the two is enough to be told.
    const refusals = answers.filter((answer) => !answer.ok);
    expect(refusals).toEqual([
      {
        ok: false,
        rejection: { kind: 'RuleRefused', code: 'difference_reveals_small_cell', params: { table: 'kinds' } },
      },
    ]);
    expect((await asked(c.releasedFiguresQuery, employer(), {})).rows).toHaveLength(1);
  });

  it('follow what the organisation itself set, each its own, asked anew at each release', async () => {
    settings?.set(gentia, { smallCellThreshold: 20, smallestReleaseMonths: 6 });
    expect(await command(c.releaseFiguresCommand, head(), q1)).toEqual({
      ok: false,
      rejection: { kind: 'RuleRefused', code: 'period_too_short', params: { months: 6 } },
    });
    await command(c.releaseFiguresCommand, head(), { from: '2025-10', to: '2026-03' });
    await command(c.releaseFiguresCommand, head(zorgnet), q1);
    const kindsOf = async (organisation: OrganisationId) => {
      const { rows } = await asked(c.releasedFiguresQuery, employer(organisation), {});
      return rows.map(({ threshold, tables }) => [threshold, tables.find(({ table }) => table === 'kinds')?.total]);
    };
    // Twelve is small here, and shown with five.
    expect(await kindsOf(gentia)).toEqual([[20, null]]);
    expect(await kindsOf(zorgnet)).toEqual([[5, 40]]);
  });

  it('are not released while it is unknown what the organisation set', async () => {
    settings = undefined;
    expect(await command(c.releaseFiguresCommand, head(), q1)).toMatchObject({
      ok: false,
      rejection: { kind: 'Unavailable' },
    });
    expect((await asked(c.releasedFiguresQuery, employer(), {})).rows).toEqual([]);
  });

  it('of a year are frozen as editions with their lineage', async () => {
    expect(await command(c.freezeAnnualReportCommand, head(), { year: '2026' })).toMatchObject({
      ok: false,
      rejection: { kind: 'RuleRefused', code: 'year_not_over' },
    });
    clock.set('2027-01-05T09:00:00.000Z');
    const entered = [{ line: 'collective_measures.general', value: 2 }];
    expect(await command(c.freezeAnnualReportCommand, head(), { year: '2026', entered })).toMatchObject({
      ok: true,
      id: '2026',
    });
    await bring(gentia, [fact(300, { month: '2026-12', what: 'advice', code: 'advice' })]);
    await command(c.freezeAnnualReportCommand, head(), { year: '2026', entered });
    const { editions } = await asked(c.statutoryFiguresQuery, head(), { year: '2026' });
    expect(editions.map(({ edition, lineage }) => [edition, lineage.facts])).toEqual([
      [1, 15],
      [2, 16],
    ]);
    expect(editions[0]?.lines).toContainEqual({ line: 'collective_measures.general', value: 2 });
    expect((await asked(c.statutoryFiguresQuery, head(zorgnet), { year: '2026' })).editions).toEqual([]);
  });

  it('are read under a record', async () => {
    await command(c.releaseFiguresCommand, head(), q1);
    await asked(c.releasedFiguresQuery, employer(), {});
    await asked(c.statutoryFiguresQuery, head(), { year: '2026' });
    const codec = accessCodec('reporting');
    const { events } = await log.readAll({ categories: ['reporting.access'], limit: 100 });
    expect(events.map((event) => codec.decodeStored(event)).map((event) => event?.type)).toEqual([
      'AccessRecorded',
      'AccessRecorded',
    ]);
  });

  it('come out the same from the log alone', async () => {
    await command(c.releaseFiguresCommand, head(), q1);
    const before = await service.viewHashes();
    const again = open('b');
    await again.start();
    const position = await log.head();
    if (position !== undefined) await again.whenSettled(position, 5_000);
    expect(await again.viewHashes()).toEqual(before);
    await again.stop();
  });
});
