import type { Client } from 'pg';
import { checkedRole, OF_NAMED_ORGANISATIONS } from './connection.js';

/** Storage format of the PostgreSQL log. */
export const POSTGRES_LOG_FORMAT = 1;

/**
 * Makes the tables and what the application's role may do with them: select and insert, nothing else, and only rows of
 * the organisations that the transaction names (row-level security). Idempotent; run by the owner of the database.
 * @throws TypeError for a role name that is no plain identifier
 */
export const installPostgresLog = async (owner: Client, applicationRole: string): Promise<void> => {
  checkedRole(applicationRole);
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
    -- Of every organisation, whatever the transaction names: a dump restored into another server brings the numbers of
    -- transactions that this one has not made, behind which nothing would be read or appended (ADR 13).
    CREATE OR REPLACE FUNCTION toeverlaat_log.has_foreign_transactions() RETURNS boolean
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      RETURN coalesce((SELECT max(txid) FROM toeverlaat_log.events) >= pg_snapshot_xmax(pg_current_snapshot()), false);
    REVOKE ALL ON FUNCTION toeverlaat_log.has_foreign_transactions() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION toeverlaat_log.has_foreign_transactions() TO ${applicationRole};
    GRANT USAGE ON SCHEMA toeverlaat_log TO ${applicationRole};
    REVOKE ALL ON toeverlaat_log.events, toeverlaat_log.format FROM ${applicationRole};
    GRANT SELECT ON toeverlaat_log.events TO ${applicationRole};
    -- Not the position: nobody may choose where an event stands.
    GRANT INSERT (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
      ON toeverlaat_log.events TO ${applicationRole};
    GRANT SELECT ON toeverlaat_log.format TO ${applicationRole};
  `);
};
