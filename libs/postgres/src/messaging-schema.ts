import type { Client } from 'pg';
import { checkedRole } from './connection.js';

/** Storage format of relays, reactors and deliveries on PostgreSQL. */
export const POSTGRES_MESSAGING_FORMAT = 1;
export const MESSAGING_SCHEMA = 'toeverlaat_messaging';

/**
 * Makes the tables in which relays, reactors and consumers keep how far they are, what they parked and what waits, and lets
 * the services' roles use them. All of it is the clear list (design rule 6), and all but what is parked or discarded can be
 * lost and is built again. Idempotent; run by the owner of the database.
 * @throws TypeError for a role name that is no plain identifier
 */
export const installPostgresMessaging = async (owner: Client, roles: readonly string[]): Promise<void> => {
  const s = MESSAGING_SCHEMA;
  const names = roles.map(checkedRole).join(', ');
  await owner.query(`
    CREATE SCHEMA IF NOT EXISTS ${s};
    CREATE TABLE IF NOT EXISTS ${s}.format (version integer PRIMARY KEY);
    INSERT INTO ${s}.format VALUES (${POSTGRES_MESSAGING_FORMAT}) ON CONFLICT (version) DO NOTHING;
    CREATE TABLE IF NOT EXISTS ${s}.relay (
      relay text PRIMARY KEY, position text COLLATE "C" NOT NULL, stream text, revision bigint, event_id text);
    CREATE TABLE IF NOT EXISTS ${s}.relay_lease (relay text PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL);
    CREATE TABLE IF NOT EXISTS ${s}.checkpoint (reactor text PRIMARY KEY, position text COLLATE "C" NOT NULL);
    CREATE TABLE IF NOT EXISTS ${s}.parked (
      reactor text NOT NULL, position text COLLATE "C" NOT NULL, event text NOT NULL, reason text NOT NULL,
      attempts integer NOT NULL, replay boolean NOT NULL DEFAULT false, PRIMARY KEY (reactor, position));
    CREATE TABLE IF NOT EXISTS ${s}.discarded (
      reactor text NOT NULL, position text COLLATE "C" NOT NULL, event text NOT NULL, reason text NOT NULL,
      motive text NOT NULL, discarded_at text NOT NULL);
    CREATE TABLE IF NOT EXISTS ${s}.handled (
      consumer text COLLATE "C" NOT NULL, stream text COLLATE "C" NOT NULL, revision bigint NOT NULL,
      PRIMARY KEY (consumer, stream));
    CREATE TABLE IF NOT EXISTS ${s}.spilled (
      consumer text COLLATE "C" NOT NULL, organisation text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL,
      part integer NOT NULL, record_offset bigint NOT NULL, event text NOT NULL, provenance text NOT NULL,
      PRIMARY KEY (consumer, organisation, topic, part, record_offset));
    REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM ${names};
    GRANT USAGE ON SCHEMA ${s} TO ${names};
    GRANT SELECT ON ${s}.format TO ${names};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${s}.relay, ${s}.relay_lease, ${s}.checkpoint, ${s}.parked, ${s}.handled,
      ${s}.spilled TO ${names};
    -- What was discarded, and why, stays.
    GRANT SELECT, INSERT ON ${s}.discarded TO ${names};
  `);
};
