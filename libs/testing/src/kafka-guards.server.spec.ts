import { guardKafkajs } from '@toeverlaat/kafka/kafkajs-guards';
import { randomId } from '@toeverlaat/values';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { describeWith } from './needs.js';

const require = createRequire(import.meta.url);

type ApiLike = {
  readonly protocol: (of: { readonly version: number }) => (asked: { readonly topics: readonly string[] }) => object;
};
const noWord = (): void => undefined;

/**
 * Each fault is shown without the guard first and then with it, in this order: a guard that is installed stays. This file
 * must not load the client, which installs them.
 */
describeWith('kafka', 'faults of kafkajs 2.2.4', (address) => {
  const kafka = (): Kafka =>
    new Kafka({ brokers: address.split(','), clientId: 'guards', logLevel: logLevel.NOTHING, retry: { retries: 2 } });

  /** Made with kafkajs as it is: everything of ours brings the guards along. */
  const bareTopic = async (): Promise<string> => {
    const topic = `guards.${randomId()}`;
    const admin = kafka().admin();
    await admin.connect();
    try {
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    } finally {
      await admin.disconnect();
    }
    return topic;
  };

  type Queue = { checkPendingRequests: () => void };
  /** How often connections wake while a consumer without records does five fetches of 200 ms. */
  const wakesOfAnIdleConsumer = async (): Promise<number> => {
    const topic = await bareTopic();
    const { prototype }: { readonly prototype: Queue } = require('kafkajs/src/network/requestQueue');
    const original = prototype.checkPendingRequests;
    let wakes = 0;
    prototype.checkPendingRequests = function counted(this: Queue) {
      wakes += 1;
      original.call(this);
    };
    const consumer = kafka().consumer({ groupId: `guards-${randomId()}`, maxWaitTimeInMs: 200 });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      const five = Promise.withResolvers<void>();
      let fetches = 0;
      consumer.on('consumer.fetch', () => {
        fetches += 1;
        if (fetches === 1) wakes = 0;
        if (fetches === 6) five.resolve();
      });
      await consumer.run({ eachMessage: () => Promise.resolve() });
      await five.promise;
      return wakes;
    } finally {
      prototype.checkPendingRequests = original;
      await consumer.disconnect();
    }
  };

  /**
   * A fetch that was answered before the group rebalanced: its records belong to a generation that is over. Gives the offsets
   * that reach the handler all the same.
   */
  type Batch = { readonly topic: string; readonly partition: number; lastOffset: () => string };
  type Group = { generationId: number; readonly memberId: string };
  type RunnerLike = {
    running: boolean;
    readonly fetch: (node: number) => Promise<Batch[]>;
    readonly handleBatch: (batch: Batch) => Promise<void>;
  };
  const handledAfterRejoin = async (): Promise<readonly string[]> => {
    const Runner: new (options: object) => RunnerLike = require('kafkajs/src/consumer/runner');
    const handled: string[] = [];
    const stale: Batch & Readonly<Record<string, unknown>> = {
      topic: 't',
      partition: 0,
      messages: [{ offset: '41' }],
      lastOffset: () => '41',
      firstOffset: () => '41',
      offsetLag: () => '0',
      offsetLagLow: () => '0',
      isEmpty: () => false,
      isEmptyDueToFiltering: () => false,
      highWatermark: '42',
    };
    const group: Group & Readonly<Record<string, unknown>> = {
      generationId: 1,
      memberId: 'member',
      fetch: () => Promise.resolve([stale]),
      heartbeat: () => Promise.resolve(),
      resolveOffset: () => undefined,
      hasSeekOffset: () => false,
    };
    const logger = { namespace: () => logger, info: () => undefined, debug: () => undefined, error: () => undefined };
    const runner = new Runner({
      logger,
      consumerGroup: group,
      instrumentationEmitter: { emit: () => undefined },
      autoCommit: false,
      concurrency: 1,
      eachBatch: ({ batch }: { readonly batch: Batch }) => {
        handled.push(batch.lastOffset());
        return Promise.resolve();
      },
    });
    runner.running = true;
    const batches = await runner.fetch(1);
    group.generationId = 2;
    for (const batch of batches) await runner.handleBatch(batch);
    return handled;
  };

  type Manager = { resolveOffset: (at: { topic: string; partition: number; offset: string }) => void };
  const resolveAfterLosing = (): void => {
    const OffsetManager: new (options: object) => Manager = require('kafkajs/src/consumer/offsetManager');
    const manager = new OffsetManager({
      cluster: { committedOffsets: () => ({}) },
      memberAssignment: { kept: [0] },
      autoCommit: false,
    });
    manager.resolveOffset({ topic: 'lost', partition: 0, offset: '5' });
  };

  type ConnectionLike = {
    readonly connect: () => Promise<unknown>;
    readonly isConnected: () => boolean;
    readonly send: (request: object) => Promise<unknown>;
  };
  type Opened = { readonly connection: ConnectionLike; readonly ask: () => Promise<unknown> };
  /** Connections to somebody who takes every question and answers none. */
  const withNobodyThere = async <T>(work: (open: (withinMs: number) => Promise<Opened>) => Promise<T>): Promise<T> => {
    const Connection: new (options: object) => ConnectionLike = require('kafkajs/src/network/connection');
    const socketFactory: () => unknown = require('kafkajs/src/network/socketFactory');
    const metadata: ApiLike = require('kafkajs/src/protocol/requests/metadata');
    const logger = { namespace: () => logger, info: noWord, debug: noWord, error: noWord, warn: noWord };
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket.resume().on('error', noWord));
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    try {
      return await work(async (requestTimeout) => {
        const connection = new Connection({
          host: '127.0.0.1',
          port,
          logger,
          socketFactory: socketFactory(),
          requestTimeout,
          connectionTimeout: 60_000,
        });
        await connection.connect();
        return { connection, ask: () => connection.send(metadata.protocol({ version: 0 })({ topics: [] })) };
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  };
  /** Whether a connection is still taken for one after a question on it that was not answered. */
  const isKeptWhenUnanswered = (): Promise<boolean> =>
    withNobodyThere(async (open) => {
      const { connection, ask } = await open(50);
      await expect(ask()).rejects.toThrow('timed out');
      return connection.isConnected();
    });

  type Committing = { running: boolean; readonly commitOffsets: (offsets: object) => Promise<void> | undefined };
  /** What a consumer that has not joined its group answers to a commit. */
  const commitBeforeJoining = async (): Promise<void> => {
    const Runner: new (options: object) => Committing = require('kafkajs/src/consumer/runner');
    const logger = { namespace: () => logger, debug: noWord };
    await new Runner({ logger, consumerGroup: {}, instrumentationEmitter: { emit: noWord } }).commitOffsets({});
  };

  type Commit = (payload: object) => Promise<unknown>;
  /**
   * A commit of 5 whose connection breaks, and while it does the member that has the partition by then commits 9.
   * @returns how the commit ended, and where the group stands
   */
  const commitThatOthersPassed = async (): Promise<{ readonly made: boolean; readonly offset: string | undefined }> => {
    const {
      KafkaJSConnectionClosedError,
    }: { readonly KafkaJSConnectionClosedError: new (word: string) => Error } = require('kafkajs/src/errors');
    const { prototype }: { readonly prototype: { offsetCommit: Commit } } = require('kafkajs/src/broker');
    const { offsetCommit } = prototype;
    const topic = await bareTopic();
    const producer = kafka().producer();
    await producer.connect();
    await producer.send({ topic, messages: Array.from({ length: 10 }, () => ({ key: 'gentia|1', value: '{}' })) });
    await producer.disconnect();
    const groupId = `guards-${randomId()}`;
    const consumer = kafka().consumer({ groupId, maxWaitTimeInMs: 200, retry: { initialRetryTime: 10, retries: 3 } });
    const admin = kafka().admin();
    try {
      const joined = Promise.withResolvers<void>();
      consumer.on('consumer.group_join', () => {
        joined.resolve();
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
      await joined.promise;
      let broken = false;
      prototype.offsetCommit = async function passed(this: object, payload) {
        if (broken) return offsetCommit.call(this, payload);
        broken = true;
        await offsetCommit.call(this, { ...payload, topics: [{ topic, partitions: [{ partition: 0, offset: '9' }] }] });
        throw new KafkaJSConnectionClosedError('closed');
      };
      const made = await consumer.commitOffsets([{ topic, partition: 0, offset: '5' }]).then(
        () => true,
        () => false,
      );
      await admin.connect();
      const [standing] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return { made, offset: standing?.partitions[0]?.offset };
    } finally {
      prototype.offsetCommit = offsetCommit;
      await admin.disconnect();
      await consumer.disconnect();
    }
  };

  describe('without the guards', () => {
    it('an idle connection wakes all the time, through a negative timer (tulios/kafkajs#1751, #1704)', async () => {
      expect(await wakesOfAnIdleConsumer()).toBeGreaterThan(200);
    }, 240_000);

    it('records of a generation that is over reach the handler (tulios/kafkajs#1046)', async () => {
      expect(await handledAfterRejoin()).toEqual(['41']);
    });

    it('a position of a topic that went to another member ends the consumer (tulios/kafkajs#558)', () => {
      expect(resolveAfterLosing).toThrow(TypeError);
    });

    it('a connection on which nothing is answered is asked again and again (tulios/kafkajs#1691)', async () => {
      expect(await isKeptWhenUnanswered()).toBe(true);
    });

    it('a commit before the group is joined is answered as if it were made', async () => {
      await expect(commitBeforeJoining()).resolves.toBeUndefined();
    });

    it('a commit that failed is made later, and takes the group back before what others committed', async () => {
      expect(await commitThatOthersPassed()).toEqual({ made: true, offset: '5' });
    }, 240_000);
  });

  describe('with the guards', () => {
    it('an idle connection wakes for what there is to do', async () => {
      guardKafkajs();
      expect(await wakesOfAnIdleConsumer()).toBeLessThan(50);
    }, 240_000);

    it('such records end with their generation', async () => {
      guardKafkajs();
      expect(await handledAfterRejoin()).toEqual([]);
    });

    it('such a position is nothing to note', () => {
      guardKafkajs();
      expect(resolveAfterLosing).not.toThrow();
    });

    it('such a connection ends, and the next question makes another', async () => {
      guardKafkajs();
      expect(await isKeptWhenUnanswered()).toBe(false);
    });

    it('and with it every other that has not answered since, whatever it still waits for', async () => {
      guardKafkajs();
      await withNobodyThere(async (open) => {
        const other = await open(3_600_000);
        const waiting = Promise.allSettled([other.ask()]);
        const one = await open(50);
        await expect(one.ask()).rejects.toThrow('timed out');
        expect(await waiting).toMatchObject([{ reason: { message: 'a question was not answered' } }]);
        expect(other.connection.isConnected()).toBe(false);
      });
    });

    it('such a commit is refused, and asked for again once the group is joined', async () => {
      guardKafkajs();
      await expect(commitBeforeJoining()).rejects.toMatchObject({ name: 'ConsumerNotRunning' });
    });

    it('such a commit is tried once, and the group stays where others brought it', async () => {
      guardKafkajs();
      expect(await commitThatOthersPassed()).toEqual({ made: false, offset: '9' });
    }, 240_000);
  });
});
