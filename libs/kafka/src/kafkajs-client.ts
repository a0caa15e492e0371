import kafkajs, {
  type Consumer,
  type EachBatchPayload,
  type IHeaders,
  type Kafka,
  type Message,
  type Producer,
} from 'kafkajs';
import { guardKafkajs } from './kafkajs-guards.js';
import {
  KafkaRefused,
  KafkaUnavailable,
  type ConsumerOptions,
  type IncomingRecord,
  type KafkaClient,
  type KafkaConnection,
  type KafkaConsumer,
  type KafkaProducer,
  type OutgoingRecord,
  SESSION_MS,
} from './port.js';

// A CommonJS module: not every name of it is seen by an import.
const { CompressionTypes, KafkaJSProtocolError, logLevel, Partitioners } = kafkajs;

guardKafkajs();

/** Answers of the broker that no retry changes. */
const REFUSALS = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'UNSUPPORTED_VERSION',
]);

/** kafkajs wraps what the broker said in what it did about it, once or more. */
const brokersWord = (error: unknown): unknown => {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof KafkaJSProtocolError) return at;
  return error;
};

/** The error of the port; says what the broker said, never a record. */
const translated = (error: unknown): KafkaRefused | KafkaUnavailable => {
  const word = brokersWord(error);
  const what = word instanceof KafkaJSProtocolError ? word.type : word instanceof Error ? word.name : 'unknown';
  if (what === 'KafkaJSSASLAuthenticationError') return new KafkaRefused('SASL_AUTHENTICATION_FAILED');
  return REFUSALS.has(what) ? new KafkaRefused(what) : new KafkaUnavailable(what);
};

const kafkaOf = ({ brokers, clientId, sasl, tls }: KafkaConnection): Kafka =>
  new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8 },
    ...(sasl === undefined ? {} : { sasl: { mechanism: 'plain' as const, ...sasl } }),
    ...(tls === undefined ? {} : { ssl: tls }),
  });

const messageOf = ({ key, value, headers }: OutgoingRecord): Message => ({ key, value, headers });

/** The kafkajs producer keeps one sequence per partition, so that two sends at once would mix: one at a time here. */
const createProducer = async (connection: KafkaConnection): Promise<KafkaProducer> => {
  const kafka = kafkaOf(connection);
  const open = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Left out it is endless; the caller has a back-off of its own and wants to hear.
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
    });
    try {
      await producer.connect();
    } catch (error) {
      throw translated(error);
    }
    return producer;
  };
  let producer: Producer | undefined = await open();
  let last: Promise<void> = Promise.resolve();
  const write = async (records: readonly OutgoingRecord[]): Promise<void> => {
    producer ??= await open();
    const byTopic = new Map<string, Message[]>();
    for (const record of records) {
      const messages = byTopic.get(record.topic);
      if (messages === undefined) byTopic.set(record.topic, [messageOf(record)]);
      else messages.push(messageOf(record));
    }
    const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
    try {
      await producer.sendBatch({ acks: -1, compression: CompressionTypes.None, topicMessages });
    } catch (error) {
      // Where the sequence stands is not certain any more: the next send has a new producer id. Nothing is in flight.
      const broken = producer;
      producer = undefined;
      await broken.disconnect().catch(() => undefined);
      throw translated(error);
    }
  };
  return {
    send: (records) => {
      if (records.length === 0) return Promise.resolve();
      const mine = last.then(() => write(records));
      last = mine.catch(() => undefined);
      return mine;
    },
    close: async () => {
      await last;
      await producer?.disconnect().catch(() => undefined);
      producer = undefined;
    },
  };
};

const headersOf = (headers: IHeaders | undefined): Readonly<Record<string, string>> => {
  const read: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) read[name] = first.toString();
  }
  return read;
};

const recordsOf = ({ topic, partition, messages }: EachBatchPayload['batch']): readonly IncomingRecord[] =>
  messages.map(({ offset, key, value, headers }) => ({
    topic,
    partition,
    offset: BigInt(offset),
    key: key?.toString(),
    value: value?.toString(),
    headers: headersOf(headers),
  }));

const createConsumer = (connection: KafkaConnection, options: ConsumerOptions): KafkaConsumer => {
  const { group, topics, handlers } = options;
  const sessionTimeout = options.sessionTimeoutMs ?? SESSION_MS;
  const kafka = kafkaOf(connection);
  let consumer: Consumer | undefined;
  let stopping = false;
  let paused = false;
  let again: NodeJS.Timeout | undefined;

  const everything = topics.map((topic) => ({ topic }));
  const open = async (): Promise<void> => {
    const mine = kafka.consumer({
      groupId: group,
      sessionTimeout,
      rebalanceTimeout: sessionTimeout,
      heartbeatInterval: Math.max(100, Math.floor(sessionTimeout / 10)),
      // What a reader that has paused waits before it looks again, and how long an idle fetch lasts.
      maxWaitTimeInMs: 200,
      maxBytesPerPartition: 1024 * 1024,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8, restartOnFailure: () => Promise.resolve(true) },
    });
    consumer = mine;
    mine.on('consumer.group_join', ({ payload }) => {
      if (consumer !== mine) return;
      handlers.onAssigned(
        Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    });
    mine.on('consumer.crash', ({ payload }) => {
      if (consumer !== mine || stopping) return;
      handlers.onError(translated(payload.error));
      // kafkajs gives up on what it holds for no passing fault, and would stay silent for ever.
      if (!payload.restart) again = setTimeout(() => void reopen(mine), 1_000);
    });
    await mine.connect();
    await mine.subscribe({ topics: [...topics], fromBeginning: true });
    await mine.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: ({ batch, resolveOffset }) => {
        // Taken over here; committed when it is handled. So handling never keeps the member from its heartbeat.
        if (consumer === mine && !stopping) handlers.onRecords(recordsOf(batch));
        resolveOffset(batch.lastOffset());
        return Promise.resolve();
      },
    });
    if (paused) mine.pause(everything);
  };
  const reopen = async (broken: Consumer): Promise<void> => {
    if (stopping || consumer !== broken) return;
    await broken.disconnect().catch(() => undefined);
    if (stopping) return;
    try {
      await open();
    } catch (error) {
      handlers.onError(translated(error));
      const failed = consumer;
      again = setTimeout(() => void reopen(failed), 1_000);
    }
  };

  return {
    start: async () => {
      try {
        await open();
      } catch (error) {
        const failed = consumer;
        consumer = undefined;
        await failed?.disconnect().catch(() => undefined);
        throw translated(error);
      }
    },
    commit: async (offsets) => {
      if (consumer === undefined || offsets.length === 0) return;
      try {
        await consumer.commitOffsets(offsets.map(({ offset, ...at }) => ({ ...at, offset: String(offset) })));
      } catch (error) {
        throw translated(error);
      }
    },
    pause: () => {
      paused = true;
      consumer?.pause(everything);
    },
    resume: () => {
      paused = false;
      consumer?.resume(everything);
    },
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      await consumer?.disconnect().catch(() => undefined);
      consumer = undefined;
    },
  };
};

/** The adapter over kafkajs 2.2.4, with its known faults guarded (ADR 23). */
export const createKafkajsClient = (connection: KafkaConnection): KafkaClient => ({
  producer: () => createProducer(connection),
  consumer: (options) => createConsumer(connection, options),
});
