import type { Position } from '@toeverlaat/event-log';
import type { EventId, OrganisationId } from '@toeverlaat/values';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

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

const VERSION = 1;
const APPLICATION_ID = 0x746f6576;
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const PAGE = 4_096;
const MOST_KNOWN = 50_000;

const SCHEMA = `
CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), position TEXT NOT NULL) STRICT;
CREATE TABLE organisation (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
  tree_size INTEGER NOT NULL, tree_root TEXT NOT NULL) STRICT;
CREATE TABLE stream (
  no INTEGER PRIMARY KEY, organisation INTEGER NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
  UNIQUE (organisation, name)) STRICT;
CREATE INDEX stream_of_record ON stream (organisation, record);
CREATE TABLE leaf (
  organisation INTEGER NOT NULL, at INTEGER NOT NULL, hash BLOB NOT NULL, event BLOB NOT NULL,
  stream INTEGER NOT NULL, revision INTEGER NOT NULL, position TEXT NOT NULL,
  PRIMARY KEY (organisation, at)) STRICT, WITHOUT ROWID;
CREATE INDEX leaf_by_event ON leaf (organisation, event);
CREATE INDEX leaf_by_stream ON leaf (organisation, stream, at);
`;

const eventBytes = (eventId: string): Uint8Array => Buffer.from(eventId.replaceAll('-', ''), 'hex');
const eventText = (bytes: Uint8Array): EventId => {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId;
};
const recordOf = (stream: string): string => stream.slice(stream.indexOf('_') + 1);

/** Opens the file, or makes it. @throws SQLite's error when it cannot be opened or is something else */
export const openLeafIndex = (file: string, options: { readonly maxPages?: number } = {}): LeafIndex => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 2_000 });
  const pragma = (name: string): number => Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
  try {
    db.exec('PRAGMA journal_mode = WAL');
    // What a power cut takes from the end is read from the log again and gets the same index; order within is kept.
    db.exec('PRAGMA synchronous = NORMAL');
    if (pragma('user_version') === 0)
      db.exec(
        `BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}; COMMIT`,
      );
    if (pragma('application_id') !== APPLICATION_ID || pragma('user_version') !== VERSION)
      throw new TypeError(`${file} is no leaf index of this version: delete it, it is made again`);
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
  } catch (error) {
    db.close();
    throw error;
  }

  const readPosition = db.prepare('SELECT position FROM progress');
  const writePosition = db.prepare(
    'INSERT INTO progress (one, position) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET position = excluded.position',
  );
  const findOrganisation = db.prepare('SELECT no, size, tree_size, tree_root FROM organisation WHERE id = ?');
  const addOrganisation = db.prepare(
    `INSERT INTO organisation (id, size, tree_size, tree_root) VALUES (?, 0, 0, '${EMPTY_ROOT}')`,
  );
  const writeSize = db.prepare('UPDATE organisation SET size = ? WHERE no = ?');
  const writeTree = db.prepare('UPDATE organisation SET tree_size = ?, tree_root = ? WHERE id = ?');
  const findStream = db.prepare('SELECT no FROM stream WHERE organisation = ? AND name = ?');
  const addStream = db.prepare('INSERT INTO stream (organisation, name, record) VALUES (?, ?, ?)');
  const addLeaf = db.prepare(
    'INSERT INTO leaf (organisation, at, hash, event, stream, revision, position) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const readHashes = db.prepare(
    'SELECT hash FROM leaf WHERE organisation = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?',
  );
  readHashes.setReturnArrays(true);
  const COLUMNS = `leaf.at AS at, leaf.hash AS hash, leaf.event AS event, stream.name AS stream,
    leaf.revision AS revision, leaf.position AS position FROM leaf JOIN stream ON stream.no = leaf.stream`;
  const readAt = db.prepare(`SELECT ${COLUMNS} WHERE leaf.organisation = ? AND leaf.at = ?`);
  const readEvent = db.prepare(`SELECT ${COLUMNS} WHERE leaf.organisation = ? AND leaf.event = ? LIMIT 1`);
  const readRecord = db.prepare(
    `SELECT ${COLUMNS} WHERE leaf.organisation = ? AND stream.organisation = leaf.organisation AND stream.record = ?
     AND leaf.at >= ? ORDER BY leaf.at LIMIT ?`,
  );
  const readAll = db.prepare('SELECT id FROM organisation ORDER BY id');

  const numbers = new Map<string, number>();
  const streams = new Map<string, number>();

  const numberOf = (organisation: string): number | undefined => {
    const known = numbers.get(organisation);
    if (known !== undefined) return known;
    const row = findOrganisation.get(organisation);
    if (row === undefined) return undefined;
    numbers.set(organisation, Number(row['no']));
    return Number(row['no']);
  };

  const leafOf = (row: Record<string, unknown> | undefined): IndexedLeaf | undefined =>
    row === undefined
      ? undefined
      : {
          index: Number(row['at']),
          leaf: row['hash'] as Uint8Array,
          eventId: eventText(row['event'] as Uint8Array),
          stream: String(row['stream']),
          revision: Number(row['revision']),
          position: String(row['position']) as Position,
        };
  const one = (
    statement: ReturnType<DatabaseSync['prepare']>,
    organisation: OrganisationId,
    ...values: SQLInputValue[]
  ): IndexedLeaf | undefined => {
    const no = numberOf(organisation);
    return no === undefined ? undefined : leafOf(statement.get(no, ...values));
  };

  const appendAll = (leaves: readonly NewLeaf[], next: Position): void => {
    const sizes = new Map<number, number>();
    for (const { organisation, leaf, eventId, stream, revision, position } of leaves) {
      const no = numberOf(organisation) ?? Number(addOrganisation.run(organisation).lastInsertRowid);
      numbers.set(organisation, no);
      const at = sizes.get(no) ?? Number(findOrganisation.get(organisation)?.['size'] ?? 0);
      const streamNo =
        streams.get(stream) ??
        Number(findStream.get(no, stream)?.['no'] ?? addStream.run(no, stream, recordOf(stream)).lastInsertRowid);
      streams.set(stream, streamNo);
      addLeaf.run(no, at, leaf, eventBytes(eventId), streamNo, revision, position);
      sizes.set(no, at + 1);
    }
    for (const [no, size] of sizes) writeSize.run(size, no);
    writePosition.run(next);
  };

  return {
    position: () => {
      const row = readPosition.get();
      return row === undefined ? undefined : (String(row['position']) as Position);
    },
    append: (leaves, next) => {
      if (streams.size > MOST_KNOWN) streams.clear();
      db.exec('BEGIN IMMEDIATE');
      try {
        appendAll(leaves, next);
        db.exec('COMMIT');
      } catch (error) {
        // Numbers given in this transaction are gone with it.
        numbers.clear();
        streams.clear();
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    organisations: () => readAll.all().map((row) => String(row['id']) as OrganisationId),
    size: (organisation) => Number(findOrganisation.get(organisation)?.['size'] ?? 0),
    hashes: function* (organisation, from, to) {
      const no = numberOf(organisation);
      if (no === undefined) return;
      for (let at = from; at < to; at += PAGE)
        for (const row of readHashes.all(no, at, Math.min(to, at + PAGE), PAGE))
          yield Object.values(row)[0] as Uint8Array;
    },
    at: (organisation, index) => one(readAt, organisation, index),
    byEvent: (organisation, eventId) => one(readEvent, organisation, eventBytes(eventId)),
    ofRecord: (organisation, record, from, limit) => {
      const no = numberOf(organisation);
      return no === undefined
        ? []
        : readRecord
            .all(no, record, from, limit)
            .map(leafOf)
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
