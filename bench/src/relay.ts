import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import {
  createDelivery,
  createKafkaClient,
  createRelay,
  openSqliteDeliveryStore,
  openSqliteRelayStore,
  recordOf,
  rereadFrom,
  type KafkaClientName,
  type OutgoingRecord,
} from '@toeverlaat/kafka';
import { appendSample, connectionTo, freshTopic, sampleSource } from '@toeverlaat/kafka/sample';
import { startKafka } from '@toeverlaat/kafka-broker';
import type { PublicEvent } from '@toeverlaat/messaging';
import { organisationId, systemClock } from '@toeverlaat/values';
import kafkajs from 'kafkajs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compare, inFolder, note, percentile, printTable, sampled, type Sample } from './harness.js';

const organisations = ['gentia', 'zorgnet', 'stad', 'haven'].map(organisationId);
const PER_STREAM = 20;
const ROUNDS = 3;
const RATE = 1_000;
const SECONDS = 10;
const TICK_MS = 20;

const fill = async (log: EventLog, count: number): Promise<void> => {
  const streams = Array.from({ length: count / PER_STREAM }, (_, n) => n);
  for (let from = 0; from < streams.length; from += 50)
    await Promise.all(
      streams.slice(from, from + 50).map((n) =>
        appendSample(
          log,
          organisations[n % organisations.length] ?? organisationId('gentia'),
          `s${n}`,
          'none',
          Array.from({ length: PER_STREAM }, () => 'Opened' as const),
        ),
      ),
    );
};

/** The records that a relay makes of the log: the bare client is given the same bytes. */
const recordsOf = async (log: EventLog, topic: string): Promise<readonly OutgoingRecord[]> => {
  const records: OutgoingRecord[] = [];
  for await (const message of log.subscribe({ signal: new AbortController().signal })) {
    if (message.kind === 'caughtUp') break;
    for (const recorded of message.events) {
      const event = sampleSource.publish(recorded);
      const previous = recorded.revision === 0 ? undefined : recorded.revision - 1;
      if (event !== undefined)
        records.push(recordOf(topic, event, { previous, version: 1, position: recorded.position }));
    }
  }
  return records;
};

const bareKafka = (brokers: string) =>
  new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'bare', logLevel: kafkajs.logLevel.NOTHING });

/** kafkajs as its manual has it: idempotent, batches of 500, `eachBatch` with its own commits. */
const bare = async (brokers: string, records: readonly OutgoingRecord[]): Promise<Sample> => {
  const topic = await freshTopic(brokers, 6);
  const producer = bareKafka(brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
  const consumer = bareKafka(brokers).consumer({ groupId: topic, maxWaitTimeInMs: 200 });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const all = Promise.withResolvers<void>();
  let read = 0;
  await consumer.run({
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) JSON.parse(String(value));
      read += batch.messages.length;
      if (read >= records.length) all.resolve();
      return Promise.resolve();
    },
  });
  const sample = await sampled(records.length, async () => {
    for (let from = 0; from < records.length; from += 500)
      await producer.send({
        topic,
        acks: -1,
        messages: records.slice(from, from + 500).map(({ key, value, headers }) => ({ key, value, headers })),
      });
    await all.promise;
  });
  await consumer.disconnect();
  await producer.disconnect();
  return sample;
};

type Pipe = { readonly stop: () => Promise<void> };
/** From the log to the reaction, everything that the product does in between. */
const pipe = async (
  client: KafkaClientName,
  brokers: string,
  folder: string,
  log: EventLog,
  react: (event: PublicEvent) => void,
): Promise<Pipe & { readonly startRelay: () => void }> => {
  const topic = await freshTopic(brokers, 6);
  const kafka = createKafkaClient(client, connectionTo(brokers));
  const producer = await kafka.producer();
  const relays = openSqliteRelayStore(join(folder, `${topic}.relay`), systemClock);
  const store = openSqliteDeliveryStore(join(folder, `${topic}.delivery`));
  const relay = createRelay({
    relay: topic,
    topic,
    log,
    sources: [sampleSource],
    producer,
    store: relays,
    clock: systemClock,
    holder: 'bench',
  });
  const live = Promise.withResolvers<void>();
  const delivery = createDelivery({
    name: topic,
    client: kafka,
    topics: [topic],
    reactions: new Map([
      [
        'sample.Opened',
        (event) => {
          react(event);
          return Promise.resolve();
        },
      ],
    ]),
    ignores: new Set(),
    store,
    reread: rereadFrom(log, [sampleSource]),
    // A bench in which nothing floods: all of it may wait in memory.
    perOrganisation: 100_000,
    mostInMemory: 200_000,
  });
  delivery.start();
  const looking = setInterval(() => {
    if (delivery.state() === 'live') live.resolve();
  }, 5);
  await live.promise;
  clearInterval(looking);
  return {
    startRelay: relay.start,
    stop: async () => {
      await relay.stop();
      await delivery.stop();
      await producer.close();
      relays.close();
      store.close();
    },
  };
};

/** Milliseconds from the append to the reaction at a steady rate, or from `send` to the handler for the bare client. */
const lags = async (
  write: (n: number) => Promise<unknown>,
  begin: (arrived: (n: number) => void) => Promise<Pipe>,
): Promise<number[]> => {
  const sentAt: number[] = [];
  const taken: number[] = [];
  const all = Promise.withResolvers<void>();
  const total = RATE * SECONDS;
  const running = await begin((n) => {
    const sent = sentAt[n];
    if (sent !== undefined) taken.push(performance.now() - sent);
    if (taken.length === total) all.resolve();
  });
  const start = performance.now();
  const perTick = (RATE * TICK_MS) / 1_000;
  const writes: Promise<unknown>[] = [];
  for (let n = 0; n < total; n += perTick) {
    await sleep(Math.max(0, start + (n / RATE) * 1_000 - performance.now()));
    for (let one = n; one < n + perTick; one += 1) {
      sentAt[one] = performance.now();
      writes.push(write(one));
    }
  }
  await Promise.all(writes);
  await all.promise;
  await running.stop();
  return taken;
};

/** The relay and the consumer beside the bare client, on a broker of their own. */
export const relay = async (count = 20_000): Promise<void> =>
  inFolder(async (folder) => {
    const cluster = await startKafka();
    try {
      const { brokers } = cluster;
      const log = openSqliteEventLog({ file: join(folder, 'log.sqlite') });
      note(`relay: ${count} events`);
      await fill(log, count);
      const records = await recordsOf(log, 'bare');
      const ours = (client: KafkaClientName) => async (): Promise<Sample> => {
        let seen = 0;
        const all = Promise.withResolvers<void>();
        const running = await pipe(client, brokers, folder, log, () => {
          seen += 1;
          if (seen === count) all.resolve();
        });
        const sample = await sampled(count, async () => {
          running.startRelay();
          await all.promise;
        });
        await running.stop();
        return sample;
      };
      const measured = await compare(ROUNDS, {
        bare: () => bare(brokers, records),
        kafkajs: ours('kafkajs'),
        platformatic: ours('platformatic'),
      });
      await log.close();

      note(`relay: lag at ${RATE} events a second for ${SECONDS} s`);
      const second = openSqliteEventLog({ file: join(folder, 'lag.sqlite') });
      const product = await lags(
        (n) =>
          appendSample(second, organisations[n % organisations.length] ?? organisationId('gentia'), `e${n}`, 'none', [
            'Opened',
          ]),
        async (arrived) => {
          const running = await pipe('kafkajs', brokers, folder, second, ({ streamId }) => {
            arrived(Number(streamId.slice(1)));
          });
          running.startRelay();
          return running;
        },
      );
      await second.close();
      const topic = await freshTopic(brokers, 6);
      const producer = bareKafka(brokers).producer({ idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      let waiting: string[] = [];
      let sending: Promise<unknown> | undefined;
      const bareLags = await lags(
        (n) => {
          waiting.push(String(n));
          const send = async (): Promise<void> => {
            while (waiting.length > 0) {
              const values = waiting;
              waiting = [];
              await producer.send({ topic, acks: -1, messages: values.map((value) => ({ key: value, value })) });
            }
            sending = undefined;
          };
          sending ??= send();
          return sending;
        },
        async (arrived) => {
          const consumer = bareKafka(brokers).consumer({ groupId: topic, maxWaitTimeInMs: 200 });
          await consumer.connect();
          await consumer.subscribe({ topics: [topic], fromBeginning: true });
          await consumer.run({
            eachBatch: ({ batch }) => {
              for (const { value } of batch.messages) arrived(Number(String(value)));
              return Promise.resolve();
            },
          });
          return { stop: () => consumer.disconnect() };
        },
      );
      await producer.disconnect();

      const rate = (value: number): string => String(Math.round(value));
      const ratio = (value: number): string => (value / measured.bare.rate).toFixed(2);
      printTable(
        'From the log to the reaction',
        ['variant', 'events/s', 'beside bare', 'CPU µs/event'],
        [
          ['bare kafkajs, produce and consume', rate(measured.bare.rate), '1.00', rate(measured.bare.cpuMicros)],
          ...(['kafkajs', 'platformatic'] as const).map((name) => [
            `relay and delivery over ${name}`,
            rate(measured[name].rate),
            ratio(measured[name].rate),
            rate(measured[name].cpuMicros),
          ]),
        ],
      );
      printTable(
        `Lag at ${RATE} events a second`,
        ['variant', 'p50 ms', 'p99 ms'],
        [
          ['bare kafkajs, send to handler', rate(percentile(bareLags, 0.5)), rate(percentile(bareLags, 0.99))],
          ['append to reaction', rate(percentile(product, 0.5)), rate(percentile(product, 0.99))],
        ],
      );
    } finally {
      await cluster.close();
    }
  });
