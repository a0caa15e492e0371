import type { Client } from 'pg';
import { checkedRole, OF_NAMED_ORGANISATIONS } from './connection.js';

/** Storage format of blobs on PostgreSQL. */
export const POSTGRES_BLOBS_FORMAT = 1;
export const BLOBS_SCHEMA = 'toeverlaat_blobs';

/**
 * Makes the tables for sealed blobs and what the roles of the services that keep attachments may do with them: put in, find,
 * take away; never change a stored byte. Idempotent; run by the owner of the database, which is not that of the keys.
 * @throws TypeError for a role name that is no plain identifier
 */
export const installPostgresBlobs = async (owner: Client, roles: readonly string[]): Promise<void> => {
  const s = BLOBS_SCHEMA;
  const names = roles.map(checkedRole).join(', ');
  const table = (name: string): string => `
    ALTER TABLE ${s}.${name} ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS of_named_organisations ON ${s}.${name};
    CREATE POLICY of_named_organisations ON ${s}.${name} USING ${OF_NAMED_ORGANISATIONS};
    REVOKE ALL ON ${s}.${name} FROM ${names};`;
  await owner.query(`
    CREATE SCHEMA IF NOT EXISTS ${s};
    CREATE TABLE IF NOT EXISTS ${s}.format (version integer PRIMARY KEY);
    INSERT INTO ${s}.format VALUES (${POSTGRES_BLOBS_FORMAT}) ON CONFLICT (version) DO NOTHING;
    CREATE TABLE IF NOT EXISTS ${s}.blob (
      organisation text COLLATE "C" NOT NULL, id uuid NOT NULL,
      -- SHA-256 of the ciphertext; none while somebody still writes it.
      address text COLLATE "C" CHECK (address ~ '^[0-9a-f]{64}$'), bytes bigint, writer bigint,
      PRIMARY KEY (organisation, id), UNIQUE (organisation, address),
      CHECK ((address IS NULL) = (writer IS NOT NULL) AND (address IS NULL) = (bytes IS NULL)));
    CREATE INDEX IF NOT EXISTS blob_unfinished ON ${s}.blob (writer) WHERE writer IS NOT NULL;
    CREATE TABLE IF NOT EXISTS ${s}.slice (
      organisation text COLLATE "C" NOT NULL, id uuid NOT NULL, n integer NOT NULL, bytes bytea NOT NULL,
      PRIMARY KEY (organisation, id, n), FOREIGN KEY (organisation, id) REFERENCES ${s}.blob ON DELETE CASCADE);
    -- Ciphertext does not compress: not tried.
    ALTER TABLE ${s}.slice ALTER COLUMN bytes SET STORAGE EXTERNAL;
    CREATE TABLE IF NOT EXISTS ${s}.upload (
      organisation text COLLATE "C" NOT NULL, context_key text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
      context text NOT NULL, blob text NOT NULL, size bigint NOT NULL, at text NOT NULL, fingerprint text NOT NULL,
      PRIMARY KEY (organisation, context_key, id));
    ${['blob', 'slice', 'upload'].map(table).join('')}
    GRANT USAGE ON SCHEMA ${s} TO ${names};
    GRANT SELECT ON ${s}.format TO ${names};
    GRANT SELECT, INSERT, DELETE ON ${s}.blob, ${s}.upload TO ${names};
    GRANT UPDATE (address, bytes, writer) ON ${s}.blob TO ${names};
    GRANT SELECT, INSERT ON ${s}.slice TO ${names};
  `);
};
