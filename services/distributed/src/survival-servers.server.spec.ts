import { applyChange, kafkaAdmin, stateOf } from '@toeverlaat/kafka';
import { canStartKafka, startKafka, type KafkaCluster, type KafkaNode } from '@toeverlaat/kafka-broker';
import { addressOf, itWith } from '@toeverlaat/testing/needs';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databaseNameOf } from './fleet/fleet.js';
import type { Place, ProcessPlan } from './fleet/plan.js';
import { openHostApart, type HostApart } from './host-apart.fixture.js';
import { openSmallDisk, type SmallDisk } from './small-disk.fixture.js';
import {
  abandonLoads,
  expectOnce,
  expectRebuilt,
  figuresOf,
  isReady,
  load,
  RETRYABLE,
  ROUNDS,
  whenCaughtUp,
  whenSo,
  type Acknowledged,
} from './survival.fixture.js';
import { openFleetTheatre, type FleetTheatre } from './test-support.js';

/*
 * What becomes of a deployment when the servers under it die, or their disks are full, or the network between two hosts is cut:
 * three brokers and a database of its own, so that they may be killed.
 */

const missing = [
  ...(canStartKafka() ? [] : ['a broker of Kafka']),
  ...(postgresBinaries() === undefined ? ['PostgreSQL'] : []),
];
const needed = missing.length === 0 ? '' : ` [needs ${missing.join(' and ')} that it may kill]`;
/** Cut by the network itself and disks of a size of their own; without namespaces only the way to the database is cut, by a proxy. */
const REAL = addressOf('namespaces') !== undefined;
/** A client of Kafka looks for its broker again after a while, then catches up. */
const LOOKS = 4;
/** Above every bound inside: a test that stands still is told so by what it waits for. */
const LONG_MS = 900_000;

/** Processes on a host of their own. */
const APART: readonly string[] = ['case-1', 'records-1'];
/** The broker whose disk is filled while the others go on, before theirs are. */
const FIRST_FULL = 3;
const BROKER_MB = 96;
const DATABASE_MB = 400;
/** How kafkajs says that whom it asked is not there. */
const AWAY = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSNumberOfRetriesExceeded']);
const NO_SPACE = /No space left on device|unsafe memory access/u;
/** Settings of a topic that `topics.json` decides. */
const SETTINGS = [
  'cleanup.policy',
  'retention.ms',
  'min.insync.replicas',
  'max.message.bytes',
  'unclean.leader.election.enable',
];
const STORES = ['log', 'vault', 'keyring', 'blobs', 'messaging'] as const;

/** Events of a service that no broker acknowledged, as one of its processes says. */
const unpublished = async (theatre: FleetTheatre, name: string): Promise<number | undefined> => {
  const [, value] =
    /^toeverlaat_relay_lag_positions(?:\{[^}]*\})? (\S+)$/mu.exec((await figuresOf(theatre.fleet, name)) ?? '') ?? [];
  return value === undefined ? undefined : Number(value);
};

(missing.length === 0 ? describe : describe.skip)(`a deployment over three brokers whose servers die${needed}`, () => {
  let apart: HostApart;
  const disks: { readonly brokers: Map<number, SmallDisk>; database?: SmallDisk } = { brokers: new Map() };
  let postgres: PostgresServer;
  let kafka: KafkaCluster;
  let theatre: FleetTheatre;
  const all: Acknowledged[] = [];
  const ends: (() => Promise<unknown>)[] = [];

  const startDatabase = (): Promise<PostgresServer> =>
    startPostgres(
      { max_connections: '400', max_wal_size: '64MB', min_wal_size: '32MB' },
      REAL
        ? {
            also: { host: apart.here('database'), network: `${apart.there('database')}/32` },
            within: async (folder, owner) => {
              disks.database = await openSmallDisk(folder, DATABASE_MB, owner);
              return disks.database.within;
            },
            seen: (path) => disks.database?.seen(path) ?? path,
          }
        : {},
    );
  const startBrokers = (): Promise<KafkaCluster> =>
    startKafka({
      nodes: 3,
      apart: { host: apart.here('brokers'), through: (port) => apart.through('brokers', port) },
      within: async (id, folder) => {
        if (!REAL) return [];
        const disk = await openSmallDisk(folder, BROKER_MB);
        disks.brokers.set(id, disk);
        return disk.within;
      },
    });
  /** Where a process listens, and where it runs. */
  const place = (name: string): Place | undefined =>
    APART.includes(name)
      ? {
          host: apart.there('services'),
          within: apart.within,
          through: (port) => apart.through('services', port),
        }
      : name.startsWith('gateway')
        ? undefined
        : { host: apart.here('services') };
  /** What the processes apart are told of the way to database and brokers. */
  const own =
    (databasePort: number) =>
    ({ name, settings }: ProcessPlan): Readonly<Record<string, string>> => {
      if (!APART.includes(name)) return {};
      const stores = STORES.flatMap((store) => {
        const url = settings[store];
        if (url === undefined) return [];
        const changed = new URL(url);
        changed.hostname = apart.here('database');
        changed.port = String(databasePort);
        changed.searchParams.set('sslmode', 'disable');
        return [[store, changed.href] as const];
      });
      return {
        ...Object.fromEntries(stores),
        kafkaBrokers: kafka.apart,
        operationsHost: apart.there('operator'),
      };
    };

  beforeAll(async () => {
    apart = await openHostApart(REAL);
    ends.push(() => apart.close());
    ends.push(async () => {
      for (const disk of [...disks.brokers.values(), disks.database]) await disk?.close();
    });
    const started = await Promise.allSettled([
      startDatabase().then((server) => {
        ends.push(server.remove);
        return server;
      }),
      startBrokers().then((cluster) => {
        ends.push(cluster.close);
        return cluster;
      }),
    ]);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const [database, brokers] = started;
    if (database.status === 'fulfilled') postgres = database.value;
    if (brokers.status === 'fulfilled') kafka = brokers.value;
    const databasePort = await apart.through('database', Number(new URL(postgres.url).port));
    theatre = await openFleetTheatre({
      log: postgres.url,
      broker: kafka.brokers,
      replicas: { case: 2 },
      place,
      own: own(databasePort),
    });
    ends.push(() => theatre.close());
    theatre.fleet.steer(undefined);
  }, LONG_MS);
  /** In the reverse order, each whatever became of the others: what one leaves behind would fill the machine. */
  afterAll(async () => {
    const faults: unknown[] = [];
    for (const end of ends.toReversed())
      await end().catch((error: unknown) => {
        faults.push(error);
      });
    if (faults.length > 0) throw new AggregateError(faults, 'not everything could be ended');
  }, LONG_MS);

  afterEach(abandonLoads);

  const node = (n: number): KafkaNode => {
    const found = kafka.nodes[n];
    if (found === undefined) throw new RangeError(`broker ${n}`);
    return found;
  };
  type Load = ReturnType<typeof load>;
  /** Ends a load: nobody was told anything but to ask again, nothing is lost or twice, and nothing is a second behind. */
  const expectWhole = async (running: Load): Promise<void> => {
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectOnce(theatre, all, LOOKS);
    await whenCaughtUp(theatre);
    const hashes = await theatre.fleet.viewHashes();
    expect(hashes['case-1']).toEqual(hashes['case-2']);
  };
  const prefix = (): string => databaseNameOf(theatre.fleet.layout);
  const asAdmin = async <T>(work: (admin: ReturnType<typeof kafkaAdmin>) => Promise<T>): Promise<T> => {
    const done: T[] = [];
    await whenSo('a broker that is there is asked', async () => {
      const admin = kafkaAdmin({ brokers: kafka.brokers.split(','), clientId: 'survival' });
      try {
        await admin.connect();
        done.push(await work(admin));
        return true;
      } catch (error) {
        // Until its session is over the others name a broker that is gone, and kafkajs asks that one and nobody else.
        if (error instanceof Error && AWAY.has(error.name)) return false;
        throw error;
      } finally {
        await admin.disconnect().catch(() => undefined);
      }
    });
    for (const answer of done) return answer;
    throw new RangeError('nobody answered');
  };
  /** One setting of a service's topic; the others stay. */
  const setTopic = (service: string, name: string, value: string): Promise<void> =>
    asAdmin(async (admin) => {
      const topic = `${prefix()}.${service}`;
      const { topics } = await stateOf(admin, [topic], SETTINGS);
      const set = { ...topics[0]?.config, [name]: value };
      await applyChange(admin, { kind: 'configure', name: topic, set }, { topics: [], acl: undefined });
    });
  /** Processes of a service that share its consumer groups, as the brokers say. */
  const sharing = (service: string): Promise<ReadonlySet<string>> =>
    asAdmin(async (admin) => {
      const { groups } = await admin.listGroups();
      const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${prefix()}.`));
      const { groups: described } = await admin.describeGroups(ours);
      const members = described.flatMap((group) => group.members.map(({ clientId }) => clientId));
      const mine = `${prefix()}-${service}-`;
      return new Set(members.filter((id) => id.startsWith(mine)).map((id) => id.slice(prefix().length + 1)));
    });

  /** Has brokers end: by themselves, because their disks are full, and by `kill -9` where no disk is their own. */
  const endBrokers = async (...gone: readonly KafkaNode[]): Promise<void> => {
    if (!REAL) {
      await Promise.all(gone.map((one) => one.kill()));
      return;
    }
    const before = kafka.output().length;
    let running = gone.length;
    for (const one of gone) {
      void one.whenEnded().finally(() => {
        running -= 1;
      });
      disks.brokers.get(one.id)?.fill();
    }
    // One cannot say to the others what it is any more, and ends itself.
    await whenSo('brokers end themselves', () => running === 0);
    expect(kafka.output().slice(before)).toMatch(NO_SPACE);
  };

  it(
    'goes on when the disk of one broker is full, acknowledges commands while all disks are and every broker is away, and reacts to all of it once there is space',
    async () => {
      const running = load(theatre);
      await running.more(2);
      const first = node(FIRST_FULL - 1);
      await endBrokers(first);
      await running.more(2);
      await endBrokers(...kafka.nodes.filter((one) => one !== first));
      // The log is the outbox: nothing that a person does waits for a broker.
      await running.more(8);
      for (const disk of disks.brokers.values()) disk.free();
      await Promise.all(kafka.nodes.map((one) => one.start()));
      await running.more(2);
      await expectWhole(running);
    },
    LONG_MS,
  );

  it(
    'keeps what a topic does not take for want of a third broker, says so, goes on with two where two are enough, and with the third when it is back',
    async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const gone = node(round % 3);
        await setTopic('case', 'min.insync.replicas', '3');
        const told = theatre.lines.length;
        const running = load(theatre);
        try {
          await running.more(2);
          await gone.kill();
          await whenSo('the relay says that it waits', () =>
            theatre.lines
              .slice(told)
              .some((line) => line.startsWith('case-') && line.includes('relay waits for the broker')),
          );
          await running.more(4);
          // What was acknowledged to people since is in the log, and the checkpoint stays before it.
          await whenSo('four wait for the broker', async () => ((await unpublished(theatre, 'case-2')) ?? 0) >= 4);
          await setTopic('case', 'min.insync.replicas', '2');
          await running.more(2);
          await expectWhole(running);
          await whenSo('none waits for the broker', async () => (await unpublished(theatre, 'case-2')) === 0);
        } finally {
          // What fails here is said by this test, and not by every one that comes after it.
          await setTopic('case', 'min.insync.replicas', '2');
        }
        const more = load(theatre);
        await gone.start();
        await more.more(2);
        await expectWhole(more);
      }
    },
    LONG_MS * ROUNDS,
  );

  it(
    'shares the work anew while a replica leaves, comes back, and stands still, under load',
    async () => {
      const replica = theatre.fleet.processes.get('case-2');
      const running = load(theatre);
      await running.more(2);
      await replica?.stop();
      await running.more(2);
      await replica?.start();
      await whenSo('both share the work', async () => (await sharing('case')).size === 2);
      const pid = replica?.pid();
      if (pid === undefined) throw new Error('case-2 does not run');
      process.kill(pid, 'SIGSTOP');
      try {
        await running.more(2);
        await whenSo('the other has taken it all', async () => [...(await sharing('case'))].join(' ') === 'case-1');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await whenSo('both share the work again', async () => (await sharing('case')).size === 2);
      await running.more(2);
      await expectWhole(running);
      expect(replica?.pid()).toBe(pid);
    },
    LONG_MS,
  );

  const pids = () => APART.map((name) => theatre.fleet.processes.get(name)?.pid());
  /** Nobody started them again: they went on. */
  const expectStill = (before: readonly (number | undefined)[]): void => {
    expect(pids()).toEqual(before);
  };
  const areReady = (ready: boolean) => async (): Promise<boolean> =>
    (await Promise.all(APART.map((name) => isReady(theatre.fleet, name)))).every((one) => one === ready);

  it(
    'loses nothing when the way to the database is cut for a host, half-open, and goes on by itself when healed',
    async () => {
      const before = pids();
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = load(theatre);
        await running.more(2);
        apart.cut('database');
        // The replica that can still reach it answers; those that cannot say so themselves.
        await running.more(4);
        await whenSo('those apart say that they are not ready', areReady(false));
        apart.heal('database');
        await whenSo('those apart are ready again', areReady(true));
        await running.more(2);
        await expectWhole(running);
      }
      expectStill(before);
    },
    LONG_MS * ROUNDS,
  );

  itWith(
    'namespaces',
    'loses nothing when the way to the brokers is cut for a host, half-open: others take its work, and it joins them again',
    async () => {
      const before = pids();
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = load(theatre);
        await running.more(2);
        apart.cut('brokers');
        await running.more(4);
        await whenSo('the other has taken it all', async () => [...(await sharing('case'))].join(' ') === 'case-2');
        apart.heal('brokers');
        await whenSo('both share the work again', async () => (await sharing('case')).size === 2);
        await running.more(2);
        await expectWhole(running);
      }
      expectStill(before);
    },
    LONG_MS * ROUNDS,
  );

  itWith(
    'namespaces',
    'loses nothing when the way from the gateway to a host is cut, half-open: the other replica answers',
    async () => {
      const before = pids();
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = load(theatre);
        await running.more(2);
        const told = theatre.lines.length;
        apart.cut('services');
        await whenSo('the gateway says that a replica does not answer', () =>
          theatre.lines.slice(told).some((line) => line.startsWith('gateway-') && line.includes('"open"')),
        );
        await running.more(4);
        apart.heal('services');
        await whenSo('the gateway says that it answers again', () =>
          theatre.lines.slice(told).some((line) => line.startsWith('gateway-') && line.includes('"closed"')),
        );
        await running.more(2);
        await expectWhole(running);
      }
      expectStill(before);
    },
    LONG_MS * ROUNDS,
  );

  itWith(
    'namespaces',
    'says that it is to be asked again when the disk of the database is full, loses nothing, and goes on once there is space',
    async () => {
      const running = load(theatre);
      await running.more(2);
      disks.database?.fill();
      await whenSo('somebody is told to ask again', () => running.refusals.size > 0 && NO_SPACE.test(postgres.said()));
      disks.database?.free();
      // One that could not even write its journal has ended itself.
      await postgres.kill();
      await postgres.start();
      await running.more(4);
      await expectWhole(running);
    },
    LONG_MS,
  );

  it(
    'loses nothing acknowledged when the database is killed, and goes on by itself',
    async () => {
      const running = load(theatre);
      await running.more(2);
      await postgres.kill();
      await postgres.start();
      await running.more(4);
      await expectWhole(running);
    },
    LONG_MS,
  );

  it(
    'has views after all of it that are those of the log, built anew',
    async () => {
      await expectRebuilt(theatre);
    },
    LONG_MS,
  );
});
