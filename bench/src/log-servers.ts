import { leafHexOf, openSqliteEventLog, streamName, type EventLog, type EventToAppend } from '@toeverlaat/event-log';
import { openKurrentEventLog } from '@toeverlaat/kurrentdb';
import { installPostgresLog, openPostgresEventLog } from '@toeverlaat/postgres';
import { startPostgres } from '@toeverlaat/testing/postgres-server';
import { organisationId, uuidV5, type EventId } from '@toeverlaat/values';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { compare, inFolder, note, printTable, sampled, withCallers, type Row, type Sample } from './harness.js';

const organisation = organisationId('gentia');
const STREAMS = 200;
const ROUNDS = 3;

/** About 1.4 kB, as a stored event with its envelope and three sealed fields. */
const eventOf = (round: string, n: number): EventToAppend => ({
  eventId: uuidV5('bench', round, String(n)) as EventId,
  type: 'bench.Noted.v1',
  metadata: Buffer.from(JSON.stringify({ envelope: 'e'.repeat(480), n })),
  data: Buffer.from(JSON.stringify({ sealed: 's'.repeat(900), n })),
});
const streamOf = (round: string, n: number): string =>
  streamName('bench.note', organisation, `${round}x${n % STREAMS}`);

const appending = (log: EventLog, callers: number, count: number, round: string): Promise<Sample> =>
  withCallers(callers, count, async (n) => {
    const answer = await log.append({
      organisation,
      stream: streamOf(round, n),
      expected: 'any',
      events: [eventOf(round, n)],
    });
    if (!answer.ok) throw new Error(answer.error.kind);
  });

/** A row per statement and commit, on as many connections as the log has: what the driver takes for the same columns. */
const bare = (pool: Pool, callers: number, count: number, round: string): Promise<Sample> =>
  withCallers(callers, count, async (n) => {
    const { eventId, type, metadata, data } = eventOf(round, n);
    await pool.query(
      `INSERT INTO bare (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
       VALUES ($1, 'bench.note', 'gentia', $2, $3, $4, $5, $6, decode($7, 'hex'))`,
      [
        streamOf(round, n),
        n,
        eventId,
        type,
        metadata,
        data,
        leafHexOf({ stream: streamOf(round, n), revision: n, metadata, data }),
      ],
    );
  });

/** From nothing to the end, as a replica with no view file follows the log. */
const catchingUp = (log: EventLog, count: number): Promise<Sample> =>
  sampled(count, async () => {
    const stop = new AbortController();
    for await (const message of log.subscribe({ signal: stop.signal })) if (message.kind === 'caughtUp') stop.abort();
  });

const scanning = (owner: Client, count: number): Promise<Sample> =>
  sampled(count, async () => {
    for (let seq = 0; ;) {
      const { rows } = await owner.query<{ seq: string }>(
        `SELECT txid::text, seq::text, stream, organisation, revision::text, event_id::text, type, metadata, data, encode(leaf, 'hex')
         FROM toeverlaat_log.events WHERE seq > $1 ORDER BY seq LIMIT 500`,
        [seq],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      seq = Number(last.seq);
    }
  });

/**
 * Append through the logs on servers beside the bare driver in the same run, and the catch-up of an empty replica. Without
 * PostgreSQL's binaries there is nothing to measure; KurrentDB takes part where `KURRENTDB_URL` names one.
 */
export const logServers = (): Promise<void> =>
  inFolder(async (folder) => {
    const server = await startPostgres();
    const closing: (() => Promise<unknown>)[] = [];
    try {
      const owner = new Client({ connectionString: server.url });
      await owner.connect();
      closing.push(() => owner.end());
      await owner.query('CREATE ROLE app LOGIN');
      await installPostgresLog(owner, { app: ['*'] });
      await owner.query(`CREATE TABLE bare (seq bigint GENERATED ALWAYS AS IDENTITY, stream text COLLATE "C" NOT NULL,
        category text NOT NULL, organisation text NOT NULL, revision bigint NOT NULL, event_id uuid NOT NULL, type text NOT NULL,
        metadata bytea NOT NULL, data bytea NOT NULL, leaf bytea NOT NULL, PRIMARY KEY (stream, revision), UNIQUE (seq))`);
      const asApplication = new URL(server.url);
      asApplication.username = 'app';
      const onPostgres = await openPostgresEventLog({ connectionString: asApplication.href });
      closing.push(onPostgres.close);
      const pool = new Pool({ connectionString: server.url, max: 8 });
      closing.push(() => pool.end());
      const file = openSqliteEventLog({ file: join(folder, 'log.sqlite') });
      closing.push(file.close);
      const kurrentUrl = process.env['KURRENTDB_URL'];
      const kurrent = kurrentUrl === undefined ? undefined : openKurrentEventLog({ connectionString: kurrentUrl });
      if (kurrent === undefined) note('log-servers: without KurrentDB, KURRENTDB_URL names none');
      else closing.push(kurrent.close);

      let round = 0;
      const next = (): string => `r${(round += 1)}`;
      const none: Sample = { operations: 1, seconds: Number.NaN, cpuSeconds: Number.NaN };
      const rows: Row[] = [];
      for (const [callers, count] of [
        [1, 800],
        [16, 6_000],
        [64, 12_000],
      ] as const) {
        const rates = await compare(ROUNDS, {
          postgres: () => appending(onPostgres, callers, count, next()),
          bare: () => bare(pool, callers, count, next()),
          file: () => appending(file, callers, count, next()),
          kurrent: async () => (kurrent === undefined ? none : appending(kurrent, callers, count, next())),
        });
        rows.push([
          callers,
          rates.postgres.rate,
          rates.bare.rate,
          rates.postgres.rate / rates.bare.rate,
          rates.file.rate,
          kurrent === undefined ? 'no server' : rates.kurrent.rate,
        ]);
      }
      printTable(
        'Durable append of 1.4 kB through each log, events/s',
        ['callers', 'PostgreSQL log', 'bare pg insert, 8 connections', 'ratio', 'SQLite log', 'KurrentDB log'],
        rows,
      );

      const counted = await owner.query<{ n: string }>('SELECT count(*)::text AS n FROM toeverlaat_log.events');
      const count = Number(counted.rows[0]?.n ?? 0);
      const rates = await compare(ROUNDS, {
        postgres: () => catchingUp(onPostgres, count),
        bare: () => scanning(owner, count),
        file: () => catchingUp(file, count),
      });
      printTable(
        `Catch-up of an empty replica, ${count} events, events/s`,
        ['PostgreSQL log, every leaf checked', 'bare pg, the same pages', 'ratio', 'SQLite log, every leaf checked'],
        [[rates.postgres.rate, rates.bare.rate, rates.postgres.rate / rates.bare.rate, rates.file.rate]],
      );
    } finally {
      for (const close of closing.toReversed()) await close();
      await server.remove();
    }
  });
