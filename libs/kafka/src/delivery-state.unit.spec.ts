import { expect, it, vi } from 'vitest';
import { createDelivery, type DeliveryOptions } from './delivery.js';
import { createMemoryDeliveryStore } from './delivery-stores.js';
import { KafkaRefused, KafkaUnavailable, type ConsumerHandlers, type KafkaClient, type KafkaConsumer } from './port.js';

/* What a delivery says of itself, and commits, while the broker or its store is away: an alarm stands on it. */

/** A broker that does what the test says. */
const brokerOf = (
  start: () => Promise<void> = () => Promise.resolve(),
  commit: (offsets: Parameters<KafkaConsumer['commit']>[0]) => Promise<void> = () => Promise.resolve(),
) => {
  let handlers: ConsumerHandlers | undefined;
  const client: KafkaClient = {
    producer: () => Promise.reject(new Error('not asked')),
    consumer: (options) => {
      ({ handlers } = options);
      return {
        start,
        commit,
        pause: () => undefined,
        resume: () => undefined,
        stop: () => Promise.resolve(),
      };
    },
  };
  return {
    client,
    handlers: (): ConsumerHandlers => {
      if (handlers === undefined) throw new Error('no consumer yet');
      return handlers;
    },
  };
};
const deliveryOver = (client: KafkaClient, store = createMemoryDeliveryStore(), more: Partial<DeliveryOptions> = {}) =>
  createDelivery({
    name: 'test.case',
    client,
    topics: ['test.intake'],
    reactions: new Map(),
    ignores: new Set(),
    store,
    reread: () => Promise.resolve([]),
    replayEveryMs: 1,
    ...more,
  });
const partitions = [{ topic: 'test.intake', partition: 0 }];
const WAIT = { timeout: 120_000 };

it('is interrupted from the group’s error until the group is joined again', async () => {
  const { client, handlers } = brokerOf();
  const delivery = deliveryOver(client);
  delivery.start();
  expect(delivery.state()).toBe('starting');
  handlers().onAssigned(partitions);
  await vi.waitUntil(() => delivery.state() === 'live', WAIT);
  handlers().onError(new KafkaUnavailable('the coordinator is not there'));
  expect(delivery.state()).toBe('interrupted');
  handlers().onAssigned(partitions);
  await vi.waitUntil(() => delivery.state() === 'live', WAIT);
  await delivery.stop();
  expect(delivery.state()).toBe('stopped');
});

it('is interrupted while its store does not answer, and ends that by itself', async () => {
  const { client, handlers } = brokerOf();
  const store = createMemoryDeliveryStore();
  let away = false;
  const delivery = deliveryOver(client, {
    ...store,
    takeReplayRequests: (name) =>
      away ? Promise.reject(new Error('connection refused')) : store.takeReplayRequests(name),
  });
  delivery.start();
  handlers().onAssigned(partitions);
  await vi.waitUntil(() => delivery.state() === 'live', WAIT);
  away = true;
  await vi.waitUntil(() => delivery.state() === 'interrupted', WAIT);
  away = false;
  await vi.waitUntil(() => delivery.state() === 'live', WAIT);
  await delivery.stop();
  expect(delivery.state()).toBe('stopped');
});

it('has failed while the broker refuses, and waits when it is away; both end by themselves', async () => {
  let tries = 0;
  const away = deliveryOver(
    brokerOf(() => {
      tries += 1;
      return Promise.reject(new KafkaUnavailable('no broker'));
    }).client,
  );
  away.start();
  await vi.waitUntil(() => tries > 1, WAIT);
  expect(away.state()).toBe('starting');
  await away.stop();

  let granted = false;
  const { client, handlers } = brokerOf(() =>
    granted ? Promise.resolve() : Promise.reject(new KafkaRefused('no right to read')),
  );
  const refused = deliveryOver(client, undefined, { refusedMs: 1 });
  refused.start();
  await vi.waitUntil(() => refused.state() === 'failed', WAIT);
  // Whoever grants the right does not know of this process.
  granted = true;
  await vi.waitUntil(() => refused.state() === 'starting', WAIT);
  handlers().onAssigned(partitions);
  await vi.waitUntil(() => refused.state() === 'live', WAIT);
  await refused.stop();
  expect(refused.state()).toBe('stopped');
});

it('does not take its group back to what it had done when it was cut off, and commits what nobody else did', async () => {
  const committed: string[] = [];
  let cut = true;
  let refused = 0;
  const { client, handlers } = brokerOf(undefined, (offsets) => {
    if (cut && offsets.length > 0) {
      refused += 1;
      return Promise.reject(new KafkaUnavailable('cut off'));
    }
    committed.push(...offsets.map(({ partition, offset }) => `${partition}: ${offset}`));
    return Promise.resolve();
  });
  const delivery = deliveryOver(client);
  const both = [...partitions, { topic: 'test.intake', partition: 1 }];
  const comes = (partition: number, offset: bigint): void => {
    handlers().onRecords([
      { topic: 'test.intake', partition, offset, key: undefined, value: 'malformed', headers: {} },
    ]);
  };
  delivery.start();
  handlers().onAssigned(both);
  comes(0, 10n);
  comes(0, 11n);
  await vi.waitUntil(() => refused > 0, WAIT);
  // Another member has handled as far as 15 meanwhile; the partition comes back.
  handlers().onAssigned(both);
  cut = false;
  comes(1, 0n);
  await vi.waitUntil(() => committed.includes('1: 1'), WAIT);
  expect(committed).toEqual(['1: 1']);
  comes(0, 15n);
  await vi.waitUntil(() => committed.includes('0: 16'), WAIT);
  expect(committed).toEqual(['1: 1', '0: 16']);

  cut = true;
  refused = 0;
  comes(0, 16n);
  await vi.waitUntil(() => refused > 0, WAIT);
  handlers().onAssigned(both);
  cut = false;
  // Nobody had it meanwhile: the broker hands the same out again.
  comes(0, 16n);
  await vi.waitUntil(() => committed.includes('0: 17'), WAIT);
  expect(committed).toEqual(['1: 1', '0: 16', '0: 17']);
  await delivery.stop();
});
