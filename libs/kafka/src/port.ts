/** One record to be written. */
export type OutgoingRecord = {
  readonly topic: string;
  /** `organisation|aggregate`: what shares a key keeps its order (design §6). */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type TopicPartition = { readonly topic: string; readonly partition: number };

/** One record as it was read. Nothing of it is trusted yet. */
export type IncomingRecord = TopicPartition & {
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
};

/** Where a group goes on reading: the offset after the last one that is done. */
export type CommitOffset = TopicPartition & { readonly offset: bigint };

/** The cluster does not answer, or not now: the same call may succeed later. What was sent may have been written. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

/** The cluster refuses: no topic, no permission, too large. The same call is refused again. */
export class KafkaRefused extends Error {
  override readonly name = 'KafkaRefused';
}

/** Writes in the order in which `send` is called, idempotent, acknowledged by all in-sync replicas. */
export type KafkaProducer = {
  /**
   * Resolves when the broker has acknowledged every record. After an error any of them may have been written; sending them
   * again, in the same order, keeps the order of each key.
   * @throws KafkaUnavailable, KafkaRefused
   */
  readonly send: (records: readonly OutgoingRecord[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type ConsumerHandlers = {
  /**
   * The partitions this member has from now on, all of them. What it had and still has goes on; records of a partition it
   * already had may come again from the committed offset.
   */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void;
  /** Records of one partition, in order. Must not block: a full reader says `pause`. */
  readonly onRecords: (records: readonly IncomingRecord[]) => void;
  /** The consumer could not go on by itself and begins anew, or a commit came too late; for a log. */
  readonly onError: (error: unknown) => void;
};

/**
 * Milliseconds without a sign of life after which a member's partitions go to others. What a member that is killed or cut off
 * held waits this long; one that is merely busy for longer loses its turn, and repeats decide to nothing.
 */
export const SESSION_MS = 15_000;

export type ConsumerOptions = {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handlers: ConsumerHandlers;
  /** Milliseconds without a sign of life after which the group gives the partitions to another; `SESSION_MS` when left out. */
  readonly sessionTimeoutMs?: number;
};

/** One member of a consumer group; reads from the committed offset, from the beginning where there is none. */
export type KafkaConsumer = {
  /** Resolves once the member reads. @throws KafkaUnavailable, KafkaRefused */
  readonly start: () => Promise<void>;
  /** Resolves when the offsets stand. @throws KafkaUnavailable when the partitions have gone to another meanwhile, too */
  readonly commit: (offsets: readonly CommitOffset[]) => Promise<void>;
  /** Stops reading, of all partitions, and stays in the group. What is on its way may still come. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Leaves the group. */
  readonly stop: () => Promise<void>;
};

/** A Kafka client, whichever library is behind it. */
export type KafkaClient = {
  readonly producer: () => Promise<KafkaProducer>;
  readonly consumer: (options: ConsumerOptions) => KafkaConsumer;
};

export const kafkaClients = ['kafkajs', 'platformatic'] as const;
export type KafkaClientName = (typeof kafkaClients)[number];

export type KafkaConnection = {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Names the process to the broker: quotas and its logs. */
  readonly clientId: string;
  /** SASL/PLAIN; only over TLS outside a test. */
  readonly sasl?: { readonly username: string; readonly password: string };
  /** PEM texts; mutual where `key` and `cert` are given. Read again for each connection that is made: they may change. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
};
