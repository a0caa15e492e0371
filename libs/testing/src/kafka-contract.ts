import {
  keyOf,
  type CommitOffset,
  type IncomingRecord,
  type KafkaClient,
  type KafkaConnection,
  type KafkaConsumer,
  type OutgoingRecord,
  type TopicPartition,
} from '@toeverlaat/kafka';
import { connectionTo, createSignal, freshTopic } from '@toeverlaat/kafka/sample';
import { canStartKafka, startKafka, type KafkaCluster } from '@toeverlaat/kafka-broker';
import { organisationId, randomId } from '@toeverlaat/values';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWith } from './needs.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');

const record = (topic: string, key: string, value: string): OutgoingRecord => ({
  topic,
  key,
  value,
  headers: { 'event-id': randomId() },
});
/** `<n>` records of each key, in turn. */
const series = (topic: string, keys: readonly string[], n: number): OutgoingRecord[] =>
  Array.from({ length: n }, (_, index) => keys.map((key) => record(topic, key, `${index}`))).flat();

/** Brokers that start, die and elect beside other work take their time. */
const SLOW = { timeout: 180_000 };

type Reader = {
  readonly consumer: KafkaConsumer;
  readonly records: IncomingRecord[];
  readonly assigned: () => readonly TopicPartition[];
  readonly errors: unknown[];
  readonly until: (met: () => boolean) => Promise<void>;
  /** Commits everything that was read so far. */
  readonly commitAll: () => Promise<void>;
};

const endOf = (records: readonly IncomingRecord[]): CommitOffset[] => {
  const ends = new Map<string, CommitOffset>();
  for (const { topic, partition, offset } of records) {
    const at = `${topic}/${partition}`;
    const before = ends.get(at);
    if (before === undefined || before.offset <= offset) ends.set(at, { topic, partition, offset: offset + 1n });
  }
  return [...ends.values()];
};

/** The first time each value of a key was read, in the order of reading. */
const firstsByKey = (records: readonly IncomingRecord[]): Map<string, string[]> => {
  const byKey = new Map<string, string[]>();
  for (const { key = '', value = '' } of records) {
    const values = byKey.get(key) ?? [];
    if (!values.includes(value)) values.push(value);
    byKey.set(key, values);
  }
  return byKey;
};
const numbers = (n: number): string[] => Array.from({ length: n }, (_, index) => `${index}`);

/**
 * What every adapter of the Kafka port must do, against a real broker. Call it at the top level of a server spec.
 */
export const kafkaContract = (name: string, makeClient: (connection: KafkaConnection) => KafkaClient): void => {
  describeWith('kafka', `Kafka contract: ${name}`, (address) => {
    const open: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of open.splice(0).toReversed()) await close();
    });

    const clientAt = (where: string): KafkaClient => makeClient(connectionTo(where));
    const produce = async (records: readonly OutgoingRecord[], where = address): Promise<void> => {
      const producer = await clientAt(where).producer();
      open.push(producer.close);
      await producer.send(records);
    };
    const read = async (topic: string, group: string, where = address): Promise<Reader> => {
      const records: IncomingRecord[] = [];
      const errors: unknown[] = [];
      let assigned: readonly TopicPartition[] = [];
      const signal = createSignal();
      const consumer = clientAt(where).consumer({
        group,
        topics: [topic],
        sessionTimeoutMs: 10_000,
        handlers: {
          onAssigned: (partitions) => {
            assigned = partitions;
            signal.ring();
          },
          onRecords: (more) => {
            records.push(...more);
            signal.ring();
          },
          onError: (error) => {
            errors.push(error);
            signal.ring();
          },
        },
      });
      open.push(consumer.stop);
      await consumer.start();
      return {
        consumer,
        records,
        assigned: () => assigned,
        errors,
        until: signal.until,
        commitAll: () => consumer.commit(endOf(records)),
      };
    };
    const freshGroup = (): string => `test-${randomId()}`;

    it('keeps the order of each key over partitions, for two organisations with the same ids', async () => {
      const topic = await freshTopic(address, 4);
      const keys = [GENTIA, ZORGNET].flatMap((organisation) =>
        numbers(5).map((id) => keyOf({ organisation, streamId: id })),
      );
      const reader = await read(topic, freshGroup());
      const sent = series(topic, keys, 40);
      const producer = await clientAt(address).producer();
      open.push(producer.close);
      // Several sends at once: they are written in the order in which they were asked for.
      await Promise.all(Array.from({ length: 10 }, (_, n) => producer.send(sent.slice(n * 40, (n + 1) * 40))));
      await reader.until(() => reader.records.length >= sent.length);
      expect(reader.records.length).toBe(sent.length);
      expect(new Set(reader.records.map(({ partition }) => partition)).size).toBeGreaterThan(1);
      for (const key of keys)
        expect(reader.records.filter((one) => one.key === key).map(({ value }) => value)).toEqual(numbers(40));
      expect(reader.errors).toEqual([]);
    });

    it('carries headers and text as they are', async () => {
      const topic = await freshTopic(address, 1);
      const one = { topic, key: 'k', value: '{"é":"日"}', headers: { type: 'case.CaseOpened', note: 'ü' } };
      const reader = await read(topic, freshGroup());
      await produce([one]);
      await reader.until(() => reader.records.length === 1);
      expect(reader.records[0]).toEqual({ ...one, partition: 0, offset: 0n });
    });

    it('takes a large batch, acknowledged as a whole', async () => {
      const topic = await freshTopic(address, 3);
      const sent = series(topic, numbers(50), 100);
      await produce(sent);
      const reader = await read(topic, freshGroup());
      await reader.until(() => reader.records.length >= sent.length);
      expect(firstsByKey(reader.records).get('7')).toEqual(numbers(100));
    });

    it('goes on after what was committed, and reads again what was not', async () => {
      const topic = await freshTopic(address, 1);
      const group = freshGroup();
      await produce(series(topic, ['k'], 10));
      const first = await read(topic, group);
      await first.until(() => first.records.length >= 10);
      await first.consumer.commit([{ topic, partition: 0, offset: 6n }]);
      await first.consumer.stop();
      const second = await read(topic, group);
      await second.until(() => second.records.length >= 4);
      expect(second.records.map(({ value }) => value)).toEqual(['6', '7', '8', '9']);
    });

    it('stays in the group while it is paused, and goes on', async () => {
      const topic = await freshTopic(address, 2);
      const reader = await read(topic, freshGroup());
      await produce(series(topic, ['a', 'b'], 5));
      await reader.until(() => reader.records.length >= 10);
      reader.consumer.pause();
      await produce(series(topic, ['c'], 2000));
      await reader.commitAll();
      reader.consumer.resume();
      await reader.until(() => reader.records.length >= 2010);
      expect(firstsByKey(reader.records).get('c')).toEqual(numbers(2000));
      expect(reader.errors).toEqual([]);
    });

    it('loses nothing and keeps the order over rebalances in the middle of a stream', async () => {
      const topic = await freshTopic(address, 6);
      const group = freshGroup();
      const keys = numbers(30);
      const producer = await clientAt(address).producer();
      open.push(producer.close);
      const all: Reader[] = [await read(topic, group)];
      let sent = 0;
      const round = async (): Promise<void> => {
        await producer.send(keys.map((key) => record(topic, key, `${sent}`)));
        sent += 1;
      };
      const coverage = (): Map<string, string[]> => firstsByKey(all.flatMap(({ records }) => records));
      const complete = (): boolean => [...keys].every((key) => coverage().get(key)?.length === sent);
      for (let n = 0; n < 10; n += 1) await round();
      // Members come while records flow, one by one, and one goes.
      for (let member = 0; member < 2; member += 1) {
        const joining = read(topic, group);
        for (let n = 0; n < 10; n += 1) await round();
        const reader = await joining;
        all.push(reader);
        await reader.until(() => reader.assigned().length > 0);
        await all[0]?.commitAll().catch(() => undefined);
      }
      await all[1]?.consumer.stop();
      for (let n = 0; n < 10; n += 1) await round();
      await Promise.race(all.map((reader) => reader.until(complete)));
      // Within what one member read, the values of a key come in order, however often it began anew.
      for (const { records } of all)
        for (const key of keys) {
          const values = [...new Set(records.filter((one) => one.key === key).map(({ value }) => Number(value)))];
          expect(values).toEqual(values.toSorted((a, b) => a - b));
        }
      for (const key of keys) expect(new Set(coverage().get(key))).toEqual(new Set(numbers(sent)));
    });

    describe.runIf(canStartKafka())('on a broker of its own', () => {
      const own = async (options: Parameters<typeof startKafka>[0] = {}): Promise<KafkaCluster> => {
        const cluster = await startKafka(options);
        open.push(cluster.close);
        return cluster;
      };

      it(
        'goes on after the broker was killed and came back: nothing acknowledged is lost, order stays',
        SLOW,
        async () => {
          const { brokers, nodes } = await own();
          const [node] = nodes;
          const topic = await freshTopic(brokers, 2);
          const producer = await clientAt(brokers).producer();
          open.push(producer.close);
          const reader = await read(topic, freshGroup(), brokers);
          /** As the relay does: again until it is acknowledged. */
          const insist = async (records: readonly OutgoingRecord[]): Promise<void> => {
            for (;;) {
              try {
                return await producer.send(records);
              } catch {
                await new Promise((resolve) => setImmediate(resolve));
              }
            }
          };
          const values = numbers(60);
          for (const value of values.slice(0, 20)) await insist([record(topic, 'a', value), record(topic, 'b', value)]);
          await node?.kill();
          const rest = (async () => {
            for (const value of values.slice(20)) await insist([record(topic, 'a', value), record(topic, 'b', value)]);
          })();
          await node?.start();
          await rest;
          await reader.until(() => ['a', 'b'].every((key) => firstsByKey(reader.records).get(key)?.length === 60));
          for (const key of ['a', 'b']) expect(firstsByKey(reader.records).get(key)).toEqual(values);
          await reader.commitAll();
        },
      );

      it(
        'goes on without one of three brokers, whichever led the partitions: nothing acknowledged is lost',
        SLOW,
        async () => {
          const { brokers, nodes } = await own({ nodes: 3 });
          const topic = await freshTopic(brokers, 6, 3);
          const producer = await clientAt(brokers).producer();
          open.push(producer.close);
          const reader = await read(topic, freshGroup(), brokers);
          const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
          const insist = async (value: string): Promise<void> => {
            for (;;) {
              try {
                return await producer.send(keys.map((key) => record(topic, key, value)));
              } catch {
                await new Promise((resolve) => setImmediate(resolve));
              }
            }
          };
          const values = numbers(30);
          for (const value of values.slice(0, 10)) await insist(value);
          await nodes[1]?.kill();
          for (const value of values.slice(10, 20)) await insist(value);
          await nodes[1]?.start();
          for (const value of values.slice(20)) await insist(value);
          await reader.until(() => keys.every((key) => firstsByKey(reader.records).get(key)?.length === 30));
          for (const key of keys) expect(firstsByKey(reader.records).get(key)).toEqual(values);
        },
      );

      it('writes a record once when its acknowledgement is lost on the way', SLOW, async () => {
        const lossy = await createLossyProxy();
        open.push(lossy.close);
        const { brokers } = await own({ config: { 'advertised.listeners': `CLIENTS://127.0.0.1:${lossy.port}` } });
        lossy.to(Number(brokers.split(':')[1]));
        const through = `127.0.0.1:${lossy.port}`;
        const topic = await freshTopic(through, 1);
        const producer = await clientAt(through).producer();
        open.push(producer.close);
        await producer.send([record(topic, 'k', 'first')]);
        // The broker takes the next request and its answer never arrives: the connection breaks instead.
        lossy.loseNextAnswer();
        await producer.send([record(topic, 'k', 'second')]);
        await producer.send([record(topic, 'k', 'third')]);
        expect(lossy.lost()).toBe(1);
        const reader = await read(topic, freshGroup(), through);
        await reader.until(() => reader.records.some(({ value }) => value === 'third'));
        expect(reader.records.map(({ value }) => value)).toEqual(['first', 'second', 'third']);
      });
    });

    it('names what is not there or does not answer', async () => {
      const producer = await clientAt(address).producer();
      open.push(producer.close);
      await expect(producer.send([record(`no.${randomId()}`, 'k', 'v')])).rejects.toMatchObject({
        name: expect.stringMatching(/^Kafka(Unavailable|Refused)$/) as string,
      });
    });
  });
};

/** Between a client and a broker; on demand it lets a request through and breaks the connection instead of answering. */
const createLossyProxy = async () => {
  let target = 0;
  let lose = false;
  let lost = 0;
  const sockets = new Set<Socket>();
  const PRODUCE = 0;
  const server: Server = createServer((client) => {
    const broker = connect(target, '127.0.0.1');
    let dropping = false;
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.on('data', (chunk) => {
      // Length, then the key of the API: 0 is Produce.
      if (lose && chunk.length > 6 && chunk.readInt16BE(4) === PRODUCE) {
        lose = false;
        dropping = true;
      }
      broker.write(chunk);
    });
    broker.on('data', (chunk) => {
      if (!dropping) {
        client.write(chunk);
        return;
      }
      lost += 1;
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    to: (port: number): void => {
      target = port;
    },
    loseNextAnswer: (): void => {
      lose = true;
    },
    lost: (): number => lost,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
