import { organisationId } from '@toeverlaat/values';
import type { EpochRow, KeyringStore, SigningRow } from './keyring.js';
import { openKeyDatabase } from './sqlite.js';

/** 'TvKr' */
const APPLICATION = 0x54764b72;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS epoch_key (
  organisation TEXT NOT NULL, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, created_at TEXT NOT NULL,
  PRIMARY KEY (organisation, epoch)) STRICT;
CREATE TABLE IF NOT EXISTS signing_key (
  organisation TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT NOT NULL, public_key BLOB NOT NULL, wrapped BLOB NOT NULL,
  created_at TEXT NOT NULL, PRIMARY KEY (organisation, name)) STRICT`;

type Row = Record<string, unknown>;
const bytes = (value: unknown): Uint8Array => (value instanceof Uint8Array ? value : new Uint8Array(0));
const epochRow = (row: Row): EpochRow => ({
  epoch: Number(row['epoch']),
  wrapped: bytes(row['wrapped']),
  createdAt: String(row['created_at']),
});
const signingRow = (row: Row): SigningRow => ({
  keyId: String(row['key_id']),
  publicKey: bytes(row['public_key']),
  wrapped: bytes(row['wrapped']),
  createdAt: String(row['created_at']),
});

/** Rows of a keyring in a SQLite file, which must not be the vault's and is not backed up with it. @throws KeyFileUnusable */
export const openSqliteKeyringStore = (file: string): KeyringStore => {
  const { db, run, transaction, purge, close } = openKeyDatabase({ file, application: APPLICATION, schema: SCHEMA });
  const epochs = db.prepare('SELECT epoch, wrapped, created_at FROM epoch_key WHERE organisation=? ORDER BY epoch');
  const oneEpoch = db.prepare('SELECT epoch, wrapped, created_at FROM epoch_key WHERE organisation=? AND epoch=?');
  const signing = db.prepare(
    'SELECT key_id, public_key, wrapped, created_at FROM signing_key WHERE organisation=? AND name=?',
  );
  return {
    epochs: (organisation) => run(() => epochs.all(organisation).map(epochRow)),
    addEpoch: (organisation, row) =>
      transaction(() => {
        db.prepare(
          'INSERT INTO epoch_key (organisation, epoch, wrapped, created_at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING',
        ).run(organisation, row.epoch, row.wrapped, row.createdAt);
        const standing = oneEpoch.get(organisation, row.epoch);
        return standing === undefined ? row : epochRow(standing);
      }),
    dropEpoch: async (organisation, epoch) => {
      const gone = await transaction(() => {
        const row = oneEpoch.get(organisation, epoch);
        db.prepare('DELETE FROM epoch_key WHERE organisation=? AND epoch=?').run(organisation, epoch);
        return row === undefined ? undefined : [epochRow(row).wrapped];
      });
      await run(() => purge(gone));
    },
    signingKey: (organisation, name) =>
      run(() => {
        const row = signing.get(organisation, name);
        return row === undefined ? undefined : signingRow(row);
      }),
    addSigningKey: (organisation, name, row) =>
      transaction(() => {
        db.prepare(
          `INSERT INTO signing_key (organisation, name, key_id, public_key, wrapped, created_at) VALUES (?,?,?,?,?,?)
           ON CONFLICT DO NOTHING`,
        ).run(organisation, name, row.keyId, row.publicKey, row.wrapped, row.createdAt);
        const standing = signing.get(organisation, name);
        return standing === undefined ? row : signingRow(standing);
      }),
    sample: () =>
      run(() => {
        const row = db.prepare('SELECT organisation, epoch, wrapped, created_at FROM epoch_key LIMIT 1').get();
        return row === undefined
          ? undefined
          : { ...epochRow(row), organisation: organisationId(String(row['organisation'])) };
      }),
    close,
  };
};
