import { expect, it, vi } from 'vitest';
import { createDelivery, type DeliveryOptions } from './delivery.js';
import { createMemoryDeliveryStore } from './delivery-stores.js';
import { KafkaRefused, KafkaUnavailable, type ConsumerHandlers, type KafkaClient } from './port.js';

/* What a delivery says of itself while the broker or its store is away: an alarm stands on it. */

/** A broker that does what the test says. */
const brokerOf = (start: () => Promise<void> = () => Promise.resolve()) => {
  let handlers: ConsumerHandlers | undefined;
  const client: KafkaClient = {
    producer: () => Promise.reject(new Error('not asked')),
    consumer: (options) => {
      ({ handlers } = options);
      return {
        start,
        commit: () => Promise.resolve(),
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
