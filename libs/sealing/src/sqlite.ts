import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvariantBroken } from '@toeverlaat/values';
import { KeyFileUnusable, KeyStoreUnavailable } from './vault.js';

export type KeyDatabase = {
  readonly db: DatabaseSync;
  /** Runs one operation; whatever SQLite refuses becomes KeyStoreUnavailable. */
  readonly run: <T>(work: () => T) => Promise<T>;
  /** The same over one snapshot of the file: what another process changes between two statements is seen by neither. */
  readonly snapshot: <T>(work: () => T) => Promise<T>;
  /** The same in one write transaction, durable when it resolves. */
  readonly transaction: <T>(work: () => T) => Promise<T>;
  /**
   * Leaves none of these bytes in the file or its write-ahead log. Without a list, or when a stray copy is found that
   * SQLite left in the slack of a page, the file is rewritten whole.
   * @throws KeyStoreUnavailable when another process keeps the write-ahead log busy; call it again
   */
  readonly purge: (gone?: readonly Uint8Array[]) => void;
  readonly close: () => Promise<void>;
};

export type KeyDatabaseOptions = { readonly file: string; readonly application: number; readonly schema: string };

const VERSION = 1;

const createPrivately = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Only when it is new: opening and closing an existing database file here would drop SQLite's own locks on it.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
};

const headerOf = (db: DatabaseSync): { readonly found: number; readonly version: number; readonly tables: number } => {
  const row = db
    .prepare(
      `SELECT (SELECT count(*) FROM sqlite_schema) AS tables, (SELECT application_id FROM pragma_application_id) AS found,
         (SELECT user_version FROM pragma_user_version) AS version`,
    )
    .get();
  return { found: Number(row?.['found']), version: Number(row?.['version']), tables: Number(row?.['tables']) };
};

/**
 * A SQLite file for keys: durable commits, deleted content overwritten, temporary tables never on disk.
 * @throws KeyFileUnusable when the file is something else or of a newer version
 */
export const openKeyDatabase = ({ file, application, schema }: KeyDatabaseOptions): KeyDatabase => {
  createPrivately(file);
  // Waiting for another process holds up this one: no longer than a second.
  const db = new DatabaseSync(file, { timeout: 1_000 });
  try {
    db.exec('PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL');
    // In one statement, because another process may be making the file; and by its tables, because one that was only
    // switched to a write-ahead log, by a process that then ended, has a page and nothing on it.
    const { found, version, tables } = headerOf(db);
    if (found !== application && (found !== 0 || tables > 0))
      throw new KeyFileUnusable(file, 'not_a_key_file', 'another file stands where the keys belong');
    if (version > VERSION) throw new KeyFileUnusable(file, 'newer_version', 'it was written by a newer release');
    db.exec('PRAGMA journal_mode=WAL');
    db.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA application_id=${application}; PRAGMA user_version=${VERSION}; COMMIT`);
  } catch (error) {
    db.close();
    if (error instanceof KeyFileUnusable) throw error;
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new KeyFileUnusable(file, 'not_a_key_file', why);
  }

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof InvariantBroken || error instanceof KeyStoreUnavailable) throw error;
      throw new KeyStoreUnavailable(error instanceof Error ? error.message : 'the key file does not answer');
    }
  };

  const truncateLog = (): void => {
    const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (Number(row?.['busy']) !== 0) throw new KeyStoreUnavailable('the key file is busy: a copy may stand in its log');
  };

  const within = <T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T =>
    guarded(() => {
      db.exec(begin);
      try {
        const value = work();
        db.exec('COMMIT');
        return value;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    });

  return {
    db,
    run: async (work) => guarded(work),
    snapshot: async (work) => within('BEGIN', work),
    transaction: async (work) => within('BEGIN IMMEDIATE', work),
    purge: (gone) =>
      guarded(() => {
        const stray = (wanted: readonly Uint8Array[]): boolean => {
          // Early releases of Node 24 cannot give the pages: then the file is rewritten without looking.
          if (!('serialize' in db)) return true;
          const image = db.serialize();
          const pages = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
          const found = wanted.some((bytes) => pages.includes(Buffer.from(bytes)));
          pages.fill(0);
          return found;
        };
        if (gone === undefined || stray(gone)) db.exec('VACUUM');
        truncateLog();
      }),
    close: async () => {
      if (db.isOpen) guarded(() => db.close());
    },
  };
};
