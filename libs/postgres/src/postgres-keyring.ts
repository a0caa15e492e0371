import { KeyStoreUnavailable, type EpochRow, type KeyringStore, type SigningRow } from '@toeverlaat/sealing';
import { organisationId, type OrganisationId } from '@toeverlaat/values';
import type { PoolClient } from 'pg';
import { EVERY_ORGANISATION } from './connection.js';
import { openKeyDatabase, type PostgresKeysOptions } from './key-database.js';
import { KEYRING_SCHEMA as S } from './key-schema.js';

type EpochColumns = { readonly epoch: number; readonly wrapped: Buffer; readonly created_at: string };
type SigningColumns = {
  readonly key_id: string;
  readonly public_key: Buffer;
  readonly wrapped: Buffer;
  readonly created_at: string;
};

const epochRow = (row: EpochColumns): EpochRow => ({
  epoch: row.epoch,
  wrapped: new Uint8Array(row.wrapped),
  createdAt: row.created_at,
});
const signingRow = (row: SigningColumns): SigningRow => ({
  keyId: row.key_id,
  publicKey: new Uint8Array(row.public_key),
  wrapped: new Uint8Array(row.wrapped),
  createdAt: row.created_at,
});

const standing = <T>(row: T | undefined, what: string): T => {
  if (row === undefined) throw new KeyStoreUnavailable(`the keyring: no credential for ${what}`);
  return row;
};

/**
 * Rows of a keyring on PostgreSQL, in another database than the vault's, and backed up apart from it (design §4).
 * @throws KeyServerUnfit, KeyStoreUnavailable, PostgresConnectionRefused
 */
export const openPostgresKeyringStore = async (options: PostgresKeysOptions): Promise<KeyringStore> => {
  const { transaction, markDeleted, purge, close } = await openKeyDatabase('the keyring', S, options);

  const epochIn = async (client: PoolClient, organisation: OrganisationId, epoch: number) =>
    (
      await client.query<EpochColumns>(
        `SELECT epoch, wrapped, created_at FROM ${S}.epoch_key WHERE organisation = $1 AND epoch = $2`,
        [organisation, epoch],
      )
    ).rows[0];
  const signingIn = async (client: PoolClient, organisation: OrganisationId, name: string) =>
    (
      await client.query<SigningColumns>(
        `SELECT key_id, public_key, wrapped, created_at FROM ${S}.signing_key WHERE organisation = $1 AND name = $2`,
        [organisation, name],
      )
    ).rows[0];

  return {
    epochs: (organisation) =>
      transaction(organisation, async (client) => {
        const { rows } = await client.query<EpochColumns>(
          `SELECT epoch, wrapped, created_at FROM ${S}.epoch_key WHERE organisation = $1 ORDER BY epoch`,
          [organisation],
        );
        return rows.map(epochRow);
      }),
    addEpoch: (organisation, row) =>
      transaction(organisation, async (client) => {
        await client.query(
          `INSERT INTO ${S}.epoch_key (organisation, epoch, wrapped, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (organisation, epoch) DO NOTHING`,
          [organisation, row.epoch, Buffer.from(row.wrapped), row.createdAt],
        );
        return epochRow(standing(await epochIn(client, organisation, row.epoch), 'this epoch'));
      }),
    dropEpoch: async (organisation, epoch) => {
      await transaction(organisation, async (client) => {
        const { rowCount } = await client.query(`DELETE FROM ${S}.epoch_key WHERE organisation = $1 AND epoch = $2`, [
          organisation,
          epoch,
        ]);
        // Without the right to drop, the row is there and was not to be seen by the deletion.
        if (rowCount === 0 && (await epochIn(client, organisation, epoch)) !== undefined)
          throw new KeyStoreUnavailable('the keyring: no credential to drop an epoch');
        if (rowCount !== 0) await markDeleted(client, ['epoch_key']);
      });
      await purge();
    },
    signingKey: (organisation, name) =>
      transaction(organisation, async (client) => {
        const row = await signingIn(client, organisation, name);
        return row === undefined ? undefined : signingRow(row);
      }),
    addSigningKey: (organisation, name, row) =>
      transaction(organisation, async (client) => {
        await client.query(
          `INSERT INTO ${S}.signing_key (organisation, name, key_id, public_key, wrapped, created_at)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organisation, name) DO NOTHING`,
          [organisation, name, row.keyId, Buffer.from(row.publicKey), Buffer.from(row.wrapped), row.createdAt],
        );
        return signingRow(standing(await signingIn(client, organisation, name), 'this signing key'));
      }),
    sample: () =>
      transaction(EVERY_ORGANISATION, async (client) => {
        const { rows } = await client.query<EpochColumns & { organisation: string }>(
          `SELECT organisation, epoch, wrapped, created_at FROM ${S}.epoch_key LIMIT 1`,
        );
        const [row] = rows;
        return row === undefined ? undefined : { ...epochRow(row), organisation: organisationId(row.organisation) };
      }),
    close,
  };
};
