import type { Client } from 'pg';
import { checkedRole, OF_NAMED_ORGANISATIONS } from './connection.js';

/** Storage format of vault and keyring on PostgreSQL. */
export const POSTGRES_KEYS_FORMAT = 1;
export const VAULT_SCHEMA = 'toeverlaat_vault';
export const KEYRING_SCHEMA = 'toeverlaat_keyring';
/** A role that may use the keys of every record class, start and drop epochs: rotation, restore. No service is one. */
export const EVERY_CLASS = '*';
/** Wraps lie in this many parts, so that what is rewritten after a destruction is a small one. */
const PARTS = 16;

/** Database role → record classes whose keys it may use (design §2). */
export type KeyCredentials = Readonly<Record<string, readonly string[]>>;

const CLASS = /^([A-Za-z][A-Za-z0-9_-]{0,39}|\*)$/;

/** The classes of the role that asks; one subquery, which the server runs once per statement. */
const ownClasses = (schema: string): string =>
  `(SELECT c.record_class FROM ${schema}.credential c WHERE c.role = current_user)`;
const mayUse = (schema: string, column: string): string =>
  `(${column} IN ${ownClasses(schema)} OR '${EVERY_CLASS}' IN ${ownClasses(schema)})`;
const keeps = (schema: string): string => `('${EVERY_CLASS}' IN ${ownClasses(schema)})`;

/**
 * What leaves no bytes of deleted rows in the server's files. Both functions run with the rights of the owner, so that a
 * service needs none of them; both take nothing from the caller but a name that they look up.
 *
 * `rewrite`: CLUSTER writes a table anew and drops the old file; a plain VACUUM would leave the bytes in the holes of
 * its pages. Refuses while anybody still sees the database as it was before the deletion: those rows would be copied.
 * `flush_log`: after a switch of segment and a checkpoint the older write-ahead log is removed. Answers how many older
 * segments stand nevertheless (a slot, an archive that lags, `wal_keep_size`).
 */
const erasing = (schema: string, rewritable: string): string => `
  CREATE TABLE IF NOT EXISTS ${schema}.format (version integer PRIMARY KEY);
  INSERT INTO ${schema}.format VALUES (${POSTGRES_KEYS_FORMAT}) ON CONFLICT (version) DO NOTHING;
  CREATE TABLE IF NOT EXISTS ${schema}.credential (
    role text COLLATE "C" NOT NULL, record_class text COLLATE "C" NOT NULL, PRIMARY KEY (role, record_class));
  -- A part with deleted rows: the newest transaction that deleted some, and a token that each deletion changes.
  CREATE TABLE IF NOT EXISTS ${schema}.purge_due (
    part text COLLATE "C" PRIMARY KEY, txid xid8 NOT NULL, token uuid NOT NULL);
  CREATE OR REPLACE FUNCTION ${schema}.rewrite(wanted text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off AS $body$
  DECLARE
    part text;
    index text;
    deleted xid8;
  BEGIN
    SELECT c.relname, i.relname INTO part, index
      FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid AND x.indisprimary JOIN pg_class i ON i.oid = x.indexrelid
      WHERE c.relnamespace = '${schema}'::regnamespace AND c.relkind = 'r' AND c.relname = wanted AND (${rewritable});
    IF part IS NULL THEN RAISE EXCEPTION 'not a part' USING ERRCODE = '22023'; END IF;
    -- Two at once would wait for each other; the second finds nothing to do.
    PERFORM pg_advisory_xact_lock(hashtextextended('${schema}.' || part, 1));
    EXECUTE format('LOCK TABLE ${schema}.%I IN ACCESS EXCLUSIVE MODE', part);
    SELECT txid INTO deleted FROM ${schema}.purge_due p WHERE p.part = wanted;
    IF deleted IS NULL THEN RETURN; END IF;
    -- Of any database, and this one itself: its own view reaches back to the oldest transaction that runs anywhere.
    IF EXISTS (SELECT 1 FROM pg_stat_activity a
        WHERE age(a.backend_xmin) >= age(deleted::xid) OR age(a.backend_xid) >= age(deleted::xid))
      OR EXISTS (SELECT 1 FROM pg_replication_slots s WHERE age(s.xmin) >= age(deleted::xid))
      OR EXISTS (SELECT 1 FROM pg_prepared_xacts t WHERE age(t.transaction) >= age(deleted::xid))
    THEN RAISE EXCEPTION 'older transactions run' USING ERRCODE = '55006'; END IF;
    EXECUTE format('CLUSTER ${schema}.%I USING %I', part, index);
  END $body$;
  CREATE OR REPLACE FUNCTION ${schema}.flush_log() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    kept integer;
  BEGIN
    PERFORM pg_switch_wal();
    CHECKPOINT;
    SELECT count(*) INTO kept FROM pg_ls_waldir() w, pg_control_checkpoint() c
      WHERE w.name ~ '^[0-9A-F]{24}$' AND substr(w.name, 9) < substr(c.redo_wal_file, 9);
    RETURN kept;
  END $body$;
  REVOKE ALL ON FUNCTION ${schema}.rewrite(text), ${schema}.flush_log() FROM PUBLIC;
`;

const policy = (schema: string, table: string, condition: string): string => `
  ALTER TABLE ${schema}.${table} ENABLE ROW LEVEL SECURITY;
  DROP POLICY IF EXISTS of_organisation_and_class ON ${schema}.${table};
  CREATE POLICY of_organisation_and_class ON ${schema}.${table} USING (${condition}) WITH CHECK (${condition});
`;

const parts = (): string =>
  Array.from(
    { length: PARTS },
    (_, n) => `
  CREATE TABLE IF NOT EXISTS ${VAULT_SCHEMA}.key_wrap_${n} PARTITION OF ${VAULT_SCHEMA}.key_wrap
    FOR VALUES WITH (MODULUS ${PARTS}, REMAINDER ${n});
  ALTER TABLE ${VAULT_SCHEMA}.key_wrap_${n} ENABLE ROW LEVEL SECURITY;`,
  ).join('');

const grantCredentials = async (owner: Client, schema: string, credentials: KeyCredentials): Promise<void> => {
  const { rows } = await owner.query<{ role: string }>(`DELETE FROM ${schema}.credential RETURNING role`);
  const left = new Set(rows.map(({ role }) => checkedRole(role)).filter((role) => credentials[role] === undefined));
  for (const role of left)
    await owner.query(`
      REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${role};
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM ${role};
      REVOKE ALL ON SCHEMA ${schema} FROM ${role};
    `);
  for (const [role, classes] of Object.entries(credentials))
    for (const recordClass of new Set(classes)) {
      if (!CLASS.test(recordClass)) throw new TypeError('record class: letters, digits, _ and -, or *');
      await owner.query(`INSERT INTO ${schema}.credential VALUES ($1, $2)`, [role, recordClass]);
    }
};

const inTransaction = async (owner: Client, work: () => Promise<void>): Promise<void> => {
  await owner.query('BEGIN');
  try {
    await work();
    await owner.query('COMMIT');
  } catch (error) {
    await owner.query('ROLLBACK');
    throw error;
  }
};

/**
 * Makes the vault's tables and gives each role its record classes; a role that is not named any more loses all. Idempotent.
 * Run by the owner of the database: a superuser, or a role that has been granted `pg_checkpoint`, `pg_monitor` and
 * EXECUTE on `pg_switch_wal()`. The roles exist.
 * @throws TypeError for a role or a record class that is none
 */
export const installPostgresVault = async (owner: Client, credentials: KeyCredentials): Promise<void> => {
  const s = VAULT_SCHEMA;
  const roles = Object.keys(credentials).map(checkedRole);
  await inTransaction(owner, async () => {
    await owner.query(`
      CREATE SCHEMA IF NOT EXISTS ${s};
      ${erasing(s, `c.relispartition AND c.relname LIKE 'key\\_wrap\\_%'`)}
      CREATE TABLE IF NOT EXISTS ${s}.epoch (
        organisation text COLLATE "C" PRIMARY KEY, epoch integer NOT NULL CHECK (epoch > 0));
      CREATE TABLE IF NOT EXISTS ${s}.data_key (
        organisation text COLLATE "C" NOT NULL, key_id text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
        record_class text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(subject, '/', 1)) STORED,
        PRIMARY KEY (organisation, key_id), UNIQUE (organisation, subject), UNIQUE (organisation, key_id, record_class));
      CREATE TABLE IF NOT EXISTS ${s}.key_wrap (
        organisation text COLLATE "C" NOT NULL, key_id text COLLATE "C" NOT NULL, recipient text COLLATE "C" NOT NULL,
        record_class text COLLATE "C" NOT NULL,
        wrapped bytea NOT NULL CHECK (length(wrapped) BETWEEN 1 AND 1024),
        PRIMARY KEY (organisation, key_id, recipient),
        FOREIGN KEY (organisation, key_id, record_class) REFERENCES ${s}.data_key (organisation, key_id, record_class)
      ) PARTITION BY HASH (organisation, key_id);
      -- Never out of line: a copy in a TOAST table would be one more to erase. Every part is made like this.
      ALTER TABLE ${s}.key_wrap ALTER COLUMN wrapped SET STORAGE PLAIN;
      CREATE INDEX IF NOT EXISTS key_wrap_recipient ON ${s}.key_wrap (organisation, recipient);
      ${parts()}
      CREATE TABLE IF NOT EXISTS ${s}.destroyed_subject (
        organisation text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
        record_class text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(subject, '/', 1)) STORED,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        at text NOT NULL, destroyed_by text NOT NULL, reason text NOT NULL, PRIMARY KEY (organisation, subject));
      CREATE TABLE IF NOT EXISTS ${s}.destroyed_key (
        organisation text COLLATE "C" NOT NULL, key_id text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
        record_class text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(subject, '/', 1)) STORED,
        PRIMARY KEY (organisation, key_id));
      CREATE OR REPLACE FUNCTION ${s}.epoch_never_goes_back() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
      BEGIN
        IF NEW.epoch < OLD.epoch OR NEW.organisation <> OLD.organisation THEN
          RAISE EXCEPTION 'an epoch never goes back' USING ERRCODE = '22023';
        END IF;
        RETURN NEW;
      END $body$;
      CREATE OR REPLACE TRIGGER epoch_never_goes_back BEFORE UPDATE ON ${s}.epoch
        FOR EACH ROW EXECUTE FUNCTION ${s}.epoch_never_goes_back();
      ${policy(s, 'epoch', OF_NAMED_ORGANISATIONS)}
      ${['data_key', 'key_wrap', 'destroyed_subject', 'destroyed_key']
        .map((table) => policy(s, table, `${OF_NAMED_ORGANISATIONS} AND ${mayUse(s, 'record_class')}`))
        .join('')}
    `);
    await grantCredentials(owner, s, credentials);
    for (const role of roles)
      await owner.query(`
        REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM ${role};
        GRANT USAGE ON SCHEMA ${s} TO ${role};
        GRANT SELECT ON ${s}.format, ${s}.credential, ${s}.purge_due TO ${role};
        GRANT SELECT, INSERT, UPDATE ON ${s}.epoch TO ${role};
        GRANT SELECT, INSERT, DELETE ON ${s}.data_key, ${s}.key_wrap TO ${role};
        GRANT SELECT, INSERT ON ${s}.destroyed_subject, ${s}.destroyed_key TO ${role};
        GRANT INSERT, UPDATE, DELETE ON ${s}.purge_due TO ${role};
        GRANT EXECUTE ON FUNCTION ${s}.rewrite(text), ${s}.flush_log() TO ${role};
      `);
  });
};

/**
 * Makes the keyring's tables, in another database than the vault's (design §4: they are never backed up together), and
 * gives each role what its classes allow: epochs are read and begun by all, dropped by `*` alone; a signing key is of the
 * class its name begins with. Idempotent; rights as for the vault.
 * @throws TypeError
 */
export const installPostgresKeyring = async (owner: Client, credentials: KeyCredentials): Promise<void> => {
  const s = KEYRING_SCHEMA;
  const roles = Object.keys(credentials).map(checkedRole);
  await inTransaction(owner, async () => {
    await owner.query(`
      CREATE SCHEMA IF NOT EXISTS ${s};
      ${erasing(s, `c.relname = 'epoch_key'`)}
      CREATE TABLE IF NOT EXISTS ${s}.epoch_key (
        organisation text COLLATE "C" NOT NULL, epoch integer NOT NULL CHECK (epoch > 0),
        wrapped bytea NOT NULL CHECK (length(wrapped) BETWEEN 1 AND 1024), created_at text NOT NULL,
        PRIMARY KEY (organisation, epoch));
      ALTER TABLE ${s}.epoch_key ALTER COLUMN wrapped SET STORAGE PLAIN;
      CREATE TABLE IF NOT EXISTS ${s}.signing_key (
        organisation text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, key_id text NOT NULL,
        public_key bytea NOT NULL, wrapped bytea NOT NULL, created_at text NOT NULL, PRIMARY KEY (organisation, name));
      ${policy(s, 'signing_key', `${OF_NAMED_ORGANISATIONS} AND ${mayUse(s, `split_part(name, '/', 1)`)}`)}
      ${policy(s, 'epoch_key', OF_NAMED_ORGANISATIONS)}
      DROP POLICY IF EXISTS dropped_by_the_keeper ON ${s}.epoch_key;
      CREATE POLICY dropped_by_the_keeper ON ${s}.epoch_key AS RESTRICTIVE FOR DELETE USING (${keeps(s)});
    `);
    await grantCredentials(owner, s, credentials);
    for (const role of roles)
      await owner.query(`
        REVOKE ALL ON ALL TABLES IN SCHEMA ${s} FROM ${role};
        GRANT USAGE ON SCHEMA ${s} TO ${role};
        GRANT SELECT ON ${s}.format, ${s}.credential, ${s}.purge_due TO ${role};
        GRANT SELECT, INSERT, DELETE ON ${s}.epoch_key TO ${role};
        GRANT SELECT, INSERT ON ${s}.signing_key TO ${role};
        GRANT INSERT, UPDATE, DELETE ON ${s}.purge_due TO ${role};
        GRANT EXECUTE ON FUNCTION ${s}.rewrite(text), ${s}.flush_log() TO ${role};
      `);
  });
};
