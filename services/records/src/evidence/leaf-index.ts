import type { Position } from '@toeverlaat/event-log';
import type { EventId, OrganisationId } from '@toeverlaat/values';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A leaf as it enters an organisation's order. */
export type NewLeaf = {
  readonly organisation: OrganisationId;
  /** 32 bytes. */
  readonly leaf: Uint8Array;
  readonly eventId: EventId;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
};
export type IndexedLeaf = Omit<NewLeaf, 'organisation'> & { readonly index: number };

/** What was integrated last: hexadecimal root. */
export type IntegratedHead = { readonly size: number; readonly root: string };

/** The file is a database of something else, or none: it is left as it is. */
export class LeafIndexNotRecognised extends Error {
  override readonly name = 'LeafIndexNotRecognised';
  constructor(
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: not a leaf index of this product; give the evidence a folder of its own`, options);
  }
}

/** The file was made by a newer version of this program. */
export class LeafIndexTooNew extends Error {
  override readonly name = 'LeafIndexTooNew';
  constructor(
    readonly file: string,
    readonly found: number,
  ) {
    super(
      `${file}: leaf index version ${found} is newer than ${VERSION}; update the program, or delete the file, which is made again`,
    );
  }
}

/**
 * The order of every organisation's leaves, durable: what is *sequenced* has an index for good. One SQLite file that a
 * replica makes from the log and can make again; organisation first in every key (design rule 5).
 */
export type LeafIndex = {
  /** Up to where the log was sequenced. */
  readonly position: () => Position | undefined;
  /** All of it or nothing, together with the position. */
  readonly append: (leaves: readonly NewLeaf[], next: Position) => void;
  readonly organisations: () => readonly OrganisationId[];
  readonly size: (organisation: OrganisationId) => number;
  /** Leaf hashes from `from` up to, not including, `to`; read in pages. */
  readonly hashes: (organisation: OrganisationId, from: number, to: number) => Generator<Uint8Array>;
  readonly at: (organisation: OrganisationId, index: number) => IndexedLeaf | undefined;
  readonly byEvent: (organisation: OrganisationId, eventId: string) => IndexedLeaf | undefined;
  /** Leaves of every stream of a record, by its pseudonymous id, in order; at most `limit`, from index `from` on. */
  readonly ofRecord: (
    organisation: OrganisationId,
    record: string,
    from: number,
    limit: number,
  ) => readonly IndexedLeaf[];
  readonly integrated: (organisation: OrganisationId) => IntegratedHead;
  readonly setIntegrated: (organisation: OrganisationId, head: IntegratedHead) => void;
  readonly close: () => void;
};

const VERSION = 2;
const APPLICATION_ID = 0x746f6576;
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const MOST_KNOWN = 50_000;

/*
 * Leaves stand in runs, one row for as many as came at once: a row of its own for each, in three b-trees, was most of what the
 * evidence cost whoever appends (ADR 65). Where an event or a stream stands is looked up in two narrow tables, which are brought
 * up to the order in bulk: when so many leaves wait, or when somebody asks.
 */
const MOST_IN_RUN = 256;
const MOST_NOT_LOOKED_UP = 10_000;
/** Leaf hash, event id, number of the stream, revision. */
const LEAF_BYTES = 32 + 16 + 4 + 6;
const EVENT_AT = 32;
const STREAM_AT = 48;
const REVISION_AT = 52;
/** Of an event id as a key: more would be no safe integer. Two that share them are told apart by the run itself. */
const KEY_BYTES = 6;

const SCHEMA = `
CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), position TEXT NOT NULL) STRICT;
CREATE TABLE organisation (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, looked_up INTEGER NOT NULL,
  tree_size INTEGER NOT NULL, tree_root TEXT NOT NULL) STRICT;
CREATE TABLE stream (
  no INTEGER PRIMARY KEY, organisation INTEGER NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
  UNIQUE (organisation, name)) STRICT;
CREATE INDEX stream_of_record ON stream (organisation, record);
CREATE TABLE run (
  organisation INTEGER NOT NULL, at INTEGER NOT NULL, leaves BLOB NOT NULL, positions TEXT NOT NULL,
  UNIQUE (organisation, at)) STRICT;
CREATE TABLE leaf_of_event (
  organisation INTEGER NOT NULL, key INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (organisation, key, at)) STRICT, WITHOUT ROWID;
CREATE TABLE leaf_of_stream (
  organisation INTEGER NOT NULL, stream INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (organisation, stream, at)) STRICT, WITHOUT ROWID;
`;

const eventText = (bytes: Uint8Array): EventId => {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
};
const eventHex = (eventId: string): string => eventId.replaceAll('-', '');
const recordOf = (stream: string): string => stream.slice(stream.indexOf('_') + 1);

const NOT_A_DATABASE = 26;
const isNoDatabase = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && Number(error.errcode) === NOT_A_DATABASE;

/** Brings the file to this version's tables; one of two that open it at once makes them. */
const prepare = (db: DatabaseSync, file: string): void => {
  const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0] ?? 0);
  const foreign = (): boolean =>
    number('PRAGMA application_id') !== APPLICATION_ID && number('SELECT count(*) FROM sqlite_schema') > 0;
  try {
    // Before anything is written to it, its journal's mode included.
    if (foreign()) throw new LeafIndexNotRecognised(file);
  } catch (error) {
    throw isNoDatabase(error) ? new LeafIndexNotRecognised(file, { cause: error }) : error;
  }
  db.exec('PRAGMA journal_mode = WAL');
  // What a power cut takes from the end is read from the log again and gets the same index; order within is kept.
  db.exec('PRAGMA synchronous = NORMAL');
  // A page is written by many commits: copied back less often, it is copied fewer times.
  db.exec('PRAGMA wal_autocheckpoint = 4000');
  if (number('PRAGMA user_version') === VERSION) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    if (foreign()) throw new LeafIndexNotRecognised(file);
    const found = number('PRAGMA user_version');
    if (found > VERSION) throw new LeafIndexTooNew(file, found);
    if (found < VERSION) {
      // An older version's: made again from the log, as if it had been deleted.
      for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all())
        db.exec(`DROP TABLE ${String(name)}`);
      db.exec(`${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};

type Run = { readonly at: number; readonly count: number; readonly leaves: Buffer; readonly positions: string };

/**
 * Opens the file, or makes it.
 * @throws LeafIndexNotRecognised, LeafIndexTooNew; SQLite's error when it cannot be opened
 */
export const openLeafIndex = (file: string, options: { readonly maxPages?: number } = {}): LeafIndex => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 2_000 });
  try {
    prepare(db, file);
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  } catch (error) {
    db.close();
    throw error;
  }

  const readPosition = db.prepare('SELECT position FROM progress');
  const writePosition = db.prepare(
    'INSERT INTO progress (one, position) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET position = excluded.position',
  );
  const findOrganisation = db.prepare(
    'SELECT no, size, looked_up, tree_size, tree_root FROM organisation WHERE id = ?',
  );
  const addOrganisation = db.prepare(
    `INSERT INTO organisation (id, size, looked_up, tree_size, tree_root) VALUES (?, 0, 0, 0, '${EMPTY_ROOT}')`,
  );
  const writeSize = db.prepare('UPDATE organisation SET size = ? WHERE no = ?');
  const writeLookedUp = db.prepare('UPDATE organisation SET looked_up = ? WHERE no = ?');
  const writeTree = db.prepare('UPDATE organisation SET tree_size = ?, tree_root = ? WHERE id = ?');
  const findStream = db.prepare('SELECT no FROM stream WHERE organisation = ? AND name = ?');
  const addStream = db.prepare('INSERT INTO stream (organisation, name, record) VALUES (?, ?, ?)');
  const streamName = db.prepare('SELECT name FROM stream WHERE no = ?');
  const addRun = db.prepare('INSERT INTO run (organisation, at, leaves, positions) VALUES (?, ?, ?, ?)');
  const readRun = db.prepare(
    'SELECT at, leaves, positions FROM run WHERE organisation = ? AND at <= ? ORDER BY at DESC LIMIT 1',
  );
  const addEvent = db.prepare('INSERT INTO leaf_of_event (organisation, key, at) VALUES (?, ?, ?)');
  const addOfStream = db.prepare('INSERT INTO leaf_of_stream (organisation, stream, at) VALUES (?, ?, ?)');
  const readEvent = db.prepare('SELECT at FROM leaf_of_event WHERE organisation = ? AND key = ? ORDER BY at');
  const readRecord = db.prepare(
    `SELECT leaf_of_stream.at AS at FROM stream JOIN leaf_of_stream
     ON leaf_of_stream.organisation = stream.organisation AND leaf_of_stream.stream = stream.no
     WHERE stream.organisation = ? AND stream.record = ? AND leaf_of_stream.at >= ? ORDER BY leaf_of_stream.at LIMIT ?`,
  );
  const readAll = db.prepare('SELECT id FROM organisation ORDER BY id');

  const numbers = new Map<string, number>();
  const streams = new Map<string, number>();
  /** The run that was read last: what is read next is mostly in it. A run that is committed stays as it is. */
  let recent: (Run & { readonly organisation: number }) | undefined;

  const numberOf = (organisation: string): number | undefined => {
    const known = numbers.get(organisation);
    if (known !== undefined) return known;
    const row = findOrganisation.get(organisation);
    if (row === undefined) return undefined;
    numbers.set(organisation, Number(row['no']));
    return Number(row['no']);
  };
  const sizeOf = (organisation: string): number => Number(findOrganisation.get(organisation)?.['size'] ?? 0);

  /** All of it or nothing. */
  const inTransaction = (work: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      // Numbers given in this transaction are gone with it.
      numbers.clear();
      streams.clear();
      recent = undefined;
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };

  const runWith = (no: number, at: number): Run | undefined => {
    if (recent?.organisation === no && at >= recent.at && at < recent.at + recent.count) return recent;
    const row = readRun.get(no, at);
    if (row === undefined) return undefined;
    const bytes = row['leaves'] as Uint8Array;
    const leaves = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const count = leaves.length / LEAF_BYTES;
    const run = { at: Number(row['at']), count, leaves, positions: String(row['positions']) };
    if (at >= run.at + count) return undefined;
    recent = { ...run, organisation: no };
    return run;
  };
  const runsFrom = function* (no: number, from: number, to: number): Generator<Run> {
    for (let at = from; at < to;) {
      const run = runWith(no, at);
      if (run === undefined) return;
      yield run;
      at = run.at + run.count;
    }
  };

  const leafAt = (no: number, at: number): IndexedLeaf | undefined => {
    const run = at < 0 ? undefined : runWith(no, at);
    if (run === undefined) return undefined;
    const begin = (at - run.at) * LEAF_BYTES;
    const { leaves } = run;
    return {
      index: at,
      leaf: Uint8Array.from(leaves.subarray(begin, begin + EVENT_AT)),
      eventId: eventText(leaves.subarray(begin + EVENT_AT, begin + STREAM_AT)),
      stream: String(streamName.get(leaves.readUInt32BE(begin + STREAM_AT))?.['name']),
      revision: leaves.readUIntBE(begin + REVISION_AT, 6),
      position: (run.positions.split('\n')[at - run.at] ?? '') as Position,
    };
  };

  /** The look-up tables, up to the order, in the order of their keys: a page is then written once for all that go into it. */
  const lookUp = (organisation: string): void => {
    const row = findOrganisation.get(organisation);
    const no = Number(row?.['no']);
    const from = Number(row?.['looked_up'] ?? 0);
    const size = Number(row?.['size'] ?? 0);
    for (let begin = from; begin < size; begin += MOST_NOT_LOOKED_UP) {
      const end = Math.min(size, begin + MOST_NOT_LOOKED_UP);
      const found: { readonly at: number; readonly key: number; readonly stream: number }[] = [];
      for (const { at: first, count, leaves } of runsFrom(no, begin, end))
        for (let at = Math.max(first, begin); at < Math.min(first + count, end); at += 1) {
          const place = (at - first) * LEAF_BYTES;
          const stream = leaves.readUInt32BE(place + STREAM_AT);
          found.push({ at, key: leaves.readUIntBE(place + EVENT_AT, KEY_BYTES), stream });
        }
      for (const { at, key } of found.toSorted((a, b) => a.key - b.key)) addEvent.run(no, key, at);
      for (const { at, stream } of found.toSorted((a, b) => a.stream - b.stream || a.at - b.at))
        addOfStream.run(no, stream, at);
    }
    writeLookedUp.run(size, no);
  };
  const looked = (organisation: string): number | undefined => {
    const row = findOrganisation.get(organisation);
    if (row !== undefined && Number(row['looked_up']) < Number(row['size'])) inTransaction(() => lookUp(organisation));
    return row === undefined ? undefined : Number(row['no']);
  };

  const numberOfStream = (no: number, stream: string): number => {
    const known = streams.get(stream);
    if (known !== undefined) return known;
    const found = Number(
      findStream.get(no, stream)?.['no'] ?? addStream.run(no, stream, recordOf(stream)).lastInsertRowid,
    );
    streams.set(stream, found);
    return found;
  };

  const addRuns = (no: number, from: number, leaves: readonly NewLeaf[]): void => {
    for (let begin = 0; begin < leaves.length; begin += MOST_IN_RUN) {
      const part = leaves.slice(begin, begin + MOST_IN_RUN);
      const bytes = Buffer.allocUnsafe(part.length * LEAF_BYTES);
      part.forEach(({ leaf, eventId, stream, revision }, nth) => {
        const place = nth * LEAF_BYTES;
        bytes.set(leaf, place);
        bytes.write(eventHex(eventId), place + EVENT_AT, 16, 'hex');
        bytes.writeUInt32BE(numberOfStream(no, stream), place + STREAM_AT);
        bytes.writeUIntBE(revision, place + REVISION_AT, 6);
      });
      addRun.run(no, from + begin, bytes, part.map(({ position }) => position).join('\n'));
    }
  };

  const appendAll = (leaves: readonly NewLeaf[], next: Position): void => {
    const parts = new Map<OrganisationId, NewLeaf[]>();
    for (const leaf of leaves) {
      const part = parts.get(leaf.organisation);
      if (part === undefined) parts.set(leaf.organisation, [leaf]);
      else part.push(leaf);
    }
    for (const [organisation, part] of parts) {
      const no = numberOf(organisation) ?? Number(addOrganisation.run(organisation).lastInsertRowid);
      numbers.set(organisation, no);
      const row = findOrganisation.get(organisation);
      const size = Number(row?.['size'] ?? 0);
      addRuns(no, size, part);
      writeSize.run(size + part.length, no);
      if (size + part.length - Number(row?.['looked_up'] ?? 0) >= MOST_NOT_LOOKED_UP) lookUp(organisation);
    }
    writePosition.run(next);
  };

  return {
    position: () => {
      const row = readPosition.get();
      return row === undefined ? undefined : (String(row['position']) as Position);
    },
    append: (leaves, next) => {
      if (streams.size > MOST_KNOWN) streams.clear();
      inTransaction(() => appendAll(leaves, next));
    },
    organisations: () => readAll.all().map((row) => String(row['id']) as OrganisationId),
    size: sizeOf,
    hashes: function* (organisation, from, to) {
      const no = numberOf(organisation);
      if (no === undefined) return;
      for (const { at: first, count, leaves } of runsFrom(no, from, to))
        for (let at = Math.max(first, from); at < Math.min(first + count, to); at += 1)
          yield leaves.subarray((at - first) * LEAF_BYTES, (at - first) * LEAF_BYTES + EVENT_AT);
    },
    at: (organisation, index) => {
      const no = numberOf(organisation);
      return no === undefined ? undefined : leafAt(no, index);
    },
    byEvent: (organisation, eventId) => {
      const hex = eventHex(eventId);
      const no = /^[0-9a-f]{32}$/.test(hex) ? looked(organisation) : undefined;
      if (no === undefined) return undefined;
      for (const row of readEvent.all(no, Number.parseInt(hex.slice(0, 2 * KEY_BYTES), 16))) {
        const leaf = leafAt(no, Number(row['at']));
        if (leaf !== undefined && eventHex(leaf.eventId) === hex) return leaf;
      }
      return undefined;
    },
    ofRecord: (organisation, record, from, limit) => {
      const no = looked(organisation);
      return no === undefined
        ? []
        : readRecord
            .all(no, record, from, limit)
            .map((row) => leafAt(no, Number(row['at'])))
            .filter((leaf) => leaf !== undefined);
    },
    integrated: (organisation) => {
      const row = findOrganisation.get(organisation);
      return row === undefined
        ? { size: 0, root: EMPTY_ROOT }
        : { size: Number(row['tree_size']), root: String(row['tree_root']) };
    },
    setIntegrated: (organisation, { size, root }) => {
      writeTree.run(size, root, organisation);
    },
    close: () => {
      db.close();
    },
  };
};
