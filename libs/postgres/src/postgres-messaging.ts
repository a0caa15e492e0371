import type { Position } from '@toeverlaat/event-log';
import { spilledOf, spilledTexts, type DeliveryStore, type RelayCheckpoint, type RelayStore } from '@toeverlaat/kafka';
import {
  parkedEventOf,
  parkedEventText,
  type ParkedEvent,
  type ParkedStore,
  type ReactorStore,
} from '@toeverlaat/messaging';
import type { OrganisationId } from '@toeverlaat/values';
import type { PoolClient } from 'pg';
import { EVERY_ORGANISATION, openPool, scoped, type Last, type PostgresConnection } from './connection.js';
import { MESSAGING_SCHEMA as S, POSTGRES_MESSAGING_FORMAT } from './messaging-schema.js';

/** The database holds no such tables, or those of another release. */
export class PostgresMessagingUnusable extends Error {
  override readonly name = 'PostgresMessagingUnusable';
}

/**
 * That an installation is being put back stands here from before its first step until its last (ADR 63): a process that finds
 * it opens nothing.
 */
export type RestoreNote = {
  /** The restore that was begun and has not ended. */
  readonly standing: () => Promise<string | undefined>;
  /** @returns the one that stands: this one, or one that is gone on with */
  readonly begin: (restore: string) => Promise<string>;
  /**
   * Forgets how far messages are: positions may be of another log, and what was published and heard of a history that is lost.
   * Everything is published and heard once more, and what was done decides to nothing. What was parked stays.
   */
  readonly forget: () => Promise<void>;
  readonly end: () => Promise<void>;
};

/** What relays, reactors and consumers keep, in a database that every replica reaches. */
export type PostgresMessaging = {
  readonly relays: RelayStore;
  readonly reactors: ReactorStore;
  readonly deliveries: DeliveryStore;
  readonly restore: RestoreNote;
  readonly close: () => Promise<void>;
};

type ItemRow = { readonly reactor: string; readonly position: string; readonly event: string; readonly reason: string };
const itemOf = ({ reactor, position, event, reason }: ItemRow) => ({
  reactor,
  position: position as Position,
  event: parkedEventOf(event),
  reason,
});
const ITEM = 'reactor, position, event, reason';

/**
 * Opens the tables that `installPostgresMessaging` made.
 * @throws PostgresMessagingUnusable, PostgresConnectionRefused
 */
export const openPostgresMessaging = async (connection: PostgresConnection): Promise<PostgresMessaging> => {
  const pool = openPool(connection);
  const within = <T>(work: (client: PoolClient, last: Last) => Promise<T>): Promise<T> =>
    scoped(pool, [EVERY_ORGANISATION], work);
  /**
   * Of a transaction that only says how far somebody is: it need not reach the disk before it is answered, since losing it
   * (with the whole server, at most a second of it) repeats work whose commands decide to nothing. What is parked or set
   * aside waits for the disk: nothing else knows of it.
   */
  const losable = async (client: PoolClient): Promise<void> => {
    await client.query('SET LOCAL synchronous_commit = off');
  };
  try {
    const { rows } = await pool.query<{ version: number }>(`SELECT max(version) AS version FROM ${S}.format`);
    if (rows[0]?.version !== POSTGRES_MESSAGING_FORMAT)
      throw new PostgresMessagingUnusable(
        `format ${rows[0]?.version ?? 'none'}; this reads ${POSTGRES_MESSAGING_FORMAT}`,
      );
  } catch (error) {
    await pool.end();
    if (error instanceof PostgresMessagingUnusable) throw error;
    throw new PostgresMessagingUnusable('no tables for messaging in this database');
  }

  const park = async (client: PoolClient, items: readonly ParkedEvent[]): Promise<void> => {
    for (const { reactor, position, event, reason, attempts } of items)
      // Parked again, after a crash before the checkpoint: the first reason stays.
      await client.query(
        `INSERT INTO ${S}.parked (${ITEM}, attempts) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (reactor, position) DO NOTHING`,
        [reactor, position, parkedEventText(event), reason, attempts],
      );
  };
  type ParkedRow = ItemRow & { readonly attempts: number };
  const parkedOf = (row: ParkedRow): ParkedEvent => ({ ...itemOf(row), attempts: row.attempts });
  const parked: ParkedStore = {
    parked: async (reactor) => {
      const { rows } = await pool.query<ParkedRow>(
        `SELECT ${ITEM}, attempts FROM ${S}.parked WHERE reactor = $1 ORDER BY position`,
        [reactor],
      );
      return rows.map(parkedOf);
    },
    allParked: async () => {
      const { rows } = await pool.query<ParkedRow>(
        `SELECT ${ITEM}, attempts FROM ${S}.parked ORDER BY reactor, position`,
      );
      return rows.map(parkedOf);
    },
    unpark: async (reactor, position) => {
      await pool.query(`DELETE FROM ${S}.parked WHERE reactor = $1 AND position = $2`, [reactor, position]);
    },
    discard: async (reactor, position, motive, at) => {
      const { rowCount } = await pool.query(
        `WITH gone AS (DELETE FROM ${S}.parked WHERE reactor = $1 AND position = $2 RETURNING ${ITEM})
         INSERT INTO ${S}.discarded (${ITEM}, motive, discarded_at) SELECT ${ITEM}, $3, $4 FROM gone`,
        [reactor, position, motive, at],
      );
      return (rowCount ?? 0) > 0;
    },
    discarded: async () => {
      const { rows } = await pool.query<ItemRow & { readonly motive: string; readonly discarded_at: string }>(
        `SELECT ${ITEM}, motive, discarded_at FROM ${S}.discarded ORDER BY discarded_at, position`,
      );
      return rows.map((row) => ({ ...itemOf(row), motive: row.motive, discardedAt: row.discarded_at }));
    },
    requestReplay: async (reactor, position) => {
      const { rowCount } = await pool.query(
        `UPDATE ${S}.parked SET replay = true WHERE reactor = $1 AND position = $2`,
        [reactor, position],
      );
      return (rowCount ?? 0) > 0;
    },
    takeReplayRequests: async (reactor) => {
      const { rows } = await pool.query<{ readonly position: string }>(
        `UPDATE ${S}.parked SET replay = false WHERE reactor = $1 AND replay RETURNING position`,
        [reactor],
      );
      return rows.map(({ position }) => position as Position);
    },
  };

  const reactors: ReactorStore = {
    ...parked,
    checkpoint: async (reactor) => {
      const { rows } = await pool.query<{ readonly position: string }>(
        `SELECT position FROM ${S}.checkpoint WHERE reactor = $1`,
        [reactor],
      );
      return rows[0]?.position as Position | undefined;
    },
    advance: (reactor, position, more) =>
      within(async (client, last) => {
        await (more.length === 0 ? undefined : park(client, more));
        await Promise.all([
          more.length === 0 ? losable(client) : undefined,
          last(
            client.query(
              `INSERT INTO ${S}.checkpoint (reactor, position) VALUES ($1, $2)
               ON CONFLICT (reactor) DO UPDATE SET position = excluded.position`,
              [reactor, position],
            ),
          ),
        ]);
      }),
  };

  type RelayRow = {
    readonly position: string;
    readonly stream: string | null;
    readonly revision: string | null;
    readonly event_id: string | null;
  };
  const move = (client: PoolClient, relay: string, { position, last }: RelayCheckpoint) =>
    client.query(
      `INSERT INTO ${S}.relay AS r (relay, position, stream, revision, event_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (relay) DO UPDATE SET position = excluded.position, stream = coalesce(excluded.stream, r.stream),
         revision = coalesce(excluded.revision, r.revision), event_id = coalesce(excluded.event_id, r.event_id)
       WHERE excluded.position > r.position`,
      [relay, position, last?.stream ?? null, last?.revision ?? null, last?.eventId ?? null],
    );
  const relays: RelayStore = {
    checkpoint: async (relay) => {
      const { rows } = await pool.query<RelayRow>(
        `SELECT position, stream, revision::text, event_id FROM ${S}.relay WHERE relay = $1`,
        [relay],
      );
      const [row] = rows;
      if (row === undefined) return undefined;
      const { position, stream, revision, event_id: eventId } = row;
      return {
        position: position as Position,
        last:
          stream === null || revision === null || eventId === null
            ? undefined
            : { stream, revision: Number(revision), eventId },
      };
    },
    advance: (relay, checkpoint) =>
      within(async (client, last) => {
        await Promise.all([losable(client), last(move(client, relay, checkpoint))]);
      }),
    // Together: a relay that looked between the two would begin at the beginning.
    reset: (relay, checkpoint) =>
      within(async (client) => {
        await client.query(`DELETE FROM ${S}.relay WHERE relay = $1`, [relay]);
        if (checkpoint !== undefined) await move(client, relay, checkpoint);
      }),
    // The server's clock alone says when a lease ends.
    lease: async (relay, holder, forMs) => {
      const { rowCount } = await pool.query(
        `INSERT INTO ${S}.relay_lease AS l (relay, holder, until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
         ON CONFLICT (relay) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE l.holder = excluded.holder OR l.until <= now()`,
        [relay, holder, forMs],
      );
      return (rowCount ?? 0) > 0;
    },
    release: async (relay, holder) => {
      await pool.query(`DELETE FROM ${S}.relay_lease WHERE relay = $1 AND holder = $2`, [relay, holder]);
    },
  };

  /** Rows of the partitions $2, $3. */
  const OURS = `consumer = $1 AND (topic, part) IN (SELECT * FROM unnest($2::text[], $3::int[]))`;
  const deliveries: DeliveryStore = {
    ...parked,
    handled: async (consumer, streams) => {
      const { rows } = await pool.query<{ readonly stream: string; readonly revision: string }>(
        `SELECT stream, revision::text FROM ${S}.handled WHERE consumer = $1 AND stream = ANY ($2::text[])`,
        [consumer, streams],
      );
      return new Map(rows.map(({ stream, revision }) => [stream, Number(revision)]));
    },
    settle: (consumer, { handled, parked: items, spilled, unspilled }) =>
      within(async (client, last) => {
        const note = (): Promise<unknown> =>
          client.query(
            // In one order, so that two replicas never wait for each other in a circle.
            `INSERT INTO ${S}.handled AS h (consumer, stream, revision)
             SELECT $1, stream, revision FROM unnest($2::text[], $3::bigint[]) AS n (stream, revision) ORDER BY stream
             ON CONFLICT (consumer, stream) DO UPDATE SET revision = excluded.revision WHERE excluded.revision > h.revision`,
            [consumer, [...handled.keys()], [...handled.values()]],
          );
        if (items.length + spilled.length + unspilled.length === 0) {
          // Lost with the server, it is a gap that the log fills.
          await Promise.all([losable(client), last(note())]);
          return;
        }
        if (handled.size > 0) await note();
        await park(client, items);
        if (spilled.length > 0) {
          const texts = spilled.map(spilledTexts);
          await client.query(
            `INSERT INTO ${S}.spilled (consumer, organisation, topic, part, record_offset, event, provenance)
             SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::text[])
             ON CONFLICT DO NOTHING`,
            [
              consumer,
              spilled.map(({ organisation }) => organisation),
              spilled.map(({ at }) => at.topic),
              spilled.map(({ at }) => at.partition),
              spilled.map(({ at }) => String(at.offset)),
              texts.map(({ event }) => event),
              texts.map(({ provenance }) => provenance),
            ],
          );
        }
        if (unspilled.length > 0)
          await client.query(
            `DELETE FROM ${S}.spilled WHERE consumer = $1
             AND (topic, part, record_offset) IN (SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]))`,
            [
              consumer,
              unspilled.map(({ topic }) => topic),
              unspilled.map(({ partition }) => partition),
              unspilled.map(({ offset }) => String(offset)),
            ],
          );
      }),
    backlogs: async (consumer, partitions) => {
      const { rows } = await pool.query<{ readonly organisation: string; readonly n: string }>(
        `SELECT organisation, count(*)::text AS n FROM ${S}.spilled WHERE ${OURS} GROUP BY organisation`,
        [consumer, partitions.map(({ topic }) => topic), partitions.map(({ partition }) => partition)],
      );
      return new Map(rows.map(({ organisation, n }) => [organisation as OrganisationId, Number(n)]));
    },
    backlog: async (consumer, organisation, partitions, limit) => {
      type Row = { topic: string; part: number; record_offset: string; event: string; provenance: string };
      const { rows } = await pool.query<Row>(
        `SELECT topic, part, record_offset::text, event, provenance FROM ${S}.spilled
         WHERE ${OURS} AND organisation = $4 ORDER BY topic, part, spilled.record_offset LIMIT $5`,
        [
          consumer,
          partitions.map(({ topic }) => topic),
          partitions.map(({ partition }) => partition),
          organisation,
          limit,
        ],
      );
      return rows.map(({ topic, part, record_offset: offset, event, provenance }) =>
        spilledOf({ topic, partition: part, offset: BigInt(offset) }, event, provenance),
      );
    },
    backlogSize: async (consumer) => {
      const { rows } = await pool.query<{ readonly n: string }>(
        `SELECT count(*)::text AS n FROM ${S}.spilled WHERE consumer = $1`,
        [consumer],
      );
      return Number(rows[0]?.n ?? 0);
    },
  };

  const standing = async (): Promise<string | undefined> => {
    // A copy of a database from before there was such a table stands for none.
    const { rows: known } = await pool.query<{ known: boolean }>(
      `SELECT to_regclass('${S}.restore') IS NOT NULL AS known`,
    );
    if (known[0]?.known !== true) return undefined;
    const { rows } = await pool.query<{ restore: string }>(`SELECT restore FROM ${S}.restore ORDER BY restore LIMIT 1`);
    return rows[0]?.restore;
  };
  const restore: RestoreNote = {
    standing,
    begin: (id) =>
      within(async (client) => {
        await client.query(
          `INSERT INTO ${S}.restore SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM ${S}.restore) ON CONFLICT DO NOTHING`,
          [id],
        );
        const { rows } = await client.query<{ restore: string }>(`SELECT restore FROM ${S}.restore LIMIT 1`);
        return rows[0]?.restore ?? id;
      }),
    forget: () =>
      within(async (client) => {
        for (const table of ['relay', 'relay_lease', 'checkpoint', 'handled', 'spilled'])
          await client.query(`DELETE FROM ${S}.${table}`);
      }),
    end: async () => {
      await pool.query(`DELETE FROM ${S}.restore`);
    },
  };

  return { relays, reactors, deliveries, restore, close: () => pool.end() };
};
