import { gatewayCaller, operations, serviceNames, type RequestContext, type ServiceName } from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import { createGrpcClient, endpointsSchema, readIdentity, writeCertificates, type GrpcClient } from '@toeverlaat/grpc';
import { freePorts } from '@toeverlaat/kafka-broker/free-ports';
import { randomId, type Instant } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFileClock } from '../clock.js';
import { logSchema, type ProcessName } from '../settings.js';
import { prepareTopics, startBroker } from './kafka.js';
import { fleetLayoutOf, planFleet, type FleetLayout, type Place, type ProcessPlan, keepBlobs } from './plan.js';
import { prepareDatabases, startCluster } from './postgres.js';
import { runSeed, type SeedInput } from './seed-process.js';
import { supervise, type Supervised } from './supervisor.js';

export type FleetOptions = {
  readonly data: string;
  readonly host?: string;
  /** The gateway's first; 0: a free one. */
  readonly port?: number;
  readonly replicas?: Readonly<Partial<Record<ProcessName, number>>>;
  /**
   * `postgres`: a server of its own in the data folder; `sqlite`: a file; `kurrentdb://…`: a server that runs, for the log alone;
   * else a PostgreSQL server that runs, as its owner.
   */
  readonly log: string;
  /** `kafka`: a broker of its own in the data folder; `none`: events are read from the log; else brokers that run. */
  readonly broker?: string;
  readonly cases?: number;
  readonly seed?: number;
  readonly logLevel?: SeedInput['logLevel'];
  readonly play: SeedInput['play'];
  /** Starts the process too that begins epochs of keys when they are due (ADR 59). */
  readonly rotating?: boolean;
  /** A line that a process printed. */
  readonly onLine?: (name: string, line: string) => void;
  readonly onRestart?: (name: string, how: string) => void;
  readonly onStep?: (step: string) => void;
  /** More settings of every process, for tests. */
  readonly more?: Readonly<Record<string, string>>;
  /** Where one process runs, for tests: on a host of its own, as it were. */
  readonly place?: (name: string) => Place | undefined;
  /** Other settings of one process, of what it was to be told, for tests. */
  readonly own?: (plan: ProcessPlan) => Readonly<Record<string, string>>;
};

/** A deployment on one host, running. */
export type Fleet = {
  readonly layout: FleetLayout;
  readonly url: string;
  /** Every gateway's. */
  readonly urls: readonly string[];
  readonly processes: ReadonlyMap<string, Supervised>;
  /** How every store is reached, as settings by name; secrets. */
  readonly stores: Readonly<Record<string, string>>;
  /** Sets the clock of every process; undefined: the present. */
  readonly steer: (instant: Instant | undefined) => void;
  /** Looks at dates now, once, in one replica of every service, or of those that are named. */
  readonly runTimers: (services?: readonly ServiceName[]) => Promise<void>;
  /**
   * True once every replica has handled everything that is in the log, what reactions wrote included; false when the bound
   * in milliseconds ran out, 120 000 when left out. A replica that comes back is waited for.
   */
  readonly whenSettled: (timeoutMs?: number) => Promise<boolean>;
  /** Process to view to hash. */
  readonly viewHashes: () => Promise<Readonly<Record<string, Readonly<Record<string, string>>>>>;
  /** Copies view files to where cold replicas look. */
  readonly publishViews: () => Promise<void>;
  /** Stops one process completely, then starts it. */
  readonly restart: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** The built module, also when this one runs from its source in a test. */
export const builtModule = (name: string): string => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

const COMPILE_CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/node', import.meta.url));

/** An operator's question to one process, by its own address. */
const operatorOf = (certificates: string, { service, port, settings }: ProcessPlan): GrpcClient =>
  createGrpcClient({
    identity: readIdentity(certificates, 'operator'),
    services: { [service]: endpointsSchema.parse(`${settings['host'] ?? '127.0.0.1'}:${port}`) },
    timeoutMs: 70_000,
  });

const context = (): RequestContext => {
  const id = randomId();
  const caller = { ...gatewayCaller, pseudonym: 'operator', capacityId: 'operator' };
  return { requestId: id, correlationId: id, caller, purpose: 'operate', language: 'nl' };
};

/** A process did not answer its operator. */
export class OperatorUnanswered extends Error {
  override readonly name = 'OperatorUnanswered';
}

type Operated = { readonly name: string; readonly service: ServiceName; readonly client: GrpcClient };

type Reply<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rejection: { readonly kind: string } };

/** How long an operator waits for a process that is being started again, in milliseconds. */
const PATIENCE_MS = 120_000;
const ASK_AGAIN_MS = 250;

/**
 * An answer of one process. One that was killed a moment ago is started again, and its answer is waited for: every question
 * of an operator may be asked twice.
 * @throws OperatorUnanswered: it refused, or nothing came within the bound
 */
const answered = async <T>(name: string, ask: () => Promise<Reply<T>>, patienceMs = PATIENCE_MS): Promise<T> => {
  const until = performance.now() + patienceMs;
  for (;;) {
    const reply = await ask();
    if (reply.ok) return reply.value;
    const { kind } = reply.rejection;
    if (kind !== 'Unavailable' || performance.now() >= until) throw new OperatorUnanswered(`${name}: ${kind}`);
    await delay(ASK_AGAIN_MS);
  }
};

/** Where the stores are: settings by name, for a service and for who plays the demonstration. */
type StoreSettings = {
  readonly of: (service: ServiceName) => Readonly<Record<string, string>>;
  readonly keeper: Readonly<Record<string, string>>;
  /** For the process that begins epochs of keys. */
  readonly rotation: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

const filesOf = (layout: FleetLayout): StoreSettings => {
  const { keys, blobs, messaging } = layout;
  const common = { log: `sqlite:${layout.log}`, keys, messaging };
  return {
    of: (service) => (keepBlobs.has(service) ? { ...common, blobs } : common),
    keeper: { ...common, blobs },
    rotation: { log: common.log, keys },
    stop: () => Promise.resolve(),
  };
};

const databasesOf = async (
  layout: FleetLayout,
  owner: string,
  name: string,
  stop: () => Promise<void>,
): Promise<StoreSettings> => {
  const databases = await prepareDatabases(owner, name, layout.databaseSecret);
  return {
    of: (service) => {
      const { blobs, ...common } = databases.of(service);
      return keepBlobs.has(service) ? { ...common, blobs } : common;
    },
    keeper: databases.keeper,
    rotation: databases.rotation,
    stop,
  };
};

/** On a server that others use too, each deployment has databases of its own, by where it lies. */
export const databaseNameOf = (layout: FleetLayout): string =>
  `t${createHash('sha256').update(layout.folder).digest('hex').slice(0, 12)}`;

const onKurrentDb = (log: string): boolean => logSchema.safeParse(log).data?.kind === 'kurrentdb';

const openStoreServers = async (
  layout: FleetLayout,
  log: string,
  freePort: () => Promise<number>,
): Promise<StoreSettings> => {
  if (log === 'sqlite') return filesOf(layout);
  const kurrentdb = onKurrentDb(log);
  if (log !== 'postgres' && !kurrentdb)
    return databasesOf(layout, log, databaseNameOf(layout), () => Promise.resolve());
  const cluster = await startCluster(layout.postgres, await freePort());
  try {
    const databases = await databasesOf(layout, cluster.owner, 'toeverlaat', cluster.stop);
    if (!kurrentdb) return databases;
    // Its own users do not tell services apart: who may append what is then what each service does (how-to/kurrentdb).
    const { of, keeper, rotation, stop } = databases;
    return {
      of: (service) => ({ ...of(service), log }),
      keeper: { ...keeper, log },
      rotation: { ...rotation, log },
      stop,
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
};

/** The settings by which processes reach the broker; none without one. */
const openBrokers = async (
  layout: FleetLayout,
  broker: string,
): Promise<{ readonly settings: Readonly<Record<string, string>>; readonly stop: () => Promise<void> }> => {
  if (broker === 'none') return { settings: {}, stop: () => Promise.resolve() };
  const own = broker === 'kafka';
  const { brokers, stop } = own ? await startBroker(layout.kafka) : { brokers: broker, stop: () => Promise.resolve() };
  // On a broker that others use too, each deployment has topics of its own.
  const prefix = own ? 'toeverlaat' : databaseNameOf(layout);
  try {
    await prepareTopics(brokers, prefix);
    return { settings: { kafkaBrokers: brokers, kafkaPrefix: prefix }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const noteDone = (layout: FleetLayout): boolean => {
  const file = `${layout.seeding}/demonstration.json`;
  return existsSync(file) && readFileSync(file, 'utf8').includes('"done":true');
};

/**
 * Starts a whole deployment on this host: certificates, the log's server, the demonstration played where that is due, then
 * every process, services before gateways. A second start on the same folder goes on where the first ended.
 * @throws PostgresMissing, ProcessDidNotStart, SeedFailed: everything started by then is stopped again
 */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { data, host = '127.0.0.1', port = 0, replicas = {}, play, onLine = () => undefined } = options;
  const { cases = 0, seed = 1, logLevel = 'warn', onStep = () => undefined } = options;
  const layout = fleetLayoutOf(data);
  mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  const freePort = freePorts(host);
  const ends: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    onStep('certificates');
    writeCertificates(layout.certificates);
    onStep('stores');
    const stores = await openStoreServers(layout, options.log, freePort);
    ends.push(stores.stop);
    onStep('broker');
    const brokers = await openBrokers(layout, options.broker ?? 'none');
    ends.push(brokers.stop);
    if (!noteDone(layout)) {
      onStep('demonstration');
      const { rootKey, publishedViews } = layout;
      await runSeed(
        builtModule('fleet/seed'),
        {
          stores: stores.keeper,
          rootKey,
          publishedViews,
          data: layout.seeding,
          cases,
          seed,
          logLevel,
          play,
        },
        (line) => onLine('seed', line),
      );
    }
    onStep('processes');
    const { own = () => ({}) } = options;
    const planned = await planFleet({
      layout,
      host,
      stores: (service) => ({ ...stores.of(service), ...brokers.settings }),
      replicas,
      gatewayPort: port,
      freePort,
      logLevel,
      ...(options.more === undefined ? {} : { more: options.more }),
      ...(options.place === undefined ? {} : { place: options.place }),
    });
    const plans: readonly ProcessPlan[] = planned.map((plan) => ({
      ...plan,
      settings: { ...plan.settings, ...own(plan) },
    }));
    const watched = {
      onLine,
      compileCache: COMPILE_CACHE,
      ...(options.onRestart === undefined ? {} : { onRestart: options.onRestart }),
    };
    const processes = new Map(
      plans.map((plan) => [plan.name, supervise(plan, { entry: builtModule('main'), ...watched })]),
    );
    const kind = (gateway: boolean) =>
      [...processes.values()].filter(({ plan }) => (plan.service === 'gateway') === gateway);
    ends.push(async () => {
      // Nobody asks any more before those who are asked go.
      await Promise.all(kind(true).map((one) => one.stop()));
      await Promise.all(kind(false).map((one) => one.stop()));
    });
    await Promise.all([...processes.values()].map((one) => one.start()));
    if (options.rotating === true) {
      const { rootKey } = layout;
      const operationsPort = String(await freePort());
      const settings = { ...stores.rotation, rootKey, logLevel, operationsPort };
      const rotation = supervise(
        { name: 'keys-1', within: [], settings },
        { entry: builtModule('keys/main'), ...watched },
      );
      ends.push(rotation.stop);
      await rotation.start();
    }

    const operated: readonly Operated[] = plans.flatMap((plan) =>
      plan.service === 'gateway'
        ? []
        : [{ name: plan.name, service: plan.service, client: operatorOf(layout.certificates, plan) }],
    );
    ends.push(() => {
      for (const { client } of operated) client.close();
    });
    const head = async (): Promise<Position | undefined> => {
      const [one] = operated;
      if (one === undefined) return undefined;
      const ask = () => one.client.rpc.query(operations[one.service].head, context(), {});
      return (await answered(one.name, ask)).position ?? undefined;
    };
    const settledUpTo = async ({ name, service, client }: Operated, position: Position, until: number) => {
      const leftMs = (): number => Math.max(0, Math.round(until - performance.now()));
      // One question is bounded by the contract; what takes longer is asked again.
      for (;;) {
        const timeoutMs = Math.min(leftMs(), 30_000);
        const ask = () => client.rpc.query(operations[service].settled, context(), { position, timeoutMs });
        if ((await answered(name, ask, Math.max(leftMs(), PATIENCE_MS))).settled) return true;
        if (leftMs() === 0) return false;
        await delay(ASK_AGAIN_MS);
      }
    };
    /** Asks one replica of each service. */
    const askEach = async <T>(
      ask: (one: Operated) => Promise<Reply<T>>,
      services: readonly ServiceName[] = serviceNames,
    ): Promise<void> => {
      for (const service of services) {
        const one = operated.find((candidate) => candidate.service === service);
        if (one !== undefined) await answered(one.name, () => ask(one));
      }
    };
    const urls = plans
      .filter(({ service }) => service === 'gateway')
      .map((plan) => `http://${plan.settings['host'] ?? host}:${plan.port}`);
    return {
      layout,
      url: urls[0] ?? '',
      urls,
      processes,
      stores: stores.keeper,
      steer: (instant) => {
        setFileClock(layout.clock, instant);
      },
      runTimers: (services) =>
        askEach(({ service, client }) => client.rpc.query(operations[service].timers, context(), {}), services),
      whenSettled: async (timeoutMs = PATIENCE_MS) => {
        const until = performance.now() + timeoutMs;
        for (let seen: Position | undefined; ;) {
          const now = await head();
          if (now === seen || now === undefined) return true;
          const all = await Promise.all(operated.map((one) => settledUpTo(one, now, until)));
          if (!all.every(Boolean)) return false;
          seen = now;
        }
      },
      viewHashes: async () =>
        Object.fromEntries(
          await Promise.all(
            operated.map(async ({ name, service, client }) => {
              const ask = () => client.rpc.query(operations[service].viewHashes, context(), {});
              return [name, (await answered(name, ask)).hashes] as const;
            }),
          ),
        ),
      publishViews: () =>
        askEach(({ service, client }) => client.rpc.query(operations[service].publishViews, context(), {})),
      restart: async (name) => {
        const one = processes.get(name);
        if (one === undefined) throw new RangeError(name);
        await one.stop();
        await one.start();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
