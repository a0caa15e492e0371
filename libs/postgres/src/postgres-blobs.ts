import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { BlobStorage, ListedUpload, StoredUpload } from '@toeverlaat/sealing';
import { ORGANISATION_ID, type OrganisationId } from '@toeverlaat/values';
import { Client, type PoolClient } from 'pg';
import { clientConfigOf, codeOf, EVERY_ORGANISATION, openPool, scoped, type PostgresConnection } from './connection.js';
import { BLOBS_SCHEMA as S, POSTGRES_BLOBS_FORMAT } from './blob-schema.js';

/** The database holds no blobs of this format, or keys beside which they must not stand. */
export class PostgresBlobsUnusable extends Error {
  override readonly name = 'PostgresBlobsUnusable';
}

/** Bytes of one row. A blob of 25 MB has a hundred. */
const SLICE = 256 * 1024;

/** The place of an unfinished blob was taken away: this host was thought to have ended. `code` is what the caller tells. */
class WriterGone extends Error {
  readonly code = 'WRITER_GONE';
}

type UploadRow = Omit<StoredUpload, 'v' | 'size'> & { readonly id: string; readonly size: string };

const listedOf = ({ id, blob, size, at, context, fingerprint }: UploadRow): ListedUpload => ({
  v: 1,
  id,
  blob,
  size: Number(size),
  at,
  context,
  fingerprint,
});

const UPLOAD_COLUMNS = 'id, blob, size::text, at, context, fingerprint';

/** Keys an upload within its organisation; a context may be longer than an index takes. */
const contextKey = (context: string): string => createHash('sha256').update(context).digest('hex');

/**
 * Blobs in a database that every host reaches: ciphertext only, in slices, outside the keys' database. A blob is found by
 * its address when its last transaction has committed, not before. Each process holds one connection whose lock says that
 * it lives: what a dead one left is removed, what others still write is not.
 * @throws PostgresBlobsUnusable, PostgresConnectionRefused
 */
export const openPostgresBlobStorage = async (options: PostgresConnection): Promise<BlobStorage> => {
  const report = options.onError ?? (() => undefined);
  const pool = openPool(options);
  const config = clientConfigOf(options);
  let closed = false;
  let alive: Promise<{ readonly client: Client; readonly writer: string }> | undefined;

  const within = <T>(organisation: string, work: (client: PoolClient) => Promise<T>): Promise<T> => {
    if (organisation !== EVERY_ORGANISATION && !ORGANISATION_ID.test(organisation))
      throw new TypeError('not an organisation id');
    return scoped(pool, [organisation], work);
  };

  const sign = async (): Promise<{ readonly client: Client; readonly writer: string }> => {
    const client = new Client(config);
    const gone = (error?: unknown): void => {
      alive = undefined;
      if (error !== undefined && !closed) report(error);
    };
    client.on('error', gone);
    client.on('end', () => {
      gone();
    });
    await client.connect();
    const writer = (randomBytes(8).readBigInt64BE() & 0x7fff_ffff_ffff_ffffn).toString();
    await client.query('SELECT pg_advisory_lock($1::bigint)', [writer]);
    return { client, writer };
  };
  /** The name under which this process writes, for as long as its connection lasts. */
  const ownWriter = async (): Promise<string> => {
    alive ??= sign().catch((error: unknown) => {
      alive = undefined;
      throw error;
    });
    return (await alive).writer;
  };

  const remove = (client: PoolClient, organisation: OrganisationId, id: string): Promise<unknown> =>
    client.query(`DELETE FROM ${S}.blob WHERE organisation = $1 AND id = $2::uuid`, [organisation, id]);

  const storage: BlobStorage = {
    create: async (organisation) => {
      const writer = await ownWriter();
      const id = randomUUID();
      await within(organisation, (client) =>
        client.query(`INSERT INTO ${S}.blob (organisation, id, writer) VALUES ($1, $2::uuid, $3::bigint)`, [
          organisation,
          id,
          writer,
        ]),
      );
      let slice = Buffer.alloc(0);
      let n = 0;
      let bytes = 0;
      const flush = async (client: PoolClient, part: Buffer): Promise<void> => {
        // Its place is gone: the foreign key says so.
        await client.query(`INSERT INTO ${S}.slice (organisation, id, n, bytes) VALUES ($1, $2::uuid, $3, $4)`, [
          organisation,
          id,
          n,
          part,
        ]);
        n += 1;
      };
      /** What is left, and the address: in one transaction, after which the blob is there. */
      const place = async (client: PoolClient, blob: string): Promise<void> => {
        if (slice.length > 0) await flush(client, slice);
        const { rowCount } = await client.query(
          `UPDATE ${S}.blob SET address = $4, bytes = $5, writer = NULL
           WHERE organisation = $1 AND id = $2::uuid AND writer = $3::bigint`,
          [organisation, id, writer, blob, bytes],
        );
        if (rowCount !== 1) throw new WriterGone();
      };
      return {
        write: async (part) => {
          slice = Buffer.concat([slice, part]);
          bytes += part.length;
          while (slice.length >= SLICE) {
            const full = slice.subarray(0, SLICE);
            await within(organisation, (client) => flush(client, full));
            slice = slice.subarray(SLICE);
          }
        },
        finish: (blob) => within(organisation, (client) => place(client, blob)),
        finishListed: (uploadId, upload) =>
          within(organisation, async (client) => {
            const key = contextKey(upload.context);
            // One that inserts the same at this moment is waited for; its answer is then this one's.
            const { rowCount } = await client.query(
              `INSERT INTO ${S}.upload (organisation, context_key, id, context, blob, size, at, fingerprint)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organisation, context_key, id) DO NOTHING`,
              [organisation, key, uploadId, upload.context, upload.blob, upload.size, upload.at, upload.fingerprint],
            );
            if (rowCount === 1) {
              await place(client, upload.blob);
              return upload;
            }
            await remove(client, organisation, id);
            const { rows } = await client.query<UploadRow>(
              `SELECT ${UPLOAD_COLUMNS} FROM ${S}.upload WHERE organisation = $1 AND context_key = $2 AND id = $3`,
              [organisation, key, uploadId],
            );
            const [standing] = rows;
            // Taken off the list between the two statements: whoever asks again starts anew.
            if (standing === undefined) throw new WriterGone();
            return listedOf(standing);
          }),
        abandon: async () => {
          await within(organisation, (client) =>
            client.query(`DELETE FROM ${S}.blob WHERE organisation = $1 AND id = $2::uuid AND writer IS NOT NULL`, [
              organisation,
              id,
            ]),
          ).catch(report);
        },
      };
    },

    open: async (organisation, blob) => {
      const [found] = await within(
        organisation,
        async (client) =>
          (
            await client.query<{ id: string; bytes: string }>(
              `SELECT id::text, bytes::text FROM ${S}.blob WHERE organisation = $1 AND address = $2`,
              [organisation, blob],
            )
          ).rows,
      );
      if (found === undefined) return undefined;
      let kept: { readonly n: number; readonly bytes: Buffer } | undefined;
      const sliceAt = async (n: number): Promise<Buffer | undefined> => {
        if (kept?.n === n) return kept.bytes;
        const [row] = await within(
          organisation,
          async (client) =>
            (
              await client.query<{ bytes: Buffer }>(
                `SELECT bytes FROM ${S}.slice WHERE organisation = $1 AND id = $2::uuid AND n = $3`,
                [organisation, found.id, n],
              )
            ).rows,
        );
        if (row !== undefined) kept = { n, bytes: row.bytes };
        return row?.bytes;
      };
      return {
        size: Number(found.bytes),
        read: async (length, position) => {
          const parts: Buffer[] = [];
          let missing = length;
          for (let at = position; missing > 0;) {
            const part = (await sliceAt(Math.floor(at / SLICE)))?.subarray(at % SLICE, (at % SLICE) + missing);
            if (part === undefined || part.length === 0) return undefined;
            parts.push(part);
            missing -= part.length;
            at += part.length;
          }
          return Buffer.concat(parts);
        },
        close: async () => {
          kept = undefined;
        },
      };
    },

    remove: async (organisation, blob) => {
      await within(organisation, (client) =>
        client.query(`DELETE FROM ${S}.blob WHERE organisation = $1 AND address = $2`, [organisation, blob]),
      );
    },

    organisationsWithUploads: () =>
      within(EVERY_ORGANISATION, async (client) => {
        const { rows } = await client.query<{ organisation: string }>(`SELECT DISTINCT organisation FROM ${S}.upload`);
        return rows.map((row) => row.organisation as OrganisationId);
      }),

    uploads: (organisation, context) =>
      within(organisation, async (client) => {
        const { rows } = await client.query<UploadRow>(
          `SELECT ${UPLOAD_COLUMNS} FROM ${S}.upload
           WHERE organisation = $1 AND ($2::text IS NULL OR context_key = $2)`,
          [organisation, context === undefined ? null : contextKey(context)],
        );
        return rows.map(listedOf);
      }),

    forgetUpload: async (organisation, context, id) => {
      await within(organisation, (client) =>
        client.query(`DELETE FROM ${S}.upload WHERE organisation = $1 AND context_key = $2 AND id = $3`, [
          organisation,
          contextKey(context),
          id,
        ]),
      );
    },

    removeUnfinished: () =>
      within(EVERY_ORGANISATION, async (client) => {
        let removed = 0;
        const { rows } = await client.query<{ writer: string }>(
          `SELECT DISTINCT writer::text FROM ${S}.blob WHERE writer IS NOT NULL`,
        );
        for (const { writer } of rows) {
          // Of the transaction: whoever lives holds it in a session of its own, this process too.
          const lock = await client.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS free', [
            writer,
          ]);
          if (lock.rows[0]?.free !== true) continue;
          const gone = await client.query(`DELETE FROM ${S}.blob WHERE writer = $1::bigint`, [writer]);
          removed += gone.rowCount ?? 0;
        }
        return removed;
      }),

    close: async () => {
      if (closed) return;
      closed = true;
      const held = await alive?.catch(() => undefined);
      await held?.client.end();
      await pool.end();
    },
  };

  try {
    const { rows } = await pool.query<{ version: number | null; keys: boolean }>(
      `SELECT max(version) AS version, to_regnamespace('toeverlaat_vault') IS NOT NULL
         OR to_regnamespace('toeverlaat_keyring') IS NOT NULL AS keys FROM ${S}.format`,
    );
    const version = rows[0]?.version;
    if (version !== POSTGRES_BLOBS_FORMAT)
      throw new PostgresBlobsUnusable(`blob format ${version ?? 'none'}; this version reads ${POSTGRES_BLOBS_FORMAT}`);
    if (rows[0]?.keys === true)
      throw new PostgresBlobsUnusable('keys stand in the same database: a backup would hold both');
  } catch (error) {
    await storage.close();
    if (error instanceof PostgresBlobsUnusable) throw error;
    throw new PostgresBlobsUnusable(`no blobs to be read in this database (${codeOf(error) || 'no connection'})`);
  }
  return storage;
};
