import {
  compatibilityPartitioner,
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
  type Message,
  type MessagesStream,
} from '@platformatic/kafka';
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

/** What the broker said, wherever in the tree of errors it stands; else the code of what went wrong. */
const wordsOf = (error: unknown, depth = 0): readonly string[] => {
  if (!(error instanceof Error) || depth > 8) return [];
  const own =
    'apiId' in error && typeof error.apiId === 'string'
      ? [error.apiId]
      : 'code' in error && typeof error.code === 'string'
        ? [error.code]
        : [];
  const below: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [...below, error.cause].flatMap((one) => wordsOf(one, depth + 1)).concat(own);
};

const translated = (error: unknown): KafkaRefused | KafkaUnavailable => {
  const words = wordsOf(error);
  const refusal = words.find((word) => REFUSALS.has(word));
  if (refusal !== undefined) return new KafkaRefused(refusal);
  if (words.includes('PLT_KFK_AUTHENTICATION')) return new KafkaRefused('SASL_AUTHENTICATION_FAILED');
  return new KafkaUnavailable(words[0] ?? (error instanceof Error ? error.name : 'unknown'));
};

const baseOf = ({ brokers, clientId, sasl, tls }: KafkaConnection) => ({
  clientId,
  bootstrapBrokers: [...brokers],
  autocreateTopics: false,
  connectTimeout: 5_000,
  timeout: 15_000,
  retries: 5,
  retryDelay: 200,
  ...(sasl === undefined ? {} : { sasl: { mechanism: 'PLAIN' as const, ...sasl } }),
  ...(tls === undefined ? {} : { tls }),
});

/** One send at a time: a batch that is sent again after an error must not be overtaken by the next. */
const createProducer = async (connection: KafkaConnection): Promise<KafkaProducer> => {
  const open = () =>
    new Producer<string, string, string, string>({
      ...baseOf(connection),
      idempotent: true,
      acks: ProduceAcks.ALL,
      // As every other client of Kafka: a key stays in its partition when another client is switched on.
      partitioner: compatibilityPartitioner,
      serializers: stringSerializers,
    });
  let producer: ReturnType<typeof open> | undefined = open();
  try {
    await producer.connectToBrokers();
  } catch (error) {
    await producer.close(true).catch(() => undefined);
    throw translated(error);
  }
  let last: Promise<void> = Promise.resolve();
  const write = async (records: readonly OutgoingRecord[]): Promise<void> => {
    producer ??= open();
    try {
      await producer.send({
        messages: records.map(({ topic, key, value, headers }) => ({ topic, key, value, headers: { ...headers } })),
      });
    } catch (error) {
      // Where the sequence stands is not certain any more: the next send has a new producer id. Nothing is in flight.
      const broken = producer;
      producer = undefined;
      await broken.close(true).catch(() => undefined);
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
      await producer?.close(true).catch(() => undefined);
      producer = undefined;
    },
  };
};

type TextMessage = Message<string, string, string, string>;

const recordOf = ({ topic, partition, offset, key, value, headers }: TextMessage): IncomingRecord => ({
  topic,
  partition,
  offset,
  // Kafka knows records without; the types of the library do not.
  key: (key as string | undefined) ?? undefined,
  value: (value as string | undefined) ?? undefined,
  headers: Object.fromEntries(headers),
});

const createConsumer = (connection: KafkaConnection, options: ConsumerOptions): KafkaConsumer => {
  const { group, topics, handlers } = options;
  const sessionTimeout = options.sessionTimeoutMs ?? SESSION_MS;
  type Open = {
    readonly consumer: Consumer<string, string, string, string>;
    stream: MessagesStream<string, string, string, string> | undefined;
  };
  let current: Open | undefined;
  let stopping = false;
  let paused = false;
  let again: NodeJS.Timeout | undefined;

  const open = async (): Promise<void> => {
    const mine: Open = {
      consumer: new Consumer<string, string, string, string>({
        ...baseOf(connection),
        groupId: group,
        sessionTimeout,
        rebalanceTimeout: sessionTimeout,
        heartbeatInterval: Math.max(100, Math.floor(sessionTimeout / 10)),
        maxWaitTime: 200,
        maxBytesPerPartition: 1024 * 1024,
        autocommit: false,
        deserializers: stringDeserializers,
      }),
      stream: undefined,
    };
    current = mine;
    const { consumer } = mine;
    consumer.on('consumer:group:join', () => {
      if (current !== mine) return;
      handlers.onAssigned(
        (consumer.assignments ?? []).flatMap(({ topic, partitions }) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      );
    });
    /** Messages of one turn of the event loop, by partition: the stream gives them one by one. */
    let waiting = new Map<string, IncomingRecord[]>();
    const hand = (): void => {
      const batches = waiting;
      waiting = new Map();
      if (current !== mine || stopping) return;
      for (const records of batches.values()) handlers.onRecords(records);
    };
    const stream = await consumer.consume({
      topics: [...topics],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: MessagesStreamFallbackModes.EARLIEST,
      autocommit: false,
    });
    mine.stream = stream;
    stream.on('data', (message) => {
      if (waiting.size === 0) setImmediate(hand);
      const at = `${message.topic}/${message.partition}`;
      const records = waiting.get(at);
      if (records === undefined) waiting.set(at, [recordOf(message)]);
      else records.push(recordOf(message));
    });
    const broken = (error: unknown): void => {
      if (current !== mine || stopping) return;
      handlers.onError(translated(error));
      clearTimeout(again);
      again = setTimeout(() => void reopen(mine), 500);
    };
    stream.on('error', broken);
    consumer.on('error', broken);
    if (paused) stream.pause();
  };
  const reopen = async (broken: Open | undefined): Promise<void> => {
    if (stopping || current !== broken) return;
    await broken?.consumer.close(true).catch(() => undefined);
    if (stopping || current !== broken) return;
    try {
      await open();
    } catch (error) {
      handlers.onError(translated(error));
      const failed = current;
      again = setTimeout(() => void reopen(failed), 500);
    }
  };

  return {
    start: async () => {
      try {
        await open();
      } catch (error) {
        const failed = current;
        current = undefined;
        await failed?.consumer.close(true).catch(() => undefined);
        throw translated(error);
      }
    },
    commit: async (offsets) => {
      if (current === undefined || offsets.length === 0) return;
      try {
        await current.consumer.commit({ offsets: offsets.map((at) => ({ ...at, leaderEpoch: -1 })) });
      } catch (error) {
        throw translated(error);
      }
    },
    pause: () => {
      paused = true;
      current?.stream?.pause();
    },
    resume: () => {
      paused = false;
      current?.stream?.resume();
    },
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      const last = current;
      current = undefined;
      await last?.consumer.close(true).catch(() => undefined);
    },
  };
};

/** The adapter over @platformatic/kafka, the maintained client that stands by for kafkajs (ADR 23). */
export const createPlatformaticClient = (connection: KafkaConnection): KafkaClient => ({
  producer: () => createProducer(connection),
  consumer: (options) => createConsumer(connection, options),
});
