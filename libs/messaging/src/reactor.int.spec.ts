import {
  clear,
  code,
  createCodec,
  createMemoryEventLog,
  encodeMetadata,
  eventType,
  streamName,
  type EventLog,
  type Position,
} from '@toeverlaat/event-log';
import { canonicalBytes, eventIdOf, newCommandId, organisationId, type OrganisationId } from '@toeverlaat/values';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createMemoryReactorStore,
  createReactor,
  deferralBackOff,
  Deferred,
  definePublicEvents,
  openSqliteReactorStore,
  PoisonEvent,
  type PublicEvent,
  type Reactor,
  type ReactorStore,
} from './index.js';

const Opened = eventType('sample', 'Opened', 1, { due: clear(z.string()), site: code(z.string()) });
const Noted = eventType('sample', 'Noted', 1, { note: clear(z.string()) });
const codec = createCodec({ events: [Opened, Noted], recordSubject: (id) => `case/${id}` });
const source = definePublicEvents('sample', 'sample.thing', codec, { Opened: ({ due }) => ({ due }) });

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

const append = async (
  log: EventLog,
  organisation: OrganisationId,
  id: string,
  type: 'Opened' | 'Noted',
  revision: number,
) => {
  const commandId = newCommandId();
  const stream = streamName('sample.thing', organisation, id);
  const ctx = {
    organisation,
    stream,
    eventId: eventIdOf(stream, commandId, 0),
    type: 'sample.Opened.v1',
    path: 'site',
  };
  const sealedSite = { v: 1, alg: 'A256GCM', keys: ['k'], ctx, iv: 'aaaa', ct: 'aaaa' };
  const appended = await log.append({
    organisation,
    stream,
    expected: revision < 0 ? 'none' : revision,
    events: [
      {
        eventId: eventIdOf(stream, commandId, 0),
        type: `sample.${type}.v1`,
        metadata: encodeMetadata({
          v: 1,
          eventId: eventIdOf(stream, commandId, 0),
          type: `sample.${type}.v1`,
          organisation,
          recordedAt: '2026-03-02T09:00:00.000Z',
          actor: { pseudonym: 'p', capacity: 'counsellor' },
          purpose: 'test',
          commandId,
          fingerprint: '',
          correlationId: commandId,
          causationId: commandId,
          policyVersion: '1',
          lawVersion: '1',
        }),
        data: canonicalBytes(type === 'Opened' ? { due: '2026-03-12', site: sealedSite } : { note: 'inside' }),
      },
    ],
  });
  if (!appended.ok) throw new Error(appended.error.kind);
  return appended.value.position;
};

const stores: readonly (readonly [string, () => ReactorStore])[] = [
  ['memory', createMemoryReactorStore],
  ['SQLite', () => openSqliteReactorStore(join(mkdtempSync(join(tmpdir(), 'reactor-')), 'reactors.sqlite'))],
];

describe.each(stores)('a reactor over the %s store', (_, makeStore) => {
  const started: Reactor[] = [];
  const start = (log: EventLog, store: ReactorStore, reaction: (event: PublicEvent) => Promise<void>): Reactor => {
    const reactor = createReactor({
      name: 'test',
      log,
      sources: [source],
      reactions: { 'sample.Opened': reaction },
      store,
      attempts: 3,
      backOffMs: () => 0,
      deferralBackOffMs: (deferral) => (deferral > 8 ? undefined : 0),
    });
    started.push(reactor);
    reactor.start();
    return reactor;
  };
  const settled = async (reactor: Reactor, position: Position) => {
    expect(await reactor.whenHandled(position, 120_000)).toBe(true);
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((reactor) => reactor.stop()));
  });

  it('delivers published events of both organisations in order, thin, and nothing of what stays inside', async () => {
    const log = createMemoryEventLog();
    const seen: PublicEvent[] = [];
    await append(log, gentia, 'one', 'Opened', -1);
    await append(log, gentia, 'one', 'Noted', 0);
    const reactor = start(log, makeStore(), (event) => {
      seen.push(event);
      return Promise.resolve();
    });
    await settled(reactor, await append(log, zorgnet, 'one', 'Opened', -1));
    expect(seen.map(({ organisation, streamId, type, data }) => ({ organisation, streamId, type, data }))).toEqual([
      { organisation: gentia, streamId: 'one', type: 'sample.Opened', data: { due: '2026-03-12' } },
      { organisation: zorgnet, streamId: 'one', type: 'sample.Opened', data: { due: '2026-03-12' } },
    ]);
    expect(JSON.stringify(seen)).not.toContain('A256GCM');
  });

  it('goes on after its checkpoint when it is started again', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const seen: string[] = [];
    const note = (event: PublicEvent) => {
      seen.push(event.streamId);
      return Promise.resolve();
    };
    const first = start(log, store, note);
    await settled(first, await append(log, gentia, 'one', 'Opened', -1));
    await first.stop();
    const second = start(log, store, note);
    await settled(second, await append(log, gentia, 'two', 'Opened', -1));
    expect(seen).toEqual(['one', 'two']);
  });

  it('tries again, then parks with the reason and goes on; a replay takes it out', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    let broken = true;
    const tried: string[] = [];
    const reactor = start(log, store, (event) => {
      tried.push(event.streamId);
      return broken && event.streamId === 'bad' ? Promise.reject(new TypeError('no')) : Promise.resolve();
    });
    const bad = await append(log, gentia, 'bad', 'Opened', -1);
    await settled(reactor, await append(log, gentia, 'good', 'Opened', -1));
    expect(tried).toEqual(['bad', 'bad', 'bad', 'good']);
    expect(await store.parked('test')).toMatchObject([{ position: bad, reason: 'TypeError', attempts: 3 }]);
    expect(await reactor.replay(bad)).toBe(false);
    broken = false;
    expect(await reactor.replay(bad)).toBe(true);
    expect(await store.parked('test')).toEqual([]);
  });

  it('fails openly on a damaged event instead of skipping it', async () => {
    const log = createMemoryEventLog();
    const failed = Promise.withResolvers<unknown>();
    const reactor = createReactor({
      name: 'test',
      log,
      sources: [
        {
          category: 'sample.thing',
          types: new Map(),
          publish: () => {
            throw new TypeError('damaged');
          },
        },
      ],
      reactions: {},
      store: makeStore(),
      onFailed: failed.resolve,
    });
    reactor.start();
    await append(log, gentia, 'one', 'Opened', -1);
    expect(await failed.promise).toBeInstanceOf(TypeError);
    expect(await reactor.status()).toMatchObject({ state: 'failed', position: undefined });
    await reactor.stop();
  });

  it('goes on by itself when its store did not answer for a while, at every place where it asks it', async () => {
    const log = createMemoryEventLog();
    const real = makeStore();
    let away = 3;
    const down = async <T>(work: () => Promise<T>): Promise<T> => {
      if (away > 0) {
        away -= 1;
        throw new Error('the database is starting up');
      }
      return work();
    };
    const store: ReactorStore = {
      ...real,
      checkpoint: (name) => down(() => real.checkpoint(name)),
      advance: (...all) => down(() => real.advance(...all)),
    };
    const seen: string[] = [];
    const waits: number[] = [];
    const reactor = createReactor({
      name: 'test',
      log,
      sources: [source],
      reactions: {
        'sample.Opened': (event) => {
          seen.push(`${event.organisation} ${event.streamId}`);
          // Done, and the database is away before that is written down.
          if (seen.length === 2) away = 2;
          return Promise.resolve();
        },
      },
      store,
      waitMs: () => 1,
      onWaiting: (_error, attempt) => waits.push(attempt),
    });
    started.push(reactor);
    await append(log, gentia, 'one', 'Opened', -1);
    const last = await append(log, zorgnet, 'one', 'Opened', -1);
    reactor.start();
    await settled(reactor, last);
    // At least once: what was done and not written down comes again, and decides to nothing.
    expect(seen).toEqual(['gentia one', 'zorgnet one', 'zorgnet one']);
    expect(waits).toEqual([1, 2, 3, 1, 2]);
    expect(await real.parked('test')).toEqual([]);
    expect(await real.checkpoint('test')).toBe(last);
  });

  it('ends while its store is away, without waiting for it', async () => {
    const log = createMemoryEventLog();
    const real = makeStore();
    const asked = Promise.withResolvers<undefined>();
    const reactor = createReactor({
      name: 'test',
      log,
      sources: [source],
      reactions: {},
      store: { ...real, checkpoint: () => Promise.reject(new Error('connection refused')) },
      waitMs: () => 600_000,
      onWaiting: () => asked.resolve(undefined),
    });
    reactor.start();
    await asked.promise;
    expect(await reactor.status()).toMatchObject({ state: 'interrupted' });
    await reactor.stop();
    expect(await reactor.status()).toMatchObject({ state: 'stopped' });
  });

  it('waits longer for what is unavailable than for what fails, and loses no place in the order', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const tried: string[] = [];
    const reactor = start(log, store, (event) => {
      tried.push(event.streamId);
      return tried.length <= 8 ? Promise.reject(new Deferred('directory')) : Promise.resolve();
    });
    await append(log, gentia, 'one', 'Opened', -1);
    await settled(reactor, await append(log, zorgnet, 'one', 'Opened', -1));
    expect(tried).toHaveLength(10);
    expect(await store.parked('test')).toEqual([]);
  });

  it('parks what stays unavailable beyond the bound, and counts failures of another kind apart', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    let calls = 0;
    const reactor = start(log, store, (event) => {
      calls += 1;
      return Promise.reject(event.streamId === 'mixed' && calls > 5 ? new TypeError('no') : new Deferred('directory'));
    });
    await settled(reactor, await append(log, gentia, 'mixed', 'Opened', -1));
    expect(await store.parked('test')).toMatchObject([{ reason: 'TypeError', attempts: 8 }]);
    await settled(reactor, await append(log, zorgnet, 'away', 'Opened', -1));
    expect((await store.parked('test'))[1]).toMatchObject({ reason: 'Deferred', attempts: 9 });
  });

  it('stops while it waits, and comes to the event again at the next start', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    await append(log, gentia, 'one', 'Opened', -1);
    const waiting = Promise.withResolvers<undefined>();
    const reactor = createReactor({
      name: 'test',
      log,
      sources: [source],
      reactions: { 'sample.Opened': () => Promise.reject(new Deferred('directory')) },
      store,
      deferralBackOffMs: () => {
        waiting.resolve(undefined);
        return 600_000;
      },
    });
    reactor.start();
    await waiting.promise;
    await reactor.stop();
    expect(await store.parked('test')).toEqual([]);
    const seen: string[] = [];
    const again = start(log, store, (event) => {
      seen.push(event.streamId);
      return Promise.resolve();
    });
    await settled(again, await append(log, zorgnet, 'two', 'Opened', -1));
    expect(seen).toEqual(['one', 'two']);
  });

  it('parks poison at once', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const reactor = start(log, store, () => Promise.reject(new PoisonEvent('never')));
    await settled(reactor, await append(log, gentia, 'one', 'Opened', -1));
    expect(await store.parked('test')).toMatchObject([{ reason: 'PoisonEvent', attempts: 1 }]);
  });
});

it('bounds the wait for what is unavailable to fifteen minutes of pauses, at most half a minute each', () => {
  const pauses: number[] = [];
  for (let next = deferralBackOff(1); next !== undefined; next = deferralBackOff(pauses.length + 1)) pauses.push(next);
  const total = pauses.reduce((sum, ms) => sum + ms, 0);
  expect(total).toBeGreaterThan(14 * 60_000);
  expect(total).toBeLessThanOrEqual(15 * 60_000);
  expect(Math.max(...pauses)).toBe(30_000);
});
