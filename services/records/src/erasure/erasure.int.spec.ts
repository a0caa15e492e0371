import { erasureRuleCodes, type ServiceName, type SubjectParts } from '@toeverlaat/contracts';
import {
  clear,
  createCodec,
  createRunner,
  eventType,
  plainText,
  streamName,
  text,
  type Rejection,
} from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { createErasurePart, erasurePartCategory, type ErasureOwner } from '@toeverlaat/service-kit';
import { createTestWorld, type TestWorld } from '@toeverlaat/testing';
import { err, ok, organisationId, uuidV5, type CommandId, type OrganisationId, type Result } from '@toeverlaat/values';
import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { erasureCategory, erasureCodec, erasureDecider, erasureIdOf } from '../domain/erasure/index.js';
import { certificateBytes, unreadableInBackupsFrom } from './certificate.js';
import type { Keeping } from './ports.js';
import { createErasureProcess } from './process.js';
import { signedCertificateOf } from './queries.js';
import { certificateDocument } from './words.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const NOW = '2036-03-14T10:00:00.000Z';
const RECORD = '11111111-2222-4333-8444-555555555555';
const SUBJECT = `case/${RECORD}`;
const services: readonly ServiceName[] = ['directory', 'intake', 'case', 'referral', 'reporting', 'records'];
const backups = { rotationDays: 7, keyringBackupDays: 14 };

const Noted = eventType('case', 'SampleNoted', 1, { at: clear(z.string()), words: text(100) });
const codec = createCodec({ events: [Noted], recordSubject: (id) => `case/${id}` });

class Killed extends Error {}

let world: TestWorld;
/** What the keeping of records answers; a test changes it. */
let held: 'record_on_hold' | undefined;
let begun: string[];
let ended: string[];
/** Answers of the service that keeps the record. */
let keeper: Result<void, Rejection>;
let removed: string[];

const keeping: Keeping = {
  mayBegin: () => Promise.resolve(ok({ rule: 'informal_file', ruleVersion: 1, keptUntil: '2036-03-13' })),
  begin: (organisation, subject) => {
    if (held !== undefined) return Promise.resolve(err({ held }));
    begun.push(`${organisation} ${subject}`);
    return Promise.resolve(ok(undefined));
  },
  end: (organisation, subject) => {
    ended.push(`${organisation} ${subject}`);
    return Promise.resolve(ok(undefined));
  },
};

const erasuresOf = () =>
  createRunner({
    log: world.log,
    clock: world.clock,
    category: erasureCategory,
    codec: erasureCodec,
    decider: erasureDecider,
    sealer: world.sealing,
    fingerprintKey: () => Promise.resolve(new Uint8Array(32)),
  });

const processWith = (at: (step: string) => void = () => undefined, keysHeldMs = 0) =>
  createErasureProcess({
    erasures: erasuresOf(),
    log: world.log,
    rpc: world.rpc,
    clock: world.clock,
    sealing: world.sealing,
    keeping,
    backups,
    keysHeldMs,
    at,
  });

const contextFor = (organisation: OrganisationId, step: string) => {
  const commandId = uuidV5('test', organisation, step) as CommandId;
  return {
    organisation,
    commandId,
    actor: { pseudonym: 'rik2036', capacity: 'records_manager' },
    purpose: 'manage_records',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '1',
    lawVersion: '2026-1',
  };
};

/** A sealed record, and an erasure of it that two people asked for and approved. */
const approved = async (organisation: OrganisationId): Promise<string> => {
  const stream = streamName('case.sample', organisation, RECORD);
  const commandId = uuidV5('record', organisation) as CommandId;
  const encoded = await codec.encode(world.sealing, { organisation, stream, streamId: RECORD, commandId }, [
    { type: 'SampleNoted', data: { at: NOW, words: plainText('what was said') } },
  ]);
  if (!encoded.ok) throw new Error(encoded.error.kind);
  await world.log.append({
    organisation,
    stream,
    expected: 'none',
    events: encoded.value.map((event) => ({ ...event, metadata: Buffer.from('{}') })),
  });
  const erasureId = erasureIdOf(organisation, SUBJECT);
  const erasures = erasuresOf();
  const request = { subject: SUBJECT, service: 'case', ground: 'retention_rule', requestedBy: 'rik2036' } as const;
  await erasures.execute(erasureId, { type: 'RequestErasure', data: request }, contextFor(organisation, 'request'));
  await erasures.execute(
    erasureId,
    { type: 'ApproveErasure', data: { approvedBy: 'dora2036', ownPseudonyms: ['dora2036'] } },
    contextFor(organisation, 'approve'),
  );
  return erasureId;
};

const wordsOf = async (organisation: OrganisationId): Promise<string> => {
  const [recorded] = await world.log.readStream(streamName('case.sample', organisation, RECORD));
  const stored = recorded === undefined ? undefined : codec.decodeStored(recorded);
  if (stored === undefined || !('ct' in stored.data.words)) throw new Error('no record');
  const [opened] = await world.sealing.open(organisation, [stored.data.words]);
  return opened?.kind ?? 'nothing';
};

const typesOf = async (stream: string): Promise<readonly string[]> =>
  (await world.log.readStream(stream)).map(({ type }) => type);

const serveAll = (): void => {
  for (const service of services) {
    const runtime = world.runtimeOf(service);
    const views = { whenProcessed: () => Promise.resolve('processed' as const) };
    const owner =
      service === 'case'
        ? {
            check: () => Promise.resolve(keeper),
            collect: (organisation: OrganisationId, { recordId }: SubjectParts) =>
              Promise.resolve(() => {
                removed.push(`${organisation} ${recordId}`);
                return Promise.resolve();
              }),
          }
        : undefined;
    world.serve(createErasurePart(runtime, views, owner).served);
  }
};

beforeEach(() => {
  world = createTestWorld(NOW);
  held = undefined;
  begun = [];
  ended = [];
  removed = [];
  keeper = ok(undefined);
  serveAll();
});
afterEach(() => {
  world.dispose();
});

describe('an approved erasure', () => {
  it('destroys the key, is acknowledged by every service, and leaves a certificate that checks', async () => {
    const erasureId = await approved(gentia);
    await approved(zorgnet);
    expect(await wordsOf(gentia)).toBe('opened');
    expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
    expect(await wordsOf(gentia)).toBe('erased');
    // The same ids in another organisation are another record.
    expect(await wordsOf(zorgnet)).toBe('opened');
    expect({ begun, ended, removed }).toEqual({
      begun: [`gentia ${SUBJECT}`],
      ended: [`gentia ${SUBJECT}`],
      removed: [`gentia ${RECORD}`],
    });
    expect(await typesOf(streamName(erasurePartCategory('case'), gentia, erasureId))).toEqual([
      'case.ErasureBegun.v1',
      'case.KeyDestroyed.v1',
      'case.DerivedDataDropped.v1',
    ]);
    const signed = await signedCertificateOf(world.log, gentia, erasureId);
    if (signed === undefined) throw new Error('no certificate');
    const { certificate, signature } = signed;
    const key = createPublicKey({
      key: Buffer.from(certificate.signedWith.publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    expect(verify(null, certificateBytes(certificate), key, Buffer.from(signature, 'base64'))).toBe(true);
    expect(
      verify(null, certificateBytes({ ...certificate, subject: 'case/other' }), key, Buffer.from(signature, 'base64')),
    ).toBe(false);
    expect(certificate).toMatchObject({
      organisation: 'gentia',
      subject: SUBJECT,
      requestedBy: 'rik2036',
      approvedBy: 'dora2036',
      unreadableHereSince: NOW,
      unreadableInBackupsFrom: '2036-04-12',
    });
    expect(certificate.keyIds).toHaveLength(1);
    expect(new Set(certificate.events.map(({ service }) => service))).toEqual(new Set(services));
  });

  it('says unreadable here when no other process can hold the key any more', async () => {
    const erasureId = await approved(gentia);
    expect(await processWith(undefined, 60_000).advance(gentia, erasureId)).toEqual({ kind: 'completed' });
    const signed = await signedCertificateOf(world.log, gentia, erasureId);
    expect(signed?.certificate).toMatchObject({
      issuedAt: NOW,
      unreadableHereSince: '2036-03-14T10:01:00.000Z',
      unreadableInBackupsFrom: '2036-04-12',
    });
  });

  it('waits for a hold, destroys nothing, and goes on once it is lifted', async () => {
    const erasureId = await approved(gentia);
    held = 'record_on_hold';
    for (let look = 0; look < 2; look += 1)
      expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'waiting', because: 'record_on_hold' });
    expect(await wordsOf(gentia)).toBe('opened');
    held = undefined;
    expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
  });

  it('waits while the service refuses to destroy what is worked on', async () => {
    const erasureId = await approved(gentia);
    keeper = err({ kind: 'RuleRefused', code: erasureRuleCodes[0] });
    expect(await processWith().advance(gentia, erasureId)).toEqual({
      kind: 'waiting',
      because: 'erasure_of_open_record',
    });
    expect(await wordsOf(gentia)).toBe('opened');
    keeper = ok(undefined);
    expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
  });

  it('is not begun without approval, and nothing is there to begin with an unknown one', async () => {
    const erasureId = erasureIdOf(gentia, SUBJECT);
    expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'waiting', because: 'unavailable' });
  });

  it('resumes after it was killed before any step, and is one erasure with one certificate', async () => {
    // Counts the steps first, then kills before each of them in turn, in a world of its own.
    const steps: string[] = [];
    await processWith((step) => steps.push(step)).advance(gentia, await approved(gentia));
    expect(steps.length).toBeGreaterThan(10);
    for (const at of steps.keys()) {
      world.dispose();
      world = createTestWorld(NOW);
      serveAll();
      const erasureId = await approved(gentia);
      let taken = -1;
      const dying = processWith(() => {
        taken += 1;
        if (taken === at) throw new Killed();
      });
      await expect(dying.advance(gentia, erasureId)).rejects.toThrow(Killed);
      expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
      expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
      expect(await wordsOf(gentia)).toBe('erased');
      const types = await typesOf(streamName(erasureCategory, gentia, erasureId));
      expect(new Set(types).size + services.length - 2).toBe(types.length);
      expect(types.at(-1)).toBe('records.ErasureCompleted.v1');
    }
  });

  it('resumes after the service that keeps the record was killed anywhere', async () => {
    const erasureId = await approved(gentia);
    // Before the key is destroyed, after it and before that is recorded, and before the rest is removed.
    const kills = ['before', 'after', 'collected'];
    world.exchange.unregister('case.eraseSubject');
    world.exchange.unregister('case.dropDerived');
    world.exchange.unregister('case.checkErasure');
    const runtime = world.runtimeOf('case');
    const sealing: Pick<SealingService, 'destroy'> = {
      destroy: async (organisation, subject, request) => {
        if (kills[0] === 'before') throw new Killed(kills.shift());
        const destroyed = await runtime.sealing.destroy(organisation, subject, request);
        if (kills[0] === 'after') throw new Killed(kills.shift());
        return destroyed;
      },
    };
    const owner: ErasureOwner = {
      check: () => Promise.resolve(keeper),
      collect: () =>
        Promise.resolve(() =>
          kills[0] === 'collected' ? Promise.reject(new Killed(kills.shift())) : Promise.resolve(),
        ),
    };
    const views = { whenProcessed: () => Promise.resolve('processed' as const) };
    world.serve(createErasurePart({ ...runtime, sealing }, views, owner).served);
    for (let died = 0; died < 3; died += 1)
      expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'waiting', because: 'Unavailable' });
    expect(kills).toEqual([]);
    expect(await processWith().advance(gentia, erasureId)).toEqual({ kind: 'completed' });
    expect(await typesOf(streamName(erasurePartCategory('case'), gentia, erasureId))).toEqual([
      'case.ErasureBegun.v1',
      'case.KeyDestroyed.v1',
      'case.DerivedDataDropped.v1',
    ]);
    const signed = await signedCertificateOf(world.log, gentia, erasureId);
    expect(signed?.certificate.keyIds).toHaveLength(1);
  });

  it('carried out by two processes at once is carried out once', async () => {
    const erasureId = await approved(gentia);
    const [one, two] = await Promise.all([
      processWith().advance(gentia, erasureId),
      processWith().advance(gentia, erasureId),
    ]);
    // The slower one may be told that a step is taken already; nothing is done twice.
    expect([one.kind, two.kind]).toContain('completed');
    const types = await typesOf(streamName(erasureCategory, gentia, erasureId));
    expect(types.filter((type) => type === 'records.ErasureCompleted.v1')).toHaveLength(1);
    expect(types.filter((type) => type === 'records.KeyDestructionNoted.v1')).toHaveLength(1);
  });
});

describe('a certificate', () => {
  it('names the day after which no backup opens it: two rotations and the last keyring backup', () => {
    expect(unreadableInBackupsFrom('2036-03-14T23:30:00.000Z', { rotationDays: 1, keyringBackupDays: 0 })).toBe(
      '2036-03-18',
    );
  });

  it('says the same in every language, and no sentence is left out', async () => {
    const erasureId = await approved(gentia);
    await processWith().advance(gentia, erasureId);
    const signed = await signedCertificateOf(world.log, gentia, erasureId);
    if (signed === undefined) throw new Error('no certificate');
    const documents = (['nl', 'fr', 'de', 'en'] as const).map((language) => certificateDocument(signed, language));
    expect(new Set(documents.map(({ blocks }) => blocks.length)).size).toBe(1);
    expect(new Set(documents.map(({ title }) => title)).size).toBe(4);
    const lists = documents.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'list'));
    expect(lists).toHaveLength(4 * 3);
    expect(lists.every(({ items }) => items.length > 0)).toBe(true);
  });
});
