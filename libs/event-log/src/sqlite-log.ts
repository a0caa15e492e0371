import { InvariantBroken, type Result } from '@toeverlaat/values';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { checkAppend, checkFrom, checkLimit, checkRevision, eventSize } from './append-rules.js';
import { createBell, follow, LogClosed } from './follow.js';
import { leafHexOf } from './leaf.js';
import type { AppendError, AppendRequest, Appended, EventLog, Position, RecordedEvent } from './port.js';
import { parsePosition, positionOf } from './position.js';
import {
  asIntegrityError,
  badRecord,
  checkOnOpen,
  checkedOf,
  COLUMNS,
  DEFAULT_OPEN_CHECK,
  LEAF_FAULT,
  LogIntegrityError,
  openDatabase,
  recordedOf,
  SQLITE,
  sqliteCode,
  type OpenCheck,
  type Row,
} from './sqlite-format.js';

export type SqliteEventLogOptions = {
  readonly file: string;
  /** Most events that one commit takes, unless a single append has more. Bounds how long the event loop waits. */
  readonly maxBatch?: number;
  /** Appends are refused with `LogReadOnly`; the file must exist. */
  readonly readOnly?: boolean;
  /** Appends waiting for a commit; more are refused with `LogUnavailable` rather than queued without bound. */
  readonly maxWaiting?: number;
  /** Milliseconds to wait for a writer in another process. */
  readonly busyTimeoutMs?: number;
  /** How often a subscription looks for events that another process wrote; its own it hears at once. */
  readonly pollMs?: number;
  /** Check the leaf of every event in `readAll` and subscriptions; `readStream` always does. */
  readonly verifyReadAll?: boolean;
  /** Largest size of the file in SQLite pages of 4 KiB; beyond it an append is `LogFull`. */
  readonly maxPages?: number;
  /** What is checked at opening; the default is bounded to a fraction of a second. */
  readonly openCheck?: Partial<OpenCheck>;
};

type Answer = Result<Appended, AppendError>;

type Waiting = {
  readonly request: AppendRequest;
  readonly category: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

const MAX_KNOWN_STREAMS = 50_000;
/** Bytes of events in one commit, beside `maxBatch`. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** SQLite's refusal as the port's; undefined for an error that is none of these and must surface. */
const appendErrorOf = (error: unknown): AppendError | undefined => {
  const detail = error instanceof Error ? error.message : 'unknown';
  switch (sqliteCode(error)) {
    case SQLITE.FULL:
      return { kind: 'LogFull', detail };
    case SQLITE.READONLY:
      return { kind: 'LogReadOnly', detail };
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
    case SQLITE.PROTOCOL:
    case SQLITE.IOERR:
    case SQLITE.CANTOPEN:
    case SQLITE.NOMEM:
    case SQLITE.INTERRUPT:
      return { kind: 'LogUnavailable', detail };
    default:
      return undefined;
  }
};

/**
 * The log in one SQLite file (WAL, `synchronous=FULL`): an append that resolved survives a crash of the process and of
 * the machine. Appends that wait at the same time share one transaction and one fsync, each with its own answer: the
 * conflict of one does not fail another. Other processes may read and write the same file.
 * @throws LogFormatTooNew, LogNotRecognised, LogIntegrityError; SQLite's error when the file cannot be opened
 */
export const openSqliteEventLog = (options: SqliteEventLogOptions): EventLog => {
  const {
    file,
    maxBatch = 256,
    readOnly = false,
    maxWaiting = 10_000,
    busyTimeoutMs = 2_000,
    pollMs = 500,
    verifyReadAll = true,
    maxPages,
  } = options;
  const db = openDatabase(file, { readOnly, busyTimeoutMs });
  try {
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${checkLimit(maxPages)}`);
    checkOnOpen(db, file, { ...DEFAULT_OPEN_CHECK, ...options.openCheck });
  } catch (error) {
    db.close();
    throw error;
  }

  const arrays = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const insert = db.prepare(
    'INSERT INTO events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)' +
      ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, unhex(?))',
  );
  const dataVersion = arrays('PRAGMA data_version');
  const lastRevision = arrays('SELECT max(revision) FROM events WHERE stream = ?');
  const lastPosition = arrays('SELECT max(position) FROM events');
  const forwards = arrays(`SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`);
  const backwards = arrays(
    `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision <= ? ORDER BY revision DESC LIMIT ?`,
  );
  const everything = arrays(
    `SELECT ${COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
  );
  /** One statement per number of categories: SQLite merges the branches lazily, each in the order of its index. */
  const filtered = new Map<number, StatementSync>();
  const filteredBy = (count: number): StatementSync => {
    const known = filtered.get(count);
    if (known !== undefined) return known;
    const branch = `SELECT ${COLUMNS} FROM events WHERE category = ? AND position > ? AND position <= ?`;
    const made = arrays(`${Array.from({ length: count }, () => branch).join(' UNION ALL ')} ORDER BY position LIMIT ?`);
    filtered.set(count, made);
    return made;
  };

  const bell = createBell();
  const queue: Waiting[] = [];
  /** So many appends at the head of the queue are committed one by one, because together they failed. */
  let alone = 0;
  let scheduled = false;
  let closed = false;
  let onDrained: (() => void) | undefined;

  /** Last revisions as of our last commit, good until another connection writes: `data_version` tells. */
  const revisions = new Map<string, number>();
  let knownVersion: unknown;
  /** Position of our newest event of a category, after `watchedFrom`; good for as long as `revisions` are. */
  const newest = new Map<string, number>();
  let watchedFrom = 0;
  /** Position of the last event of the log, good for as long as `revisions` are. */
  let knownHead = 0;

  const headNumber = (): number => Number(lastPosition.get()?.[0] ?? 0);

  /** Called before the file is touched outside a transaction of our own. */
  const read = (statement: StatementSync, ...values: SQLInputValue[]): Row[] => {
    if (closed) throw new LogClosed();
    try {
      return statement.all(...values);
    } catch (error) {
      throw asIntegrityError(file, error);
    }
  };

  /** @throws InvariantBroken, SQLite's error; the transaction is then still open or already gone */
  const insertAll = (batch: readonly Waiting[]): { readonly answers: Answer[]; readonly inserted: boolean } => {
    const version = dataVersion.get()?.[0];
    if (version !== knownVersion || revisions.size > MAX_KNOWN_STREAMS) revisions.clear();
    if (version !== knownVersion) {
      newest.clear();
      watchedFrom = headNumber();
      knownHead = watchedFrom;
    }
    knownVersion = version;
    let inserted = false;
    const answers = batch.map(({ request, category }): Answer => {
      const { stream, organisation, expected, events } = request;
      const last = revisions.get(stream) ?? Number(lastRevision.get(stream)?.[0] ?? -1);
      const conflict = checkRevision(stream, expected, last);
      if (conflict !== undefined) return { ok: false, error: conflict };
      let revision = last;
      let position = 0;
      for (const { eventId, type, metadata, data } of events) {
        revision += 1;
        const leaf = leafHexOf({ stream, revision, metadata, data });
        const done = insert.run(stream, category, organisation, revision, eventId, type, metadata, data, leaf);
        position = Number(done.lastInsertRowid);
      }
      inserted = true;
      revisions.set(stream, revision);
      newest.set(category, position);
      knownHead = position;
      return {
        ok: true,
        value: { firstRevision: last + 1, lastRevision: revision, position: positionOf(position) },
      };
    });
    return { answers, inserted };
  };

  /** @throws SQLite's error after everything was rolled back */
  const commitBatch = (batch: readonly Waiting[]): Answer[] => {
    begin.run();
    try {
      const { answers, inserted } = insertAll(batch);
      if (inserted) commit.run();
      else rollback.run();
      return answers;
    } catch (error) {
      revisions.clear();
      knownVersion = undefined;
      // After a full disk SQLite may have rolled back by itself.
      if (db.isTransaction) rollback.run();
      throw error;
    }
  };

  const take = (): Waiting[] => {
    if (alone > 0) {
      alone -= 1;
      return queue.splice(0, 1);
    }
    let count = 0;
    let events = 0;
    let bytes = 0;
    for (const { request } of queue) {
      events += request.events.length;
      for (const event of request.events) bytes += eventSize(event);
      if (count > 0 && (events > maxBatch || bytes > MAX_BATCH_BYTES)) break;
      count += 1;
    }
    return queue.splice(0, count);
  };

  const flush = (): void => {
    scheduled = false;
    const batch = take();
    try {
      const answers = commitBatch(batch);
      batch.forEach((waiting, index) => {
        const answer = answers[index];
        if (answer === undefined) waiting.reject(new InvariantBroken('append without an answer'));
        else waiting.resolve(answer);
      });
      // A turn later: whoever waits for this append goes on before the subscriptions look at it.
      setImmediate(bell.ring);
    } catch (error) {
      const known = appendErrorOf(error);
      // What was too much together may fit one by one; a file that cannot be written at all fails for everyone.
      const retryAlone = batch.length > 1 && (known === undefined || known.kind === 'LogFull');
      if (retryAlone) {
        queue.unshift(...batch);
        alone = batch.length;
      } else {
        for (const waiting of batch) {
          if (known === undefined) waiting.reject(asIntegrityError(file, error));
          else waiting.resolve({ ok: false, error: known });
        }
      }
    }
    if (queue.length > 0) schedule();
    else onDrained?.();
  };

  /** A turn of the event loop later, so that appends of this turn share the commit and others get their turn between. */
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };

  const eventsOf = (rows: readonly Row[], verify: boolean): RecordedEvent[] =>
    rows.map((row) => {
      const recorded = recordedOf(row);
      if (!verify) return recorded;
      const checked = checkedOf(row, recorded);
      if (checked === undefined) throw new LogIntegrityError(file, badRecord(recorded, LEAF_FAULT));
      return checked;
    });

  /**
   * Whether none of these categories has an event after a position, as far as is known without looking: a subscription
   * wakes at every commit, mostly for events that are not its own. What another process committed shows in `data_version`,
   * and then neither this nor `knownHead` is known.
   */
  const knownQuiet = (categories: readonly string[], from: number): boolean =>
    knownVersion !== undefined &&
    from >= watchedFrom &&
    categories.every((category) => (newest.get(category) ?? 0) <= from) &&
    read(dataVersion)[0]?.[0] === knownVersion;

  const readAll: EventLog['readAll'] = async ({ after, categories, limit }) => {
    checkLimit(limit);
    const from = after === undefined ? 0 : parsePosition(after);
    const wanted = categories === undefined ? undefined : [...new Set(categories)];
    // Mostly a subscription that was woken by an append of others: one look at the version, none at the events.
    if (wanted !== undefined && !db.isTransaction && knownQuiet(wanted, from))
      return { events: [], next: knownHead > from ? positionOf(knownHead) : after, atEnd: true };
    // Taken first: whatever another process commits after this belongs to the next slice.
    const head = Number(read(lastPosition)[0]?.[0] ?? 0);
    const rows =
      wanted === undefined
        ? read(everything, from, head, limit)
        : wanted.length === 0 || from >= head
          ? []
          : read(filteredBy(wanted.length), ...wanted.flatMap((category) => [category, from, head]), limit);
    if (wanted === undefined) {
      rows.forEach((row, index) => {
        if (row[0] !== from + index + 1)
          throw new LogIntegrityError(file, { reason: 'event is missing', position: positionOf(from + index + 1) });
      });
    }
    const events = eventsOf(rows, verifyReadAll);
    const last = events.at(-1)?.position;
    const atEnd = events.length < limit || last === positionOf(head);
    const next: Position | undefined = atEnd ? (head > from ? positionOf(head) : after) : last;
    return { events, next, atEnd };
  };

  /** Looks for what other processes wrote while at least one subscription is there to tell. */
  let followers = 0;
  let poll: NodeJS.Timeout | undefined;
  let polled = 0;
  const watch = (): void => {
    followers += 1;
    if (poll !== undefined) return;
    polled = headNumber();
    poll = setInterval(() => {
      try {
        const head = headNumber();
        if (head === polled) return;
        polled = head;
      } catch {
        // The subscriptions wake, read, and meet the error where somebody handles it.
      }
      bell.ring();
    }, pollMs);
    poll.unref();
  };
  const unwatch = (): void => {
    followers -= 1;
    if (followers > 0) return;
    clearInterval(poll);
    poll = undefined;
  };

  async function* subscribe(subscription: Parameters<EventLog['subscribe']>[0]) {
    if (closed) return yield* follow(readAll, bell, subscription);
    watch();
    try {
      yield* follow(readAll, bell, subscription);
    } finally {
      unwatch();
    }
  }

  let closing: Promise<void> | undefined;

  return {
    append: async (request) => {
      const checked = checkAppend(request);
      if (!checked.ok) return checked;
      if (readOnly) return { ok: false, error: { kind: 'LogReadOnly', detail: 'opened read-only' } };
      if (closed || closing !== undefined) return { ok: false, error: { kind: 'LogUnavailable', detail: 'closed' } };
      if (queue.length >= maxWaiting)
        return { ok: false, error: { kind: 'LogUnavailable', detail: `${maxWaiting} appends are waiting` } };
      return new Promise<Answer>((resolve, reject) => {
        queue.push({ request, category: checked.value.category, resolve, reject });
        schedule();
      });
    },

    readStream: async (stream, { direction = 'forwards', from, limit } = {}) => {
      if (from !== undefined) checkFrom(from);
      const most = limit === undefined ? -1 : checkLimit(limit);
      const rows =
        direction === 'forwards'
          ? read(forwards, stream, from ?? 0, most)
          : read(backwards, stream, from ?? Number.MAX_SAFE_INTEGER, most);
      const events = eventsOf(rows, true);
      const step = direction === 'forwards' ? 1 : -1;
      const start = direction === 'forwards' ? (from ?? 0) : (events[0]?.revision ?? 0);
      events.forEach((event, index) => {
        const revision = start + index * step;
        if (event.revision !== revision)
          throw new LogIntegrityError(file, badRecord(event, `revision ${revision} of the stream is missing`));
      });
      return events;
    },

    readAll,
    subscribe,
    head: async () => {
      const head = Number(read(lastPosition)[0]?.[0] ?? 0);
      return head === 0 ? undefined : positionOf(head);
    },

    close: () => {
      closing ??= (async () => {
        if (queue.length > 0) await new Promise<void>((resolve) => (onDrained = resolve));
        closed = true;
        clearInterval(poll);
        bell.close();
        db.close();
      })();
      return closing;
    },
  };
};
