import { createMemoryEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import { organisationId, settableClock } from '@toeverlaat/values';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { KafkaRefused, KafkaUnavailable, type KafkaProducer, type OutgoingRecord } from './port.js';
import { receivedOf } from './record.js';
import { createMemoryRelayStore, openSqliteRelayStore, type RelayStore } from './relay-store.js';
import { createRelay, PositionWentBack, type Relay, type RelayNotice, type RelayOptions } from './relay.js';
import { appendSample, createSignal, sampleSource } from './sample.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const clock = settableClock('2026-03-02T09:00:10.000Z');

type Fake = KafkaProducer & { readonly sent: OutgoingRecord[]; answer: () => Promise<void> };
const fakeProducer = (): Fake => {
  const sent: OutgoingRecord[] = [];
  const fake: Fake = {
    sent,
    answer: () => Promise.resolve(),
    send: async (records) => {
      await fake.answer();
      sent.push(...records);
    },
    close: () => Promise.resolve(),
  };
  return fake;
};

const stores: readonly (readonly [string, () => RelayStore])[] = [
  ['memory', () => createMemoryRelayStore(clock)],
  ['SQLite', () => openSqliteRelayStore(join(mkdtempSync(join(tmpdir(), 'relay-')), 'relay.sqlite'), clock)],
];

describe.each(stores)('relay, checkpoint in %s', (_, makeStore) => {
  const running: Relay[] = [];
  const start = (log: EventLog, store: RelayStore, producer: KafkaProducer, more: Partial<RelayOptions> = {}) => {
    const notices: RelayNotice[] = [];
    const signal = createSignal();
    const relay = createRelay({
      relay: 'sample',
      topic: 'toeverlaat.sample',
      log,
      sources: [sampleSource],
      producer,
      store,
      clock,
      holder: 'one',
      backOffMs: () => 1,
      onNotice: (notice) => {
        notices.push(notice);
        signal.ring();
      },
      ...more,
    });
    relay.start();
    running.push(relay);
    const until = (kind: RelayNotice['kind']): Promise<void> =>
      signal.until(() => notices.some((notice) => notice.kind === kind));
    return { relay, notices, until };
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((relay) => relay.stop()));
  });

  it('publishes what leaves the service, in order, for two organisations with the same ids', async () => {
    const log = createMemoryEventLog();
    const producer = fakeProducer();
    await appendSample(log, gentia, 'one', 'none', ['Opened', 'Noted']);
    await appendSample(log, zorgnet, 'one', 'none', ['Opened', 'Closed']);
    const last = await appendSample(log, gentia, 'one', 1, ['Closed']);
    const { relay } = start(log, makeStore(), producer);
    expect(await relay.whenPublished(last, 5_000)).toBe(true);
    expect(
      producer.sent.map(({ key, headers }) => [
        key,
        headers['type'],
        headers['revision'],
        headers['previous-revision'],
      ]),
    ).toEqual([
      ['gentia|one', 'sample.Opened', '0', undefined],
      ['zorgnet|one', 'sample.Opened', '0', undefined],
      ['zorgnet|one', 'sample.Closed', '1', '0'],
      ['gentia|one', 'sample.Closed', '2', '0'],
    ]);
    // What was written is read again as the same event.
    for (const { key, value, headers } of producer.sent)
      expect(receivedOf({ topic: 't', partition: 0, offset: 0n, key, value, headers })).toMatchObject({
        kind: 'event',
        event: { type: headers['type'], stream: headers['stream'] },
      });
  });

  it('continues after its checkpoint, and a new instance says the same of the previous event', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    const first = await appendSample(log, gentia, 'one', 'none', ['Opened', 'Noted']);
    const before = start(log, store, producer);
    expect(await before.relay.whenPublished(first, 5_000)).toBe(true);
    await before.relay.stop();
    const last = await appendSample(log, gentia, 'one', 1, ['Closed']);
    const after = start(log, store, producer);
    expect(await after.relay.whenPublished(last, 5_000)).toBe(true);
    expect(producer.sent.map(({ headers }) => [headers['revision'], headers['previous-revision']])).toEqual([
      ['0', undefined],
      ['2', '0'],
    ]);
  });

  it('prepares the next batch while one is on its way, and sends it once that one is acknowledged and written down', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    const traced: string[] = [];
    const signal = createSignal();
    const held = Promise.withResolvers<void>();
    const checkpoints: unknown[] = [];
    producer.answer = async () => {
      checkpoints.push((await store.checkpoint('sample'))?.last?.stream);
      if (checkpoints.length === 1) await held.promise;
    };
    for (const organisation of [gentia, zorgnet]) await appendSample(log, organisation, 'one', 'none', ['Opened']);
    const last = await appendSample(log, gentia, 'two', 'none', ['Opened']);
    const { relay } = start(log, store, producer, {
      batchSize: 1,
      traceparent: ({ stream }) => {
        traced.push(stream);
        signal.ring();
        return undefined;
      },
    });
    await signal.until(() => traced.length === 2);
    expect([producer.sent.length, relay.status().published]).toEqual([0, 0]);
    held.resolve();
    expect(await relay.whenPublished(last, 120_000)).toBe(true);
    expect(producer.sent.map(({ headers }) => headers['stream'])).toEqual(traced);
    expect(checkpoints).toEqual([undefined, ...traced.slice(0, 2)]);
  }, 150_000);

  it('moves its checkpoint only after the acknowledgement, and sends again what was not acknowledged', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    let refusals = 3;
    const checkpoints: unknown[] = [];
    producer.answer = async () => {
      checkpoints.push(await store.checkpoint('sample'));
      refusals -= 1;
      if (refusals >= 0) throw new KafkaUnavailable('NETWORK');
    };
    const last = await appendSample(log, gentia, 'one', 'none', ['Opened']);
    const { relay, notices } = start(log, store, producer);
    expect(await relay.whenPublished(last, 5_000)).toBe(true);
    expect(checkpoints).toEqual([undefined, undefined, undefined, undefined]);
    expect(producer.sent.length).toBe(1);
    expect(notices.filter(({ kind }) => kind === 'waiting').length).toBe(3);
    expect(await store.checkpoint('sample')).toMatchObject({ position: last, last: { revision: 0 } });
  });

  it('says so when the broker refuses, and goes on by itself once it does not, with nothing left out', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    producer.answer = () => Promise.reject(new KafkaRefused('TOPIC_AUTHORIZATION_FAILED'));
    await appendSample(log, gentia, 'one', 'none', ['Opened']);
    const { relay, notices, until } = start(log, store, producer, { refusedMs: 1 });
    await until('refused');
    expect(notices.find(({ kind }) => kind === 'refused')).toMatchObject({
      error: { name: 'KafkaRefused' },
      waitMs: 1,
    });
    // Whoever waits behind it may try meanwhile.
    const other = fakeProducer();
    const second = start(log, store, other, { holder: 'two', leaseMs: 30 });
    await second.until('active');
    await second.relay.stop();
    producer.answer = () => Promise.resolve();
    const last = await appendSample(log, gentia, 'two', 'none', ['Opened']);
    expect(await relay.whenPublished(last, 5_000)).toBe(true);
    expect(new Set([...other.sent, ...producer.sent].map(({ key }) => key))).toEqual(
      new Set(['gentia|one', 'gentia|two']),
    );
    expect(relay.status().state).not.toBe('failed');
  });

  it.each([
    ['ends before the checkpoint', 0],
    ['has grown past it with other events', 3],
  ])('stops and says so when the log was put back and %s', async (_name, events) => {
    const store = makeStore();
    const producer = fakeProducer();
    const log = createMemoryEventLog();
    const last = await appendSample(log, gentia, 'one', 'none', ['Opened', 'Closed']);
    const before = start(log, store, producer);
    expect(await before.relay.whenPublished(last, 5_000)).toBe(true);
    await before.relay.stop();
    const restored = createMemoryEventLog();
    for (let n = 0; n < events; n += 1)
      await appendSample(restored, gentia, n === 0 ? 'one' : `x${n}`, 'none', ['Opened', 'Closed']);
    const { notices, until } = start(restored, store, producer);
    await until('failed');
    expect(notices.at(-1)).toMatchObject({ kind: 'failed', error: { name: PositionWentBack.name } });
    expect(producer.sent.length).toBe(2);
    // A person decided: it goes on from what they said.
    await store.reset('sample', undefined);
    const again = start(restored, store, producer);
    const target = await appendSample(restored, zorgnet, 'z', 'none', ['Opened']);
    expect(await again.relay.whenPublished(target, 5_000)).toBe(true);
  });

  it('goes on when its store comes back, whichever question it did not answer', async () => {
    for (const silent of ['lease', 'checkpoint', 'advance'] as const) {
      const log = createMemoryEventLog();
      const store = makeStore();
      const producer = fakeProducer();
      let refusals = 3;
      const away = (): void => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('the database is starting up');
      };
      const failing: RelayStore = {
        ...store,
        [silent]: async (...asked: Parameters<RelayStore[typeof silent]>) => {
          away();
          return (store[silent] as (...all: typeof asked) => Promise<unknown>)(...asked);
        },
      };
      const target = await appendSample(log, gentia, 'one', 'none', ['Opened']);
      const { relay, until } = start(log, failing, producer);
      await until('waiting');
      expect(await relay.whenPublished(target, 5_000)).toBe(true);
      // At least once: what was sent before the checkpoint could be written comes again, the same.
      expect(new Set(producer.sent.map(({ key }) => key)).size).toBe(1);
      expect(relay.status().state).not.toBe('failed');
    }
  });

  it('stops and says so when a running log gives a position twice', async () => {
    const log = createMemoryEventLog();
    await appendSample(log, gentia, 'one', 'none', ['Opened']);
    const twice: EventLog = {
      ...log,
      async *subscribe(asked) {
        for await (const message of log.subscribe(asked)) {
          yield message;
          if (message.kind === 'events') yield message;
        }
      },
    };
    const { notices, until } = start(twice, makeStore(), fakeProducer());
    await until('failed');
    expect(notices.at(-1)).toMatchObject({ error: { name: PositionWentBack.name } });
  });

  it('leaves the work to one by a lease, which the other takes when it is given up', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const [one, two] = [fakeProducer(), fakeProducer()];
    const first = start(log, store, one, { holder: 'one' });
    await first.until('active');
    const second = start(log, store, two, { holder: 'two', leaseMs: 30 });
    await second.until('standby');
    const at = await appendSample(log, gentia, 'one', 'none', ['Opened']);
    expect(await first.relay.whenPublished(at, 5_000)).toBe(true);
    await first.relay.stop();
    await second.until('active');
    const next = await appendSample(log, gentia, 'one', 0, ['Closed']);
    expect(await second.relay.whenPublished(next, 5_000)).toBe(true);
    expect([one.sent.length, two.sent.length]).toEqual([1, 1]);
  });

  it('tells its lag in events and seconds', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    const gate = Promise.withResolvers<void>();
    const sending = Promise.withResolvers<void>();
    producer.answer = () => {
      sending.resolve();
      return gate.promise;
    };
    const last = await appendSample(log, gentia, 'one', 'none', ['Opened', 'Noted', 'Closed']);
    const { relay } = start(log, store, producer);
    await sending.promise;
    expect(await relay.lag()).toEqual({ events: 2, more: false, seconds: 10 });
    gate.resolve();
    expect(await relay.whenPublished(last, 5_000)).toBe(true);
    expect(await relay.lag()).toEqual({ events: 0, more: false, seconds: 0 });
  });

  it('drains within a bound: what the broker does not take in time is left for the next', async () => {
    const log = createMemoryEventLog();
    const store = makeStore();
    const producer = fakeProducer();
    const sending = Promise.withResolvers<void>();
    producer.answer = () => {
      sending.resolve();
      return new Promise<void>(() => undefined);
    };
    await appendSample(log, gentia, 'one', 'none', ['Opened']);
    const { relay } = start(log, store, producer);
    await sending.promise;
    await relay.stop(20);
    expect(relay.status()).toMatchObject({ state: 'stopped', published: 0 });
    expect(await store.checkpoint('sample')).toBeUndefined();
  });
});

describe('checkpoints of a relay', () => {
  const at = (position: string) => ({ position: position as Position, last: undefined });
  it.each(stores)('never move back by themselves: %s', async (_, makeStore) => {
    const store = makeStore();
    await store.advance('a', { ...at('5'), last: { stream: 's', revision: 1, eventId: 'e' } });
    await store.advance('a', at('4'));
    await store.advance('b', at('1'));
    expect(await store.checkpoint('a')).toEqual({ position: '5', last: { stream: 's', revision: 1, eventId: 'e' } });
    await store.advance('a', at('6'));
    expect(await store.checkpoint('a')).toEqual({ position: '6', last: { stream: 's', revision: 1, eventId: 'e' } });
    await store.reset('a', at('2'));
    expect([await store.checkpoint('a'), await store.checkpoint('b')]).toEqual([at('2'), at('1')]);
  });
});
