import type { Client } from 'pg';
import { checkedRole } from './connection.js';

/** Storage format of relays, reactors and deliveries on PostgreSQL. */
export const POSTGRES_MESSAGING_FORMAT = 1;
export const MESSAGING_SCHEMA = 'toeverlaat_messaging';

/** Whose rows of relays, reactors and consumers a role may use: one service's, or of all (`*`: whoever runs them). */
export type MessagingOwners = Readonly<Record<string, string>>;
export const EVERY_OWNER = '*';

const OWNER = /^([a-z][a-zA-Z0-9]{0,39}|\*)$/;

/** `toeverlaat.intake`, a consumer group, and `intake`, a relay, are both of intake. */
const isOwn = (schema: string, column: string): string => {
  const own = `(SELECT o.service FROM ${schema}.owner o WHERE o.role = current_user)`;
  return `(substring(${column} FROM '[^.]*$') IN ${own} OR '${EVERY_OWNER}' IN ${own})`;
};

/**
 * Makes the tables in which relays, reactors and consumers keep how far they are, what they parked and what waits, and lets
 * each role use its own rows: nobody moves another's checkpoint or takes away what another parked (ADR 59). How far a relay is
 * everybody may read: who waits for events to be published has to. All of it is the clear list (design rule 6), and all but
 * what is parked or discarded can be lost and is built again. Idempotent; run by the owner of the database.
 * @throws TypeError for a role name that is no plain identifier, or an owner that is none
 */
export const installPostgresMessaging = async (owner: Client, owners: MessagingOwners): Promise<void> => {
  const s = MESSAGING_SCHEMA;
  const names = Object.keys(owners).map(checkedRole).join(', ');
  for (const service of Object.values(owners))
    if (!OWNER.test(service)) throw new TypeError('service: letters and digits, or *');
  /** Who puts an installation back; everybody else only sees that somebody does. */
  const keepers = Object.keys(owners)
    .filter((role) => owners[role] === EVERY_OWNER)
    .map(checkedRole)
    .join(', ');
  const policy = (table: string, column: string): string => `
    ALTER TABLE ${s}.${table} ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS of_its_owner ON ${s}.${table};
    CREATE POLICY of_its_owner ON ${s}.${table} USING ${isOwn(s, column)};`;
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
    CREATE TABLE IF NOT EXISTS ${s}.restore (restore text PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS ${s}.owner (role text COLLATE "C" PRIMARY KEY, service text COLLATE "C" NOT NULL);
    ${policy('relay', 'relay')}
    DROP POLICY IF EXISTS seen_by_all ON ${s}.relay;
    CREATE POLICY seen_by_all ON ${s}.relay FOR SELECT USING (true);
    ${policy('relay_lease', 'relay')}
    ${['checkpoint', 'parked', 'discarded'].map((table) => policy(table, 'reactor')).join('')}
    ${['handled', 'spilled'].map((table) => policy(table, 'consumer')).join('')}
    REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM ${names};
    GRANT USAGE ON SCHEMA ${s} TO ${names};
    GRANT SELECT ON ${s}.format, ${s}.owner, ${s}.restore TO ${names};
    ${keepers === '' ? '' : `GRANT INSERT, DELETE ON ${s}.restore TO ${keepers};`}
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${s}.relay, ${s}.relay_lease, ${s}.checkpoint, ${s}.parked, ${s}.handled,
      ${s}.spilled TO ${names};
    -- What was discarded, and why, stays.
    GRANT SELECT, INSERT ON ${s}.discarded TO ${names};
    DELETE FROM ${s}.owner;
  `);
  for (const [role, service] of Object.entries(owners))
    await owner.query(`INSERT INTO ${s}.owner VALUES ($1, $2)`, [role, service]);
};
