import { canStartKafka, startKafka, type KafkaCluster } from '@toeverlaat/kafka-broker';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOnce, load, RETRYABLE, type Acknowledged } from './survival.fixture.js';
import { openFleetTheatre, type FleetTheatre } from './test-support.js';

/* What becomes of a deployment when the servers under it die: broker and database of its own, so that they may be killed. */

const missing = [
  ...(canStartKafka() ? [] : ['a broker of Kafka']),
  ...(postgresBinaries() === undefined ? ['PostgreSQL'] : []),
];
const needed = missing.length === 0 ? '' : ` [needs ${missing.join(' and ')} that it may kill]`;
/** A client of Kafka looks for its broker again after up to half a minute, then catches up. */
const LOOKS = 4;

(missing.length === 0 ? describe : describe.skip)(`a deployment over Kafka whose servers die${needed}`, () => {
  let postgres: PostgresServer;
  let kafka: KafkaCluster;
  let theatre: FleetTheatre;
  const all: Acknowledged[] = [];
  beforeAll(async () => {
    [postgres, kafka] = await Promise.all([startPostgres({ max_connections: '400' }), startKafka()]);
    theatre = await openFleetTheatre({ log: postgres.url, broker: kafka.brokers });
    theatre.fleet.steer(undefined);
  }, 600_000);
  afterAll(async () => {
    await theatre?.close();
    await kafka?.close();
    await postgres?.remove();
  }, 120_000);

  /** Ends a load: nobody was told anything but to ask again, and nothing is lost or twice. */
  const expectWhole = async (running: ReturnType<typeof load>): Promise<void> => {
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectOnce(theatre, all, LOOKS);
  };

  it('acknowledges commands while the broker is away, and reacts to all of it once the broker is back', async () => {
    const [node] = kafka.nodes;
    if (node === undefined) throw new Error('no broker');
    const running = load(theatre);
    await running.more(4);
    await node.kill();
    // The log is the outbox: nothing that a person does waits for a broker.
    await running.more(12);
    await node.start();
    await running.more(4);
    await expectWhole(running);
  }, 900_000);

  it('loses nothing acknowledged when the database is killed, and goes on by itself', async () => {
    const running = load(theatre);
    await running.more(4);
    await postgres.kill();
    await postgres.start();
    await running.more(6);
    await expectWhole(running);
  }, 900_000);
});
