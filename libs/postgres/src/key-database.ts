import { KeyStoreUnavailable } from '@toeverlaat/sealing';
import { InvariantBroken, type OrganisationId } from '@toeverlaat/values';
import type { PoolClient } from 'pg';
import { codeOf, openPool, scoped, type Last, type PostgresConnection } from './connection.js';
import { POSTGRES_KEYS_FORMAT } from './key-schema.js';

export type PostgresKeysOptions = PostgresConnection & {
  /**
   * Open although the server is set up so that bytes of destroyed keys outlive their destruction (`findings` of
   * KeyServerUnfit): they then end with their epoch only. Said aloud, never a default.
   */
  readonly acceptTraces?: boolean;
  /** Milliseconds a destruction waits for older transactions to end before it says: ask again. */
  readonly settleMs?: number;
};

/** A server on which erased would not stay erased, or that holds no such key store. */
export class KeyServerUnfit extends Error {
  override readonly name = 'KeyServerUnfit';
  constructor(
    readonly store: string,
    readonly findings: readonly string[],
  ) {
    super(`${store} on PostgreSQL: ${findings.join('; ')}`);
  }
}

export type KeyDatabase = {
  /** One transaction over rows of one organisation (or `*`); whatever the server refuses becomes KeyStoreUnavailable. */
  readonly transaction: <T>(
    organisation: OrganisationId | '*',
    work: (client: PoolClient, last: Last) => Promise<T>,
  ) => Promise<T>;
  /** In the transaction that deleted rows of these parts. */
  readonly markDeleted: (client: PoolClient, parts: readonly string[]) => Promise<void>;
  /** Leaves no bytes of deleted rows in the server's own files; resolves when that is so. @throws KeyStoreUnavailable */
  readonly purge: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Settings on which the bytes of a deleted row would outlive it, in files of the server that no statement reaches. */
const FINDINGS = `
  SELECT name, setting FROM pg_settings
  WHERE (name = 'wal_recycle' AND setting <> 'off')
    OR (name = 'archive_mode' AND setting <> 'off')
    OR (name = 'wal_keep_size' AND setting <> '0')
    OR (name = 'wal_level' AND setting = 'logical')
    OR (name = 'summarize_wal' AND setting <> 'off')
    OR (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')
    -- Parameters of a logged statement are its bytes.
    OR (name = 'log_parameter_max_length' AND setting <> '0' AND (
      current_setting('log_statement') IN ('mod', 'all') OR current_setting('log_min_duration_statement') <> '-1'
      OR current_setting('log_min_duration_sample') <> '-1' OR current_setting('log_duration') = 'on'
      OR current_setting('log_transaction_sample_rate') <> '0'))
    OR (name = 'log_parameter_max_length_on_error' AND setting <> '0')
  UNION ALL SELECT 'replication slot', slot_name FROM pg_replication_slots ORDER BY 1`;

/** Older transactions run, or a lock is taken: it passes. */
const PASSES = new Set(['55006', '55P03', '40P01']);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @throws KeyServerUnfit when the database holds no such store, or would keep what is erased
 * @throws KeyStoreUnavailable when it does not answer
 */
export const openKeyDatabase = async (
  store: 'the vault' | 'the keyring',
  schema: string,
  options: PostgresKeysOptions,
): Promise<KeyDatabase> => {
  const { acceptTraces = false, settleMs = 10_000 } = options;
  const report = options.onError ?? (() => undefined);
  const pool = openPool(options, { max: options.maxConnections ?? 4 });
  let closing: Promise<void> | undefined;

  /** Never the server's own words: they quote rows. */
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw new KeyStoreUnavailable(`${store} is closed`);
    try {
      return await work();
    } catch (error) {
      if (error instanceof InvariantBroken || error instanceof KeyStoreUnavailable || error instanceof KeyServerUnfit)
        throw error;
      const code = codeOf(error);
      throw new KeyStoreUnavailable(
        code === '42501'
          ? `${store}: no credential for this`
          : `${store} does not answer (${code === '' ? 'connection' : code})`,
      );
    }
  };

  const due = async (): Promise<readonly { readonly part: string; readonly token: string }[]> =>
    (
      await pool.query<{ part: string; token: string }>(
        `SELECT part, token::text FROM ${schema}.purge_due ORDER BY part`,
      )
    ).rows;

  const rewrite = async (part: string, until: number): Promise<void> => {
    for (let pause = 5; ; pause = Math.min(250, pause * 2)) {
      try {
        await pool.query(`SELECT ${schema}.rewrite($1)`, [part]);
        return;
      } catch (error) {
        if (!PASSES.has(codeOf(error))) throw error;
        if (performance.now() > until)
          throw new KeyStoreUnavailable(`${store}: an older transaction still sees what was deleted`);
      }
      await sleep(pause);
    }
  };

  const purge = async (): Promise<void> => {
    const marks = await due();
    if (marks.length === 0) return;
    const until = performance.now() + settleMs;
    for (const { part } of marks) await rewrite(part, until);
    const { rows } = await pool.query<{ kept: number }>(`SELECT ${schema}.flush_log() AS kept`);
    if (rows[0]?.kept !== 0 && !acceptTraces)
      throw new KeyStoreUnavailable(`${store}: the server keeps ${rows[0]?.kept ?? '?'} older segments of its log`);
    // A token that changed meanwhile is of a later deletion: its mark stays.
    for (const { part, token } of marks)
      await pool.query(`DELETE FROM ${schema}.purge_due WHERE part = $1 AND token = $2::uuid`, [part, token]);
  };

  const database: KeyDatabase = {
    transaction: (organisation, work) => guarded(() => scoped(pool, [organisation], work)),
    markDeleted: async (client, parts) => {
      // In one order, so that two deletions never wait for each other.
      for (const part of [...new Set(parts)].toSorted())
        await client.query(
          `INSERT INTO ${schema}.purge_due (part, txid, token) VALUES ($1, pg_current_xact_id(), gen_random_uuid())
           ON CONFLICT (part) DO UPDATE SET token = excluded.token,
             txid = CASE WHEN excluded.txid > purge_due.txid THEN excluded.txid ELSE purge_due.txid END`,
          [part],
        );
    },
    purge: () => guarded(purge),
    close: () => (closing ??= pool.end()),
  };

  try {
    await guarded(async () => {
      const format = await pool
        .query<{ version: number }>(`SELECT max(version) AS version FROM ${schema}.format`)
        .catch((error: unknown) => {
          // No schema, no table, no right to look: nothing that waiting would change.
          if (['3F000', '42P01', '42501', '3D000'].includes(codeOf(error)))
            throw new KeyServerUnfit(store, [`no key store for this role in this database (${codeOf(error)})`]);
          throw error;
        });
      const version = format.rows[0]?.version;
      if (version !== POSTGRES_KEYS_FORMAT)
        throw new KeyServerUnfit(store, [`format ${version ?? 'none'}; this version reads ${POSTGRES_KEYS_FORMAT}`]);
      const { rows } = await pool.query<{ name: string; setting: string }>(FINDINGS);
      if (rows.length > 0 && !acceptTraces)
        throw new KeyServerUnfit(
          store,
          rows.map(({ name, setting }) => `${name} is ${setting}`),
        );
      // A process that ended between a destruction and its purge left a mark. Reading need not wait for it: the ledger
      // has it; whoever destroys or scrubs next finishes it too.
      await purge().catch(report);
    });
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
};
