import { canonicalBytes, eventIdOf, newCommandId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { streamName } from './stream-name.js';
import { leafHexOf } from './leaf.js';
import { GENTIA, ZORGNET } from './sample.js';
import { checkOnOpen, DEFAULT_OPEN_CHECK, LogIntegrityError, openDatabase } from './sqlite-format.js';
import { openSqliteEventLog } from './sqlite-log.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-log-open-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process at its worst: appends one event before each statement of the check. */
class Interrupted extends DatabaseSync {
  statements = 0;
  readonly #between: () => void;
  constructor(path: string, between: () => void) {
    super(path, { timeout: 2_000 });
    this.#between = between;
  }
  override prepare(sql: string): StatementSync {
    this.statements += 1;
    this.#between();
    return super.prepare(sql);
  }
}

const fill = async (count: number): Promise<void> => {
  const log = openSqliteEventLog({ file });
  for (let index = 0; index < count; index += 1)
    for (const organisation of [GENTIA, ZORGNET]) {
      const eventId = eventIdOf('sample.note', newCommandId(), 0);
      const type = 'sample.NoteTaken.v1';
      const answer = await log.append({
        organisation,
        stream: streamName('sample.note', organisation, 'same'),
        expected: 'any',
        events: [{ eventId, type, metadata: canonicalBytes({ eventId, type }), data: canonicalBytes({ index }) }],
      });
      if (!answer.ok) throw new Error(answer.error.kind);
    }
  await log.close();
};

/** The statement of another process that appends the next event of a stream, at once. */
const appending = (db: DatabaseSync): (() => void) => {
  const newest = db.prepare('SELECT * FROM events ORDER BY position DESC LIMIT 1');
  const insert = db.prepare(
    'INSERT INTO events (stream, category, organisation, revision, event_id, type, metadata, data, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, unhex(?))',
  );
  return () => {
    const row = newest.get();
    const [stream, category, organisation] = [row?.['stream'], row?.['category'], row?.['organisation']].map(String);
    const [metadata, data] = [row?.['metadata'], row?.['data']] as Uint8Array[];
    if (stream === undefined || metadata === undefined || data === undefined) throw new Error('an empty log');
    const revision = Number(row?.['revision']) + 1;
    const leaf = leafHexOf({ stream, revision, metadata, data });
    insert.run(
      stream,
      category ?? '',
      organisation ?? '',
      revision,
      String(row?.['event_id']),
      String(row?.['type']),
      metadata,
      data,
      leaf,
    );
  };
};

it.each([
  ['a small file', DEFAULT_OPEN_CHECK],
  ['a large file', { tailEvents: 3, quickCheckBytes: 0 }],
])('opens %s as sound while another process appends between any two statements of the check', async (_, check) => {
  await fill(4);
  const other = openDatabase(file, { readOnly: false, busyTimeoutMs: 2_000 });
  const db = new Interrupted(file, appending(other));
  try {
    expect(() => checkOnOpen(db, file, check)).not.toThrow();
    expect(db.statements).toBeGreaterThan(3);
    expect(db.isTransaction).toBe(false);
    expect(other.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: 8 + db.statements });
  } finally {
    db.close();
    other.close();
  }
});

it('still finds what is missing, and leaves no transaction behind', async () => {
  await fill(4);
  const db = new DatabaseSync(file);
  try {
    db.exec('DROP TRIGGER events_are_not_deleted; DELETE FROM events WHERE position = 3');
    expect(() => checkOnOpen(db, file, DEFAULT_OPEN_CHECK)).toThrow(LogIntegrityError);
    expect(db.isTransaction).toBe(false);
  } finally {
    db.close();
  }
});
