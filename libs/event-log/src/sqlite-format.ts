import type { EventId, OrganisationId } from '@toeverlaat/values';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { leafHexOf } from './leaf.js';
import type { Position, RecordedEvent } from './port.js';
import { positionOf } from './position.js';

/** Storage format of the SQLite log. A change of it is a new number and a migration; an older program refuses it. */
export const LOG_FORMAT = 1;
/** `Toev` in ASCII: what `file` and SQLite's own tools show of the file. */
export const LOG_APPLICATION_ID = 0x546f6576;
const APPLICATION = 'toeverlaat.event-log';

/** The file was written by a newer version of this program; it is left as it is. */
export class LogFormatTooNew extends Error {
  override readonly name = 'LogFormatTooNew';
  constructor(
    readonly file: string,
    readonly found: number,
    readonly supported: number,
  ) {
    super(`${file}: log format ${found} is newer than ${supported}, the newest this version reads; update the program`);
  }
}

/** The file is a database, but not an event log of this product. */
export class LogNotRecognised extends Error {
  override readonly name = 'LogNotRecognised';
  constructor(readonly file: string) {
    super(`${file}: not an event log of this product`);
  }
}

/** Where a log is damaged. Position, stream and revision are there whenever one record is at fault. */
export type BadRecord = {
  readonly reason: string;
  readonly position?: Position;
  readonly stream?: string;
  readonly revision?: number;
};

/** The log does not hold what was written to it: nothing may be read from or appended to it before it is restored. */
export class LogIntegrityError extends Error {
  override readonly name = 'LogIntegrityError';
  readonly position: Position | undefined;
  readonly stream: string | undefined;
  readonly revision: number | undefined;
  readonly reason: string;
  constructor(
    readonly file: string,
    bad: BadRecord,
    options?: ErrorOptions,
  ) {
    const at = bad.position === undefined ? '' : ` at position ${bad.position}`;
    const of = bad.stream === undefined ? '' : `, ${bad.stream}@${bad.revision ?? '?'}`;
    super(`${file}: damaged${at}${of}: ${bad.reason}`, options);
    this.reason = bad.reason;
    this.position = bad.position;
    this.stream = bad.stream;
    this.revision = bad.revision;
  }
}

export type Row = Record<string, SQLOutputValue>;

/** SQLite's primary result code (https://sqlite.org/rescode.html); undefined for an error of another kind. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

export const SQLITE = {
  BUSY: 5,
  LOCKED: 6,
  NOMEM: 7,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
} as const;

const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    category TEXT NOT NULL,
    organisation TEXT NOT NULL,
    revision INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    metadata BLOB NOT NULL,
    data BLOB NOT NULL,
    leaf BLOB NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE INDEX events_by_category ON events (category);
  CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
  CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END;
`;

/**
 * What is read of a row, in this order, as an array. Leaf, metadata and data come as one blob that is cut apart here:
 * making a blob is the dearest part of reading a row. The concatenation is by bytes; the cast makes it a blob again.
 */
export const COLUMNS =
  'position, stream, revision, event_id, type, length(metadata), CAST(metadata || data AS BLOB), hex(leaf)';

/** A row read with `COLUMNS`. */
export const recordedOf = (row: Row): RecordedEvent => {
  const stream = row[1] as string;
  const bytes = row[6] as Uint8Array;
  const cut = row[5] as number;
  const dash = stream.indexOf('-');
  return {
    position: positionOf(row[0] as number),
    organisation: stream.slice(dash + 1, stream.indexOf('_', dash)) as OrganisationId,
    stream,
    revision: row[2] as number,
    eventId: row[3] as EventId,
    type: row[4] as string,
    metadata: bytes.subarray(0, cut),
    data: bytes.subarray(cut),
  };
};

/** What was read, with its leaf; undefined when the stored leaf is not that of the stored bytes. `row` is what `recorded` was made of. */
export const checkedOf = (row: Row, recorded: RecordedEvent): RecordedEvent | undefined => {
  const leaf = leafHexOf(recorded);
  return leaf === (row[7] as string).toLowerCase() ? { ...recorded, leaf } : undefined;
};

export const LEAF_FAULT = 'leaf does not match the stored bytes';

const numberIn = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0);

/** @throws LogNotRecognised, LogFormatTooNew */
const checkFormat = (db: DatabaseSync, file: string): void => {
  if (numberIn(db.prepare('PRAGMA application_id').get(), 'application_id') !== LOG_APPLICATION_ID)
    throw new LogNotRecognised(file);
  const meta = new Map(
    db
      .prepare('SELECT name, value FROM meta')
      .all()
      .map((row) => [row['name'], row['value']]),
  );
  if (meta.get('application') !== APPLICATION) throw new LogNotRecognised(file);
  const format = Number(meta.get('format'));
  if (!Number.isInteger(format) || format < 1) throw new LogNotRecognised(file);
  if (format > LOG_FORMAT) throw new LogFormatTooNew(file, format, LOG_FORMAT);
};

const isEmpty = (db: DatabaseSync): boolean =>
  numberIn(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get(), 'n') === 0 &&
  numberIn(db.prepare('PRAGMA application_id').get(), 'application_id') === 0;

/** Damage that SQLite itself reports, as the error this product gives for it. */
export const asIntegrityError = (file: string, error: unknown): unknown => {
  switch (sqliteCode(error)) {
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return new LogIntegrityError(
        file,
        { reason: error instanceof Error ? error.message : 'corrupt' },
        { cause: error },
      );
    default:
      return error;
  }
};

/**
 * Opens the file and makes the tables in a new one.
 * @throws LogNotRecognised, LogFormatTooNew, LogIntegrityError; SQLite's error when the file cannot be opened
 */
export const openDatabase = (
  file: string,
  options: { readonly readOnly: boolean; readonly busyTimeoutMs: number },
): DatabaseSync => {
  const { readOnly, busyTimeoutMs } = options;
  if (!readOnly) mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs });
  try {
    if (!readOnly && isEmpty(db)) {
      db.exec('PRAGMA journal_mode = WAL');
      db.exec('BEGIN IMMEDIATE');
      // Another process may have been first.
      if (isEmpty(db)) {
        db.exec(`PRAGMA application_id = ${LOG_APPLICATION_ID}`);
        db.exec(SCHEMA);
        const put = db.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
        put.run('application', APPLICATION);
        put.run('format', String(LOG_FORMAT));
      }
      db.exec('COMMIT');
    }
    checkFormat(db, file);
    if (!readOnly) {
      const mode = db.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
      if (mode !== 'wal') throw new LogIntegrityError(file, { reason: `journal mode ${String(mode)} instead of wal` });
      db.exec('PRAGMA synchronous = FULL');
      // A page of the index is written by many commits: copied back less often, it is copied fewer times (+30 %).
      db.exec('PRAGMA wal_autocheckpoint = 4000');
    }
    return db;
  } catch (error) {
    db.close();
    throw asIntegrityError(file, error);
  }
};

export const badRecord = ({ position, stream, revision }: RecordedEvent, reason: string): BadRecord => ({
  reason,
  position,
  stream,
  revision,
});

export type OpenCheck = {
  /** Leaves of this many of the newest events are checked. */
  readonly tailEvents: number;
  /** Files up to this size get SQLite's `quick_check` and a full count. */
  readonly quickCheckBytes: number;
};

/** About a quarter of a second at the most on an ordinary disk. */
export const DEFAULT_OPEN_CHECK: OpenCheck = { tailEvents: 4_000, quickCheckBytes: 32 * 1024 * 1024 };

const lastPosition = (db: DatabaseSync): number =>
  numberIn(db.prepare('SELECT max(position) AS n FROM events').get(), 'n');

/** The first event that is missing between `from` and `to`, both inclusive, found by halving. */
const firstMissing = (db: DatabaseSync, from: number, to: number): number => {
  const count = db.prepare('SELECT count(*) AS n FROM events WHERE position BETWEEN ? AND ?');
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (numberIn(count.get(low, middle), 'n') < middle - low + 1) high = middle;
    else low = middle + 1;
  }
  return low;
};

/**
 * The check at every start, bounded in time: the whole structure and count of a small file, and the newest records of
 * any. `checkLog` looks at everything. One snapshot of the file for all of it: another process may append meanwhile, and a
 * head of now beside a count of a moment later looks like a loss.
 * @throws LogIntegrityError
 */
export const checkOnOpen = (db: DatabaseSync, file: string, check: OpenCheck): void => {
  const fail = (bad: BadRecord): never => {
    throw new LogIntegrityError(file, bad);
  };
  try {
    db.exec('BEGIN');
    const small = statSync(file).size <= check.quickCheckBytes;
    const head = lastPosition(db);
    const issued = numberIn(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get(), 'seq');
    if (issued !== head)
      fail({
        reason: `ends at ${head}, but ${issued} events were appended`,
        position: positionOf(Math.min(head, issued) + 1),
      });
    if (small) {
      const answer = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
      if (answer !== 'ok') fail({ reason: String(answer) });
    }
    const from = small ? 1 : Math.max(1, head - check.tailEvents + 1);
    const present = numberIn(db.prepare('SELECT count(*) AS n FROM events WHERE position >= ?').get(from), 'n');
    if (present !== head - from + 1)
      fail({ reason: 'event is missing', position: positionOf(firstMissing(db, from, head)) });

    const tail = db.prepare(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
    tail.setReturnArrays(true);
    const before = db.prepare('SELECT 1 AS found FROM events WHERE stream = ? AND revision = ?');
    const seen = new Map<string, number>();
    let at = Math.max(0, head - check.tailEvents);
    while (at < head) {
      const rows = tail.all(at, 500);
      if (rows.length === 0) break;
      for (const row of rows) {
        const recorded = recordedOf(row);
        const { stream, revision } = recorded;
        if (checkedOf(row, recorded) === undefined) fail(badRecord(recorded, LEAF_FAULT));
        const follows =
          revision === 0 || seen.get(stream) === revision - 1 || before.get(stream, revision - 1) !== undefined;
        if (!follows) fail(badRecord(recorded, `revision ${revision - 1} of the stream is missing`));
        seen.set(stream, revision);
        at = row[0] as number;
      }
    }
  } catch (error) {
    throw asIntegrityError(file, error);
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
};
