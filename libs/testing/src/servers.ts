import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { addressOf, serverNeeds, variableOf, type ServerNeed } from './needs-of.js';
import { postgresBinaries, startPostgres } from './postgres-server.js';

/**
 * Where the servers of the `*.server.spec.ts` come from, in one place: the address that the environment names, else the
 * machine's own binaries, else a container where a Docker engine answers, else none, and then the suites are skipped aloud
 * (`describeWith`). Vitest runs this once before all files; only what the chosen files ask for is started.
 */
type Started = { readonly address: string; readonly stop: () => Promise<unknown> };
/** Undefined: this machine does not have it, the next way is tried. */
type Way = { readonly from: string; readonly start: () => Promise<Started | undefined> };

const ROOT = join(import.meta.dirname, '..', '..', '..');

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

type Container = {
  readonly image: string;
  readonly port: number;
  /** `host` is the port under which the container is reached. */
  readonly environment: (host: number) => Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ready: RegExp;
  readonly times?: number;
  readonly address: (host: string, port: number) => string;
};

const NO_ENGINE = /Could not find a working container runtime strategy/u;

/** Says of a machine without an engine that it has none; any other fault is one. */
const inContainer = (of: Container): Way => ({
  from: `a container of ${of.image}`,
  start: async () => {
    const { GenericContainer, Wait } = await import('testcontainers');
    const port = await freePort();
    const container = new GenericContainer(of.image)
      // The same port inside and out is named in what a broker tells its clients.
      .withExposedPorts({ container: of.port, host: port })
      .withEnvironment({ ...of.environment(port) })
      .withWaitStrategy(Wait.forLogMessage(of.ready, of.times ?? 1));
    if (of.command !== undefined) container.withCommand([...of.command]);
    try {
      const started = await container.start();
      return { address: of.address(started.getHost(), port), stop: () => started.stop() };
    } catch (error) {
      if (error instanceof Error && NO_ENGINE.test(error.message)) return undefined;
      throw error;
    }
  },
});

/** Behind a variable, so that the compiler does not follow it out of this package. */
const kafkaCluster = join(ROOT, 'infra', 'kafka', 'cluster.mjs');
type KafkaModule = {
  readonly canStartKafka: () => boolean;
  readonly startKafka: () => Promise<{ readonly brokers: string; readonly close: () => Promise<void> }>;
};

const WAYS: Readonly<Record<ServerNeed, readonly Way[]>> = {
  postgres: [
    {
      from: "PostgreSQL's own binaries",
      start: async () => {
        if (postgresBinaries() === undefined) return undefined;
        const server = await startPostgres();
        return { address: server.url, stop: server.remove };
      },
    },
    inContainer({
      image: process.env['POSTGRES_IMAGE'] ?? 'postgres:17-bookworm',
      port: 5432,
      environment: () => ({ POSTGRES_USER: 'owner', POSTGRES_DB: 'postgres', POSTGRES_HOST_AUTH_METHOD: 'trust' }),
      command: ['postgres', '-c', 'wal_recycle=off', '-c', 'max_connections=200'],
      // Once while the image prepares itself, once for good.
      ready: /database system is ready to accept connections/u,
      times: 2,
      address: (host, port) => `postgres://owner@${host}:${port}/postgres?sslmode=disable`,
    }),
  ],
  kafka: [
    {
      from: 'Java and the jars of Maven Central',
      start: async () => {
        if (!existsSync(kafkaCluster)) return undefined;
        const { canStartKafka, startKafka } = (await import(kafkaCluster)) as KafkaModule;
        if (!canStartKafka()) return undefined;
        const cluster = await startKafka();
        return { address: cluster.brokers, stop: cluster.close };
      },
    },
    inContainer({
      image: process.env['KAFKA_IMAGE'] ?? 'apache/kafka:4.1.0',
      port: 9092,
      environment: (host) => ({
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://localhost:${host}`,
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      }),
      ready: /Kafka Server started/u,
      address: (host, port) => `${host}:${port}`,
    }),
  ],
  kurrentdb: [
    inContainer({
      // The last version under an open licence; the current LTS by the variable (docs/how-to/kurrentdb.md).
      image: process.env['KURRENTDB_IMAGE'] ?? 'eventstore/eventstore:23.10.0-bookworm-slim',
      port: 2113,
      environment: () => ({}),
      command: ['--insecure', '--run-projections=None', '--max-append-size=16000000'],
      ready: /IS LEADER/iu,
      address: (host, port) => `kurrentdb://${host}:${port}?tls=false`,
    }),
  ],
};

/** What these test files ask for. */
export const needsOf = (sources: readonly string[]): readonly ServerNeed[] =>
  serverNeeds.filter((need) => sources.some((source) => new RegExp(`describeWith\\(\\s*'${need}'`, 'u').test(source)));

/** The files of this run: those that the words on the command line name, all without any. */
const chosenFiles = async (project: TestProject): Promise<readonly string[]> => {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('-') && word !== 'run');
  const { testFiles } = await project.globTestFiles(words);
  // A word that was the value of a flag names no file.
  return testFiles.length > 0 ? testFiles : (await project.globTestFiles()).testFiles;
};

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Vitest's global set-up (vitest.config.ts). @returns what stops the servers again */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const running: Started[] = [];
  const files = (await chosenFiles(project)).filter((file) => file.endsWith('.server.spec.ts'));
  for (const need of needsOf(files.map((file) => readFileSync(file, 'utf8')))) {
    if (addressOf(need) !== undefined) continue;
    for (const { from, start } of WAYS[need]) {
      try {
        const started = await start();
        if (started === undefined) continue;
        running.push(started);
        process.env[variableOf(need)] = started.address;
        say(`${need}: from ${from}`);
        break;
      } catch (error) {
        // Aloud, and the next way is tried: without one the suites are skipped and counted.
        say(`${need}: ${from} could not be started: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    }
  }
  return async () => {
    for (const { stop } of running.toReversed()) await stop();
  };
};
