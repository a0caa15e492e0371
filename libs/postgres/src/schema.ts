import type { Client } from 'pg';
import { checkedRole, OF_NAMED_ORGANISATIONS } from './connection.js';

/** Storage format of the PostgreSQL log. */
export const POSTGRES_LOG_FORMAT = 1;

/** A role that may append to every service's streams: playing the demonstration, copying a log. No service is one. */
export const EVERY_SERVICE = '*';

/** Database role → services to whose streams it may append (design §1: each to its own categories alone); none: it reads. */
export type LogWriters = Readonly<Record<string, readonly string[]>>;

const SERVICE = /^([a-z][a-zA-Z0-9]{0,39}|\*)$/;
const OWN_SERVICES = '(SELECT w.service FROM toeverlaat_log.writer w WHERE w.role = current_user)';

/**
 * Makes the tables and what each role may do with them: select; insert into the streams of its services; nothing else, and
 * only rows of the organisations that the transaction names (row-level security). A role that is not named any more loses
 * everything. Idempotent; run by the owner of the database; the roles exist.
 * @throws TypeError for a role name that is no plain identifier, or a service that is none
 */
export const installPostgresLog = async (owner: Client, writers: LogWriters): Promise<void> => {
  const names = Object.keys(writers).map(checkedRole);
  const rows = Object.entries(writers).flatMap(([role, services]) =>
    [...new Set(services)].map((service) => {
      if (!SERVICE.test(service)) throw new TypeError('service: letters and digits, or *');
      return [role, service] as const;
    }),
  );
  await owner.query('BEGIN');
  try {
    await makeTables(owner);
    await giveRights(owner, names, rows);
    await owner.query('COMMIT');
  } catch (error) {
    await owner.query('ROLLBACK');
    throw error;
  }
};

const makeTables = async (owner: Client): Promise<void> => {
  await owner.query(`
    CREATE SCHEMA IF NOT EXISTS toeverlaat_log;
    CREATE TABLE IF NOT EXISTS toeverlaat_log.format (version integer PRIMARY KEY);
    INSERT INTO toeverlaat_log.format VALUES (${POSTGRES_LOG_FORMAT}) ON CONFLICT (version) DO NOTHING;
    CREATE TABLE IF NOT EXISTS toeverlaat_log.events (
      -- Transaction and sequence together are the position: see ADR 13.
      txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      seq bigint GENERATED ALWAYS AS IDENTITY,
      stream text COLLATE "C" NOT NULL,
      category text COLLATE "C" NOT NULL,
      organisation text COLLATE "C" NOT NULL,
      revision bigint NOT NULL CHECK (revision >= 0),
      event_id uuid NOT NULL,
      type text NOT NULL,
      metadata bytea NOT NULL,
      data bytea NOT NULL,
      leaf bytea NOT NULL CHECK (length(leaf) = 32),
      CONSTRAINT events_stream PRIMARY KEY (stream, revision)
    );
    CREATE UNIQUE INDEX IF NOT EXISTS events_order ON toeverlaat_log.events (txid, seq);
    CREATE INDEX IF NOT EXISTS events_category ON toeverlaat_log.events (category, txid, seq);
    ALTER TABLE toeverlaat_log.events ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS of_named_organisations ON toeverlaat_log.events;
    CREATE POLICY of_named_organisations ON toeverlaat_log.events
      USING ${OF_NAMED_ORGANISATIONS};
    -- Which role appends for which service (ADR 59).
    CREATE TABLE IF NOT EXISTS toeverlaat_log.writer (
      role text COLLATE "C" NOT NULL, service text COLLATE "C" NOT NULL, PRIMARY KEY (role, service));
    DROP POLICY IF EXISTS appended_by_its_owner ON toeverlaat_log.events;
    -- The name of the stream agrees with its columns: readers find events by either.
    CREATE POLICY appended_by_its_owner ON toeverlaat_log.events AS RESTRICTIVE FOR INSERT WITH CHECK (
      starts_with(stream, category || '-' || organisation || '_')
      AND (split_part(category, '.', 1) IN ${OWN_SERVICES} OR '${EVERY_SERVICE}' IN ${OWN_SERVICES}));
    -- Of every organisation, whatever the transaction names: a dump restored into another server brings the numbers of
    -- transactions that this one has not made, behind which nothing would be read or appended (ADR 13).
    CREATE OR REPLACE FUNCTION toeverlaat_log.has_foreign_transactions() RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      RETURN coalesce((SELECT max(txid) FROM toeverlaat_log.events) >= pg_snapshot_xmax(pg_current_snapshot()), false);
    REVOKE ALL ON FUNCTION toeverlaat_log.has_foreign_transactions() FROM PUBLIC;
  `);
};

const giveRights = async (
  owner: Client,
  names: readonly string[],
  rows: readonly (readonly [role: string, service: string])[],
): Promise<void> => {
  // Also one that the server knows from an installation before this one and that nobody names any more.
  const { rows: granted } = await owner.query<{ role: string }>(
    `SELECT DISTINCT quote_ident(grantee) AS role FROM information_schema.role_table_grants
     WHERE table_schema = 'toeverlaat_log' AND table_name = 'format' AND grantee NOT IN (current_user, 'PUBLIC')`,
  );
  for (const role of new Set([...granted.map((row) => row.role), ...names]))
    await owner.query(`
      REVOKE ALL ON ALL TABLES IN SCHEMA toeverlaat_log FROM ${role};
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA toeverlaat_log FROM ${role};
      REVOKE ALL ON SCHEMA toeverlaat_log FROM ${role};
    `);
  await owner.query('DELETE FROM toeverlaat_log.writer');
  for (const row of rows) await owner.query('INSERT INTO toeverlaat_log.writer VALUES ($1, $2)', [...row]);
  for (const role of names)
    await owner.query(`
      GRANT USAGE ON SCHEMA toeverlaat_log TO ${role};
      GRANT EXECUTE ON FUNCTION toeverlaat_log.has_foreign_transactions() TO ${role};
      GRANT SELECT ON toeverlaat_log.events, toeverlaat_log.format, toeverlaat_log.writer TO ${role};
      -- Not the position: nobody may choose where an event stands.
      GRANT INSERT (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
        ON toeverlaat_log.events TO ${role};
    `);
};
