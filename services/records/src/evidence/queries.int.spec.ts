import { accessCategory } from '@toeverlaat/access';
import {
  evidenceCheckpointQuery,
  evidenceExportQuery,
  evidenceKeysQuery,
  evidenceOfRecordQuery,
  evidenceProofQuery,
  evidenceStatusQuery,
  PUBLISHED_KEYS_FORMAT,
  receiptInclusionQuery,
} from '@toeverlaat/contracts';
import { createMemoryEventLog, plainText } from '@toeverlaat/event-log';
import { nodeHasher, noteVerifier, verifyTlogProof } from '@toeverlaat/merkle';
import { serviceCaller } from '@toeverlaat/service-kit';
import { contextFor, createTestWorld, enrol, type TestWorld } from '@toeverlaat/testing';
import { ok, uuidV5, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { publishedKeysOf, verifyFolder } from '@toeverlaat/verify';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MandatesSource } from '../access/guard.js';
import { GENTIA, START, writeBoth, ZORGNET, eventsOf } from './evidence.fixture.js';
import { exportToFolder } from './export-folder.js';
import { createExporter } from './export.js';
import { createEvidence, type Evidence } from './evidence.js';
import { servedEvidence } from './queries.js';

let world: TestWorld;
let folder: string;
let evidence: Evidence;
const auditor = (organisation: OrganisationId) =>
  enrol(world, { organisation, role: 'auditor', person: 'p9', pseudonym: 'auditor2026' });
/** Undefined: nobody has a mandate. */
let scope: 'organisation' | 'records' | undefined = 'organisation';
const mandates: MandatesSource = (organisation) =>
  Promise.resolve(
    ok({
      mandates:
        scope === undefined
          ? []
          : [
              {
                mandateId: uuidV5('mandate', organisation),
                sealedFor: 'mandate',
                auditor: { organisation, person: 'p9' as PersonId },
                scope,
                ...(scope === 'records' ? { records: ['r-1'] } : {}),
                from: '2020-01-01',
                to: '2099-01-01',
                endedOn: undefined,
                givenBy: 'dpo2026',
                givenAs: 'data_protection_officer',
                motive: plainText('yearly audit'),
              },
            ],
    }),
  );
let asked = 0;
const by = (organisation: OrganisationId) => {
  asked += 1;
  return contextFor(auditor(organisation), 'audit', asked);
};

beforeEach(async () => {
  scope = 'organisation';
  folder = mkdtempSync(join(tmpdir(), 'evidence-queries-'));
  world = createTestWorld(START);
  const runtime = world.runtimeOf('records');
  evidence = createEvidence({ ...runtime, folder: join(folder, 'evidence'), pauseMs: 0 });
  evidence.start();
  world.serve(servedEvidence(runtime, evidence, { whenProcessed: () => Promise.resolve('processed') }, mandates));
  await writeBoth(world.log, 60);
  await evidence.look();
});
afterEach(async () => {
  await evidence.stop();
  world.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const value = <T>(
  reply: { readonly ok: boolean } & ({ readonly ok: true; readonly value: T } | { readonly ok: false }),
): T => {
  if (!reply.ok) throw new TypeError(`refused: ${JSON.stringify(reply)}`);
  return reply.value;
};
const readings = async (organisation: OrganisationId): Promise<readonly Record<string, unknown>[]> =>
  (await eventsOf(world.log, organisation))
    .filter(({ stream }) => stream.startsWith(accessCategory('records')))
    .map(({ data, type }) => ({ type, ...(JSON.parse(Buffer.from(data).toString('utf8')) as object) }));

describe('the auditor of one of two organisations with the same ids', () => {
  it('gets the newest checkpoint and how far the evidence is, and is recorded', async () => {
    const checkpoint = value(await world.rpc.query(evidenceCheckpointQuery, by(GENTIA), {}));
    expect(checkpoint.origin).toMatch(/\/gentia$/);
    expect(checkpoint.size).toBeGreaterThan(60);
    expect(checkpoint.seal?.sequence).toBe(0);
    const status = value(await world.rpc.query(evidenceStatusQuery, by(GENTIA), {}));
    expect(status).toMatchObject({ published: checkpoint.size, lagSeconds: 0, stoppedBy: null, seals: 1, anchors: [] });
    expect(await readings(GENTIA)).toMatchObject([
      { type: 'records.AccessRecorded.v1', query: 'evidenceCheckpoint', records: ['evidence'], recordClass: 'proof' },
      { type: 'records.AccessRecorded.v1', query: 'evidenceStatus' },
    ]);
    expect(await readings(ZORGNET)).toEqual([]);
  });

  it('gets the proof of an event of their own, and of no other', async () => {
    const [own] = await eventsOf(world.log, GENTIA);
    const [other] = await eventsOf(world.log, ZORGNET);
    const proved = value(await world.rpc.query(evidenceProofQuery, by(GENTIA), { eventId: own?.eventId ?? '' }));
    const verifiers = proved.signers.flatMap((key) => {
      const verifier = noteVerifier(key);
      return verifier.ok ? [verifier.value] : [];
    });
    const claim = { leaf: Buffer.from(proved.leaf, 'hex'), origin: proved.origin, verifiers };
    expect(await verifyTlogProof(nodeHasher, proved.proof ?? '', claim)).toMatchObject({
      ok: true,
      value: { index: 0 },
    });
    const refused = await world.rpc.query(evidenceProofQuery, by(GENTIA), { eventId: other?.eventId ?? '' });
    expect(refused).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect((await readings(GENTIA)).at(-1)).toMatchObject({ type: 'records.AccessDenied.v1', record: other?.eventId });
  });

  it('gets the places of a record, page by page', async () => {
    const indexes: number[] = [];
    let after: string | undefined;
    do {
      const page = { first: 4, ...(after === undefined ? {} : { after }) };
      const found = value(await world.rpc.query(evidenceOfRecordQuery, by(ZORGNET), { record: 'record-3', page }));
      indexes.push(...found.rows.map(({ index }) => index));
      for (const row of found.rows) expect(row.published).toBe(true);
      after = found.next ?? undefined;
    } while (after !== undefined);
    const expected = (await eventsOf(world.log, ZORGNET)).flatMap(({ stream }, index) =>
      stream.endsWith('_record-3') ? [index] : [],
    );
    expect(indexes).toEqual(expected);
    const wrong = await world.rpc.query(evidenceOfRecordQuery, by(ZORGNET), {
      record: 'record-3',
      page: { first: 4, after: 'made up' },
    });
    expect(wrong).toMatchObject({ rejection: { kind: 'InvalidInput', field: 'page.after' } });
  });

  it('gets the whole export, which the verifier accepts, their own reading included', async () => {
    const target = join(folder, 'export');
    let after: string | undefined;
    do {
      const input = after === undefined ? {} : { after };
      const page = value(await world.rpc.query(evidenceExportQuery, by(GENTIA), input));
      for (const { path, begins, content } of page.rows) {
        mkdirSync(dirname(join(target, path)), { recursive: true });
        (begins ? writeFileSync : appendFileSync)(join(target, path), Buffer.from(content, 'base64'));
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(await verifyFolder(target)).toMatchObject({ ok: true, facts: { organisation: 'gentia', accesses: 1 } });
    const made = await world.rpc.query(evidenceExportQuery, by(GENTIA), { after: '3-0-records-0' });
    expect(made).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
  });

  it('is nobody else: who has no such rule is refused, and recorded', async () => {
    const counsellor = enrol(world, { organisation: GENTIA, role: 'counsellor', person: 'p1', pseudonym: 'lies2026' });
    const refused = await world.rpc.query(evidenceExportQuery, contextFor(counsellor, 'handle_case'), {});
    expect(refused).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await readings(GENTIA)).toMatchObject([{ type: 'records.AccessDenied.v1', recordClass: 'proof' }]);
    const ended = auditor(GENTIA);
    world.capacities.splice(0);
    expect(await world.rpc.query(evidenceCheckpointQuery, contextFor(ended, 'audit'), {})).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
  });

  it('gets no export without a mandate of the whole organisation: it holds everybody’s reading', async () => {
    for (const [given, code] of [
      [undefined, 'audit_mandate_needed'],
      ['records', 'outside_audit_mandate'],
    ] as const) {
      scope = given;
      expect(await world.rpc.query(evidenceExportQuery, by(GENTIA), {})).toEqual({
        ok: false,
        rejection: { kind: 'RuleRefused', code },
      });
    }
    expect((await world.rpc.query(evidenceStatusQuery, by(GENTIA), {})).ok).toBe(true);
  });

  it('hears that nothing can be signed while something stands against it', async () => {
    await evidence.stop();
    const runtime = { ...world.runtimeOf('records'), log: createMemoryEventLog() };
    evidence = createEvidence({ ...runtime, folder: join(folder, 'evidence'), pauseMs: 0 });
    evidence.start();
    await writeBoth(runtime.log, 1);
    const awaitable = { whenProcessed: () => Promise.resolve('processed' as const) };
    const served = servedEvidence(world.runtimeOf('records'), evidence, awaitable, mandates);
    const exported = served.find(({ pattern }) => pattern === evidenceExportQuery.pattern);
    expect(await exported?.handle({ context: by(GENTIA), input: {} })).toEqual({
      ok: false,
      rejection: { kind: 'Unavailable', detail: 'evidence: sequence_differs' },
    });
  });
});

describe('the keys of an organisation', () => {
  it('are told to anybody, and an export holds under them and under no other organisation’s', async () => {
    const anybody = (organisation: OrganisationId) =>
      contextFor({ ...auditor(organisation), role: 'anonymous_worker', capacityId: 'public' }, 'follow_own_request');
    const keysOf = async (organisation: OrganisationId) =>
      publishedKeysOf(
        JSON.stringify({
          format: PUBLISHED_KEYS_FORMAT,
          organisation,
          ...value(await world.rpc.query(evidenceKeysQuery, anybody(organisation), {})),
        }),
      );
    const [gentia, zorgnet] = [await keysOf(GENTIA), await keysOf(ZORGNET)];
    if (gentia === undefined || zorgnet === undefined) throw new TypeError('no document');
    expect(gentia.keys.length).toBe(1);
    expect(gentia.installationKeys).toEqual(zorgnet.installationKeys);
    expect(gentia.certificateKeys).not.toEqual(zorgnet.certificateKeys);
    const out = join(folder, 'out');
    const exporter = createExporter(evidence);
    await exportToFolder(out, GENTIA, (cursor) => exporter.page(GENTIA, cursor, 1_000_000));
    const { keys, installationKeys } = gentia;
    expect(await verifyFolder(out, { keys, installationKeys })).toMatchObject({ ok: true, facts: { keyKnown: true } });
    expect(await verifyFolder(out, { keys: zorgnet.keys, installationKeys })).toMatchObject({
      ok: false,
      finding: { code: 'wrong_key' },
    });
    // Asking is no reading of a record, and makes nothing of an organisation that is not there.
    expect(await readings(GENTIA)).toEqual([]);
    const nobody = 'nobody' as OrganisationId;
    expect(await world.rpc.query(evidenceKeysQuery, anybody(nobody), {})).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect(await eventsOf(world.log, nobody)).toEqual([]);
  });

  it('name since when each is used', async () => {
    const { keys } = value(await world.rpc.query(evidenceKeysQuery, by(GENTIA), {}));
    expect(keys.map(({ use, from, until }) => [use, from, until])).toEqual([
      ['checkpoint', START, null],
      ['installation', START, null],
      ['certificate', null, null],
    ]);
    const ofNotes = keys.filter(({ origin }) => origin !== null);
    expect(ofNotes.map(({ key }) => key.split('+')[1])).toEqual(ofNotes.map(({ id }) => id));
  });
});

describe('the proof behind a receipt', () => {
  it('is given to intake alone, once a checkpoint covers the event', async () => {
    const [own] = await eventsOf(world.log, GENTIA);
    const ask = (service: 'intake' | 'case', organisation: OrganisationId, eventId: string) =>
      world.rpc.query(receiptInclusionQuery, contextFor(serviceCaller(service, organisation), 'operate'), { eventId });
    const eventId = own?.eventId ?? '';
    expect(value(await ask('intake', GENTIA, eventId))).toMatchObject({
      index: 0,
      origin: expect.stringMatching(/gentia$/),
    });
    expect(value(await ask('intake', ZORGNET, eventId))).toBeNull();
    expect(await ask('case', GENTIA, eventId)).toMatchObject({ rejection: { kind: 'NotFound' } });
    await writeBoth(world.log, 1, 500);
    const [newest] = (await eventsOf(world.log, GENTIA)).slice(-1);
    await evidence.look();
    expect(value(await ask('intake', GENTIA, newest?.eventId ?? ''))).toBeNull();
    world.clock.set('2026-11-25T09:00:00.000Z');
    await evidence.look();
    expect(value(await ask('intake', GENTIA, newest?.eventId ?? ''))?.proof).toContain('c2sp.org/tlog-proof');
  });
});
