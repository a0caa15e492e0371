/** One broker of a cluster, a Java process of its own. */
export type KafkaNode = {
  readonly id: number;
  /** `127.0.0.1:port`, the same after a restart. */
  readonly address: string;
  readonly pid: () => number | undefined;
  /** Starts it again on its data. Resolves when it says that it has started. @throws BrokerDidNotStart */
  readonly start: () => Promise<void>;
  /** Ends it as an operator would (SIGTERM). */
  readonly stop: () => Promise<void>;
  /** `kill -9`. */
  readonly kill: () => Promise<void>;
  /** Resolves once the process that was started last has ended, however. */
  readonly whenEnded: () => Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  readonly pause: () => void;
  readonly resume: () => void;
};

export type KafkaUser = { readonly username: string; readonly password: string };

export type KafkaCluster = {
  /** Comma-separated, as `KAFKA_BROKERS`. */
  readonly brokers: string;
  /** As `brokers`, for those who reach them by the other way; '' without one. */
  readonly apart: string;
  readonly nodes: readonly KafkaNode[];
  /** With an authorizer: may do everything. */
  readonly admin: KafkaUser | undefined;
  /** What the brokers said so far. */
  readonly output: () => string;
  /** Kills every node and removes the data; stops them and keeps it where a folder was given. */
  readonly close: () => Promise<void>;
};

export type KafkaOptions = {
  /** 1 or 3; 1 when left out. */
  readonly nodes?: number;
  /** Where the data stays for the next start; a temporary one when left out. */
  readonly folder?: string;
  /** Megabytes of Java heap per node; 256 when left out. */
  readonly heapMb?: number;
  /** With these users (SASL/PLAIN) and the StandardAuthorizer: what no rule allows is refused. */
  readonly users?: readonly KafkaUser[];
  /**
   * A listener for those who reach the brokers by another way, by itself an address of this machine; what they are told is the
   * port that `through` answers for the port where a broker listens.
   */
  readonly apart?: { readonly host: string; readonly through?: (port: number) => Promise<number> };
  /** What a broker's command is put behind, asked once, when the folder of its data is there and empty. */
  readonly within?: (id: number, dataFolder: string) => Promise<readonly string[]>;
  /** What a broker may take to start, in milliseconds; 180 000 when left out. */
  readonly startWithinMs?: number;
  /** More lines of server.properties. */
  readonly config?: Readonly<Record<string, string>>;
};

/** A broker ended while it started, or had not started in time; the message ends with what it said last. */
export declare class BrokerDidNotStart extends Error {
  override readonly name: 'BrokerDidNotStart';
}

/** Whether this machine can start a broker: Java, and the jars or Maven to fetch them. */
export declare const canStartKafka: () => boolean;

/** Starts a cluster in a temporary folder on free ports of the loopback address. @throws BrokerDidNotStart */
export declare const startKafka: (options?: KafkaOptions) => Promise<KafkaCluster>;
