import type { Position } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { createDecoder, metaOf, type DecodedBatch } from './decode.js';
import { CHECKPOINT_TABLE, type TableDefinition, type ViewDefinition } from './define.js';
import { createTx } from './rows.js';

/** How long a connection waits for another process's transaction. */
const BUSY_MS = 5_000;

/** `<folder>/<service>/<view>.v<version>.sqlite` */
export const viewFile = (folder: string, service: string, view: Pick<ViewDefinition, 'name' | 'version'>): string =>
  join(folder, service, `${view.name}.v${view.version}.sqlite`);

export const deleteDatabase = (file: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
};

/** Files of earlier versions of a view, which a switch to this version replaces. */
export const olderVersions = (folder: string, service: string, view: ViewDefinition): readonly string[] => {
  const home = join(folder, service);
  if (!existsSync(home)) return [];
  const pattern = new RegExp(`^${view.name}\\.v(\\d+)\\.sqlite$`);
  return readdirSync(home)
    .filter((name) => Number(pattern.exec(name)?.[1] ?? Infinity) < view.version)
    .map((name) => join(home, name));
};

const quoted = (name: string): string => `"${name}"`;

const tableDdl = (table: TableDefinition): string => {
  const columns = Object.entries(table.columns).map(([name, type]) => `${quoted(name)} ${type}`);
  return `CREATE TABLE ${quoted(table.name)} (${columns.join(', ')}, PRIMARY KEY (${table.primaryKey.map(quoted).join(', ')})) STRICT${table.clustered === true ? ', WITHOUT ROWID' : ''}`;
};

type IndexDdl = { readonly unique: boolean; readonly sql: string };

const indexDdl = (table: TableDefinition): readonly IndexDdl[] =>
  (table.indexes ?? []).map((index, number) => {
    const columns = index.columns.map((column) => {
      const [name = '', direction] = column.split(' ');
      return direction === undefined ? quoted(name) : `${quoted(name)} ${direction}`;
    });
    const unique = index.unique === true ? 'UNIQUE ' : '';
    const where = index.where === undefined ? '' : ` WHERE ${index.where}`;
    const name = quoted(`${table.name}_index_${number + 1}`);
    return {
      unique: index.unique === true,
      sql: `CREATE ${unique}INDEX IF NOT EXISTS ${name} ON ${quoted(table.name)} (${columns.join(', ')})${where}`,
    };
  });

const createSchema = (db: DatabaseSync, view: ViewDefinition, indexes: 'all' | 'unique'): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const table of view.tables) {
      db.exec(tableDdl(table));
      for (const { unique, sql } of indexDdl(table)) if (unique || indexes === 'all') db.exec(sql);
    }
    db.exec(`CREATE TABLE ${CHECKPOINT_TABLE} (
      id INTEGER PRIMARY KEY CHECK (id = 1), view TEXT NOT NULL, version INTEGER NOT NULL,
      fingerprint TEXT NOT NULL, position TEXT NOT NULL) STRICT`);
    db.prepare(`INSERT INTO ${CHECKPOINT_TABLE} VALUES (1, ?, ?, ?, '')`).run(
      view.name,
      view.version,
      view.fingerprint,
    );
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
};

/** Undefined stands for the start of the log; stored as an empty string. */
export type Checkpoint = Position | undefined;
export const isBefore = (a: Checkpoint, b: Checkpoint): boolean => (a ?? '') < (b ?? '');

/** An event that its view cannot take: the view stops there, because passing over it would make the rows untrue. */
export class ViewStopped extends Error {
  override readonly name = 'ViewStopped';
  constructor(
    readonly view: string,
    readonly position: Position,
    /** How many events of the batch come before it. */
    readonly index: number,
    override readonly cause: unknown,
  ) {
    super(
      `view ${view} stopped at ${position}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown error'}`,
    );
  }
}

export type Applied =
  | { readonly kind: 'applied'; readonly events: number; readonly checkpoint: Checkpoint }
  /** Another process moved the file back (a rebuild of its own): what is between must be read again. */
  | { readonly kind: 'movedBack'; readonly to: Checkpoint };

/** The database of one view, opened for writing. */
export type ViewDatabase = {
  readonly view: ViewDefinition;
  /** Undefined for a live view. */
  readonly file: string | undefined;
  readonly db: DatabaseSync;
  readonly checkpoint: () => Checkpoint;
  /**
   * Handles the events after the checkpoint and moves it to `next`, in one transaction. `known` is the checkpoint the
   * caller last saw. Events the file already has are passed over, whichever process put them there.
   * @throws ViewStopped when a handler throws or an event is damaged; nothing of the batch is then kept
   */
  readonly apply: (batch: DecodedBatch, known: Checkpoint, next: Position) => Applied;
  /** Makes the indexes that a file in the making still lacks. */
  readonly complete: () => void;
  readonly close: () => void;
};

const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

/** SQLITE_CORRUPT, SQLITE_NOTADB: the file is damaged; a view is then deleted and built again. */
export const isCorrupt = (error: unknown): boolean => [11, 26].includes(sqliteCode(error) ?? -1);

/**
 * The file, the disk or another process is in the way (BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL,
 * CANTOPEN, PROTOCOL, NOTADB), not the event at hand: worth another try, never a reason to stop at an event.
 */
export const isEnvironment = (error: unknown): boolean =>
  [5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26].includes(sqliteCode(error) ?? -1);

const wrap = (
  db: DatabaseSync,
  view: ViewDefinition,
  file: string | undefined,
  indexes: 'all' | 'unique' = 'all',
): ViewDatabase => {
  let lacking = indexes === 'unique';
  const complete = (): void => {
    if (!lacking) return;
    lacking = false;
    for (const table of view.tables) for (const { sql } of indexDdl(table)) db.exec(sql);
  };
  const read = db.prepare(`SELECT position FROM ${CHECKPOINT_TABLE} WHERE id = 1`);
  const move = db.prepare(`UPDATE ${CHECKPOINT_TABLE} SET position = ? WHERE id = 1 AND position = ?`);
  const { tx, bind } = createTx(db, view, () => complete());
  const decode = createDecoder(view);
  const categories = new Set(view.categories);
  const checkpoint = (): Checkpoint => {
    const position = read.get()?.['position'];
    if (typeof position !== 'string') throw new InvariantBroken(`view ${view.name} has no checkpoint`);
    return position === '' ? undefined : (position as Position);
  };
  const inCategories = (stream: string): boolean => {
    const dash = stream.indexOf('-');
    return categories.has(dash < 0 ? stream : stream.slice(0, dash));
  };

  return {
    view,
    file,
    db,
    checkpoint,
    apply: (batch, known, next) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const current = checkpoint();
        if (isBefore(current, known)) {
          db.exec('ROLLBACK');
          return { kind: 'movedBack', to: current };
        }
        let handled = 0;
        const from = current ?? '';
        for (const [index, recorded] of batch.events.entries()) {
          if (recorded.position <= from || !inCategories(recorded.stream)) continue;
          try {
            const event = decode(batch, index, recorded);
            if (event === undefined || (event === 'known' && view.untouched === undefined)) continue;
            bind(recorded.organisation);
            const meta = metaOf(recorded);
            if (event === 'known') view.untouched?.(meta, tx);
            else view.handle({ type: event.type, data: event.data, meta }, tx);
            handled += 1;
          } catch (error) {
            if (isEnvironment(error)) throw error;
            throw new ViewStopped(view.name, recorded.position, index, error);
          }
        }
        if (isBefore(current, next) && move.run(next, current ?? '').changes !== 1)
          throw new InvariantBroken(`view ${view.name}: the checkpoint moved inside a transaction`);
        db.exec('COMMIT');
        return { kind: 'applied', events: handled, checkpoint: isBefore(current, next) ? next : current };
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    complete,
    close: () => db.close(),
  };
};

const memoryName = (view: ViewDefinition): string => `file:${view.name}-${randomUUID()}?mode=memory&cache=shared`;

/** A live view: a database in memory that a second connection may read. */
export const openMemory = (view: ViewDefinition): { readonly database: ViewDatabase; readonly uri: string } => {
  const uri = memoryName(view);
  const db = new DatabaseSync(uri);
  createSchema(db, view, 'all');
  return { database: wrap(db, view, undefined), uri };
};

/**
 * A file in the making: its own journal in memory, no waiting for the disk, locked for this process as long as it is
 * open. Nothing is lost by that: a half-built file is deleted. Its indexes are made at the end, from rows that are all there,
 * or as soon as a handler looks for rows in a way that the key does not answer.
 */
export const openBuilding = (view: ViewDefinition, file: string): ViewDatabase => {
  const isNew = !existsSync(file);
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
  );
  if (isNew) createSchema(db, view, 'unique');
  return wrap(db, view, file, 'unique');
};

const buildingPattern = (view: Pick<ViewDefinition, 'name'>): RegExp =>
  new RegExp(`^${view.name}\\.v\\d+\\.sqlite\\.building-[0-9a-f]{8}$`);

/** `<view>.v<version>.sqlite.building-<random>`: two processes that build at once do not meet. */
export const newBuildingFile = (folder: string, service: string, view: ViewDefinition): string =>
  `${viewFile(folder, service, view)}.building-${randomBytes(4).toString('hex')}`;

/** Deletes what a killed process left half built; a file that a living process builds is locked and stays. */
export const deleteAbandoned = (folder: string, service: string, view: ViewDefinition): void => {
  const home = join(folder, service);
  if (!existsSync(home)) return;
  const pattern = buildingPattern(view);
  for (const name of readdirSync(home).filter((entry) => pattern.test(entry))) {
    const file = join(home, name);
    const db = new DatabaseSync(file, { timeout: 0 });
    let inUse = false;
    try {
      db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    } catch (error) {
      inUse = !isCorrupt(error);
    } finally {
      db.close();
    }
    if (!inUse) deleteDatabase(file);
  }
};

const sync = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Puts a built (closed) file in its place, on the disk before it can be seen.
 * @returns false when another process put one there first; the built file is then gone
 */
export const settle = (built: string, file: string): boolean => {
  sync(built);
  try {
    // A link refuses to replace what is there. Renaming over a file that another process has open would give the new
    // file that process's write-ahead log.
    linkSync(built, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      deleteDatabase(built);
      return false;
    }
    if (existsSync(file)) throw error;
    // A file system without links.
    renameSync(built, file);
  }
  deleteDatabase(built);
  if (process.platform !== 'win32') sync(dirname(file));
  return true;
};

export type UnusableFile = { readonly reason: 'damaged' | 'other definition'; readonly detail: string };

/**
 * Opens a view's file for following the log.
 * @returns why not, when the file cannot be used; it may then be deleted
 */
export const openFile = (
  view: ViewDefinition,
  file: string,
): { readonly ok: true; readonly database: ViewDatabase } | { readonly ok: false; readonly error: UnusableFile } => {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: BUSY_MS });
    // NORMAL: a power cut may lose the last transactions whole, rows and checkpoint alike; the log gives them again.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON');
    const row = db.prepare(`SELECT view, version, fingerprint FROM ${CHECKPOINT_TABLE} WHERE id = 1`).get();
    if (row?.['view'] !== view.name || row['version'] !== view.version || row['fingerprint'] !== view.fingerprint) {
      db.close();
      return {
        ok: false,
        error: { reason: 'other definition', detail: `${file} was made by another definition of ${view.name}` },
      };
    }
    return { ok: true, database: wrap(db, view, file) };
  } catch (error) {
    db?.close();
    const detail = error instanceof Error ? error.message : 'unreadable';
    // SQLITE_ERROR here means the checkpoint table is not there: no view file of ours.
    if (isCorrupt(error) || sqliteCode(error) === 1)
      return { ok: false, error: { reason: 'damaged', detail: `${file}: ${detail}` } };
    throw error;
  }
};

/** The statements that replace all rows of a running file by those of a built one, checkpoint included, at once. */
export const replaceRows = (target: ViewDatabase, built: string): { readonly ok: boolean } => {
  const { db, view } = target;
  db.prepare('ATTACH ? AS built').run(built);
  try {
    db.exec('BEGIN IMMEDIATE');
    const ahead: StatementSync = db.prepare(
      `SELECT 1 FROM main.${CHECKPOINT_TABLE} m, built.${CHECKPOINT_TABLE} b WHERE m.position > b.position`,
    );
    if (ahead.get() !== undefined) {
      db.exec('ROLLBACK');
      return { ok: false };
    }
    for (const { name } of view.tables) {
      db.exec(`DELETE FROM main.${quoted(name)}`);
      db.exec(`INSERT INTO main.${quoted(name)} SELECT * FROM built.${quoted(name)}`);
    }
    db.exec(
      `UPDATE main.${CHECKPOINT_TABLE} SET position = (SELECT position FROM built.${CHECKPOINT_TABLE} WHERE id = 1) WHERE id = 1`,
    );
    db.exec('COMMIT');
    return { ok: true };
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  } finally {
    db.exec('DETACH built');
  }
};
