import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { installPostgresLog, openPostgresEventLog } from '@toeverlaat/postgres';
import { serviceTable } from '@toeverlaat/standalone';
import { startPostgres } from '@toeverlaat/testing/postgres-server';
import { openViews } from '@toeverlaat/views';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { compare, inFolder, note, printTable, sampled, type Sample } from './harness.js';
import { fillWithStories } from './stories.js';

const EVENTS = 40_000;
const ROUNDS = 3;
const PAGE = 500;
/** The services whose views take most of such a log: cases, and the index of who looked at what. */
const REPLICAS = ['case', 'records'] as const;

const viewsOf = (service: string) => {
  const found = serviceTable.find(({ name }) => name === service);
  if (found === undefined) throw new Error(service);
  return found.views;
};
const categoriesOf = (service: string): readonly string[] => [
  ...new Set(viewsOf(service).flatMap(({ categories }) => [...categories])),
];

/** A replica with no view file: until every view has what is in the log. */
const catchUp = async (log: EventLog, folder: string, service: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true });
  const views = openViews({ folder, service, log, views: viewsOf(service), startWithinMs: 600_000 });
  try {
    await views.start();
    const behind = (await views.status()).filter(({ state, lagging }) => state !== 'following' || lagging);
    if (behind.length > 0) throw new Error(`${behind.map(({ view, state }) => `${view} ${state}`).join(', ')}`);
  } finally {
    await views.stop();
  }
};

/** The same events, page by page, over the bare driver, and nothing done with them. */
const scan = async (client: Client, categories: readonly string[]): Promise<number> => {
  let read = 0;
  for (let seq = 0; ;) {
    const { rows } = await client.query<{ seq: string }>(
      `SELECT txid::text, seq::text, stream, organisation, revision::text, event_id::text, type, metadata, data, encode(leaf, 'hex')
       FROM toeverlaat_log.events WHERE seq > $1 AND category = ANY ($2::text[]) ORDER BY seq LIMIT ${PAGE}`,
      [seq, categories],
    );
    const last = rows.at(-1);
    if (last === undefined) return read;
    read += rows.length;
    seq = Number(last.seq);
  }
};

/**
 * Catch-up of an empty replica: every view of a service built from the log on PostgreSQL, beside the same views from the same
 * events in a file, and beside the bare driver reading them. Events are those of the service's own categories.
 */
export const catchUpOfReplicas = (events = EVENTS): Promise<void> =>
  inFolder(async (folder) => {
    const server = await startPostgres();
    const closing: (() => Promise<unknown>)[] = [];
    try {
      const owner = new Client({ connectionString: server.url });
      await owner.connect();
      closing.push(() => owner.end());
      await owner.query('CREATE ROLE app LOGIN');
      await installPostgresLog(owner, { app: ['*'] });
      // What the bare driver reads by: its own index, as short as can be.
      await owner.query('CREATE INDEX bare ON toeverlaat_log.events (seq)');
      const asApplication = new URL(server.url);
      asApplication.username = 'app';
      const onPostgres = await openPostgresEventLog({ connectionString: asApplication.href });
      closing.push(onPostgres.close);
      const file = openSqliteEventLog({ file: join(folder, 'log.sqlite'), maxBatch: 4_096 });
      closing.push(file.close);
      note(`catch-up: ${events} events into each log`);
      for (const log of [onPostgres, file]) await fillWithStories(log, events);
      await owner.query('ANALYZE toeverlaat_log.events');
      const rows = [];
      for (const service of REPLICAS) {
        note(`catch-up: ${service}`);
        const count = await scan(owner, categoriesOf(service));
        const views = join(folder, 'views');
        const of = (log: EventLog) => (): Promise<Sample> => sampled(count, () => catchUp(log, views, service));
        const rates = await compare(ROUNDS, {
          postgres: of(onPostgres),
          file: of(file),
          bare: () => sampled(count, () => scan(owner, categoriesOf(service))),
        });
        rows.push([
          service,
          count,
          rates.postgres.rate,
          rates.postgres.rate / rates.bare.rate,
          rates.postgres.cpuMicros,
          rates.file.rate,
          rates.file.cpuMicros,
          rates.bare.rate,
        ]);
      }
      printTable(
        'Catch-up of an empty replica, events/s',
        ['service', 'events', 'PostgreSQL', 'of the bare driver', 'CPU µs/event', 'file', 'CPU µs/event', 'bare pg'],
        rows,
      );
    } finally {
      for (const close of closing.toReversed()) await close();
      await server.remove();
    }
  });
