import { applyChange, kafkaAdmin, stateOf } from '@toeverlaat/kafka';
import { canStartKafka, startKafka, type KafkaCluster, type KafkaNode } from '@toeverlaat/kafka-broker';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { openWire, type Wire } from '@toeverlaat/testing/wire';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseNameOf } from './fleet/fleet.js';
import type { ProcessPlan } from './fleet/plan.js';
import {
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
 * What becomes of a deployment when the servers under it die, or the way to them: three brokers and a database of its own, so
 * that they may be killed.
 */

const missing = [
  ...(canStartKafka() ? [] : ['a broker of Kafka']),
  ...(postgresBinaries() === undefined ? ['PostgreSQL'] : []),
];
/** Six minutes and three brokers: by its own command. `npm test` kills the one broker and the database. */
const asked = process.env['npm_lifecycle_event'] === 'crash:servers';
const skipped = asked ? missing.length > 0 : true;
const needed = !asked
  ? ' [run by `npm run crash:servers`]'
  : missing.length === 0
    ? ''
    : ` [needs ${missing.join(' and ')} that it may kill]`;
/** A client of Kafka looks for its broker again after up to half a minute, then catches up. */
const LOOKS = 4;

/** Processes on a host of their own, as it were: whatever they say to the database goes over one wire. */
const APART = ['case-1', 'records-1'];
/** Settings of a topic that `topics.json` decides. */
const SETTINGS = [
  'cleanup.policy',
  'retention.ms',
  'min.insync.replicas',
  'max.message.bytes',
  'unclean.leader.election.enable',
];
const STORES = ['log', 'vault', 'keyring', 'blobs', 'messaging'] as const;

const over =
  (wires: ReadonlyMap<string, Wire>) =>
  ({ name, settings }: ProcessPlan): Readonly<Record<string, string>> => {
    const wire = wires.get(name);
    if (wire === undefined) return {};
    return Object.fromEntries(
      STORES.flatMap((store) => {
        const url = settings[store];
        if (url === undefined) return [];
        const changed = new URL(url);
        changed.port = String(wire.port);
        return [[store, changed.href]];
      }),
    );
  };

/** Events of a service that no broker acknowledged, as one of its processes says. */
const unpublished = async (theatre: FleetTheatre, name: string): Promise<number | undefined> => {
  const [, value] =
    /^toeverlaat_relay_lag_positions(?:\{[^}]*\})? (\S+)$/mu.exec((await figuresOf(theatre.fleet, name)) ?? '') ?? [];
  return value === undefined ? undefined : Number(value);
};

(skipped ? describe.skip : describe)(`a deployment over three brokers whose servers die${needed}`, () => {
  let postgres: PostgresServer;
  let kafka: KafkaCluster;
  let theatre: FleetTheatre;
  let wires: ReadonlyMap<string, Wire> = new Map();
  const all: Acknowledged[] = [];
  beforeAll(async () => {
    [postgres, kafka] = await Promise.all([startPostgres({ max_connections: '400' }), startKafka({ nodes: 3 })]);
    const port = Number(new URL(postgres.url).port);
    wires = new Map(await Promise.all(APART.map(async (name) => [name, await openWire(port)] as const)));
    theatre = await openFleetTheatre({
      log: postgres.url,
      broker: kafka.brokers,
      replicas: { case: 2 },
      own: over(wires),
    });
    theatre.fleet.steer(undefined);
  }, 600_000);
  afterAll(async () => {
    await theatre?.close();
    await Promise.all([...wires.values()].map((wire) => wire.close()));
    await kafka?.close();
    await postgres?.remove();
  }, 120_000);

  const node = (n: number): KafkaNode => {
    const found = kafka.nodes[n];
    if (found === undefined) throw new RangeError(`broker ${n}`);
    return found;
  };
  type Load = ReturnType<typeof load>;
  /** Ends a load: nobody was told anything but to ask again, and nothing is lost or twice. */
  const expectWhole = async (running: Load): Promise<void> => {
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectOnce(theatre, all, LOOKS);
    await whenCaughtUp(theatre);
    const hashes = await theatre.fleet.viewHashes();
    expect(hashes['case-1']).toEqual(hashes['case-2']);
  };
  /** One setting of a service's topic; the others stay. */
  const setTopic = async (service: string, name: string, value: string): Promise<void> => {
    const topic = `${databaseNameOf(theatre.fleet.layout)}.${service}`;
    const admin = kafkaAdmin({ brokers: kafka.brokers.split(','), clientId: 'survival' });
    await admin.connect();
    try {
      const { topics } = await stateOf(admin, [topic], SETTINGS);
      const set = { ...topics[0]?.config, [name]: value };
      await applyChange(admin, { kind: 'configure', name: topic, set }, { topics: [], acl: undefined });
    } finally {
      await admin.disconnect();
    }
  };

  it('acknowledges commands while all brokers are away, and reacts to all of it once they are back', async () => {
    const running = load(theatre);
    await running.more(4);
    await Promise.all(kafka.nodes.map((one) => one.kill()));
    // The log is the outbox: nothing that a person does waits for a broker.
    await running.more(12);
    await Promise.all(kafka.nodes.map((one) => one.start()));
    await running.more(4);
    await expectWhole(running);
  }, 900_000);

  it(
    'goes on with two of three brokers, and with the third when it is back',
    async () => {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const gone = node(round % 3);
        const running = load(theatre);
        await running.more(4);
        await gone.kill();
        await running.more(8);
        await expectWhole(running);
        const more = load(theatre);
        await gone.start();
        await more.more(4);
        await expectWhole(more);
      }
    },
    900_000 * ROUNDS,
  );

  it('keeps what a topic does not take (min.insync.replicas unmet: one of three is gone where three must have it), says so, and goes on when mended', async () => {
    await setTopic('case', 'min.insync.replicas', '3');
    await node(2).kill();
    const told = theatre.lines.length;
    const running = load(theatre);
    await running.more(8);
    await whenSo('the relay says that it waits', () =>
      theatre.lines.slice(told).some((line) => line.startsWith('case-') && line.includes('relay waits for the broker')),
    );
    await running.more(8);
    // What was acknowledged to people since is in the log, and the checkpoint stays before it.
    await whenSo('eight wait for the broker', async () => ((await unpublished(theatre, 'case-2')) ?? 0) >= 8);
    await node(2).start();
    await running.more(2);
    await expectWhole(running);
    await whenSo('none waits for the broker', async () => (await unpublished(theatre, 'case-2')) === 0);
    await setTopic('case', 'min.insync.replicas', '2');
  }, 900_000);

  it('shares the work anew while a replica leaves and comes back under load', async () => {
    const replica = theatre.fleet.processes.get('case-2');
    const running = load(theatre);
    for (let n = 0; n < 2; n += 1) {
      await running.more(4);
      await replica?.stop();
      await running.more(4);
      await replica?.start();
    }
    await running.more(4);
    await expectWhole(running);
  }, 900_000);

  it(
    'loses nothing when the way to the database is cut for two processes, half-open, and goes on by itself when healed',
    async () => {
      const { fleet } = theatre;
      const pids = () => APART.map((name) => fleet.processes.get(name)?.pid());
      const before = pids();
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = load(theatre);
        await running.more(4);
        for (const wire of wires.values()) wire.cut();
        // The replica that can still reach it answers; those that cannot say so themselves.
        await running.more(6);
        for (const name of APART)
          await whenSo(`${name} says that it is not ready`, async () => (await isReady(fleet, name)) === false);
        for (const wire of wires.values()) wire.heal();
        for (const name of APART)
          await whenSo(`${name} is ready again`, async () => (await isReady(fleet, name)) === true);
        await running.more(4);
        await expectWhole(running);
      }
      expect(pids()).toEqual(before);
    },
    900_000 * ROUNDS,
  );

  it('loses nothing acknowledged when the database is killed, and goes on by itself', async () => {
    const running = load(theatre);
    await running.more(4);
    await postgres.kill();
    await postgres.start();
    await running.more(6);
    await expectWhole(running);
  }, 900_000);

  it('has views after all of it that are those of the log, built anew', async () => {
    await expectRebuilt(theatre);
  }, 900_000);
});
