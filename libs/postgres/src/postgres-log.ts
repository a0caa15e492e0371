import {
  checkAppend,
  checkFrom,
  checkLimit,
  checkRevision,
  createBell,
  DamagedEvent,
  follow,
  leafHexOf,
  eventSize,
  LogClosed,
  LogUnreachable,
  type AllSlice,
  type AppendError,
  type AppendRequest,
  type Appended,
  type EventLog,
  type Position,
  type ReadAllOptions,
} from '@toeverlaat/event-log';
import { InvariantBroken, type Result } from '@toeverlaat/values';
import type { PoolClient } from 'pg';
import {
  clientConfigOf,
  codeOf,
  EVERY_ORGANISATION,
  openPool,
  scoped,
  scopedQuery,
  type Last,
  type PostgresConnection,
} from './connection.js';
import { COLUMNS, partsOf, positionOf, recordedOf, type Row } from './log-rows.js';
import { POSTGRES_LOG_FORMAT } from './schema.js';
import { createTail } from './tail.js';
import { createWakeUps, type Seen } from './wake-ups.js';

/** As the application's role, which can neither update nor delete. */
export type PostgresEventLogOptions = PostgresConnection & {
  /** Appends in one transaction; those that wait together share one commit. */
  readonly maxBatch?: number;
  /** Appends waiting; more are refused with `LogUnavailable` rather than queued without bound. */
  readonly maxWaiting?: number;
  /** How often to look without having been woken, in milliseconds: a notification may be lost, a look is not. */
  readonly pollMs?: number;
  /** Milliseconds a read waits for an append of this very process to become readable behind other running transactions. */
  readonly settleMs?: number;
  /**
   * Milliseconds in which a subscription wants its page, 5 000 when left out; then it asks again on another connection, with
   * twice the time, up to what a statement may take: a database that is slow is waited for, a way that was cut is not.
   */
  readonly followMs?: number;
};

/** The database holds a log of a newer format, or none. */
export class PostgresLogUnusable extends Error {
  override readonly name = 'PostgresLogUnusable';
}

/** Bytes of events in one transaction, beside `maxBatch`; one append that has more goes alone. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** What is looked at before anything else. */
type Opening = {
  readonly version: number | null;
  readonly keys: boolean;
  readonly volatile: boolean;
  readonly foreign: boolean;
};
const OPENING = `
  SELECT max(version) AS version,
    to_regnamespace('toeverlaat_vault') IS NOT NULL OR to_regnamespace('toeverlaat_keyring') IS NOT NULL AS keys,
    'off' IN (current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')) AS volatile,
    toeverlaat_log.has_foreign_transactions() AS foreign
  FROM toeverlaat_log.format`;

/** The moment a transaction sees, and the newest event that is final at it. */
type Head = {
  readonly snapshot: string;
  readonly xmin: string;
  readonly txid_text: string | null;
  readonly seq_text: string | null;
};
const HEAD = `
  SELECT s.snapshot::text AS snapshot, pg_snapshot_xmin(s.snapshot)::text AS xmin, h.txid::text AS txid_text, h.seq::text AS seq_text
  FROM (SELECT pg_current_snapshot() AS snapshot) AS s
  LEFT JOIN LATERAL (SELECT e.txid, e.seq FROM toeverlaat_log.events e WHERE e.txid < pg_snapshot_xmin(s.snapshot)
    ORDER BY e.txid DESC, e.seq DESC LIMIT 1) AS h ON true`;

type Waiting = {
  readonly request: AppendRequest;
  readonly bytes: number;
  readonly category: string;
  readonly settle: (answer: Result<Appended, AppendError>) => void;
};

/** Rights, syntax, data: asking again changes nothing. */
const LASTING = /^(42|22|23|3D|3F)/;

/** PostgreSQL's refusal as the port's. The answer may be lost while the commit stood: resend under the same command id. */
const appendErrorOf = (error: unknown): AppendError => {
  const code = codeOf(error);
  if (code === '53100') return { kind: 'LogFull', detail: code };
  if (code === '25006' || code === '42501') return { kind: 'LogReadOnly', detail: code };
  return { kind: 'LogUnavailable', detail: code === '' ? 'connection' : code };
};

/**
 * A log on PostgreSQL for many writing processes.
 *
 * Positions are (transaction id, sequence): a reader takes only rows of transactions older than every running one
 * (`pg_snapshot_xmin`), so nothing can appear behind a position it has passed, and no lock orders the writers (ADR 13).
 * LISTEN/NOTIFY only wakes readers; what they read never depends on it.
 * @throws PostgresLogUnusable when the database has no log of this format
 */
export const openPostgresEventLog = async (options: PostgresEventLogOptions): Promise<EventLog> => {
  const { maxBatch = 256, maxWaiting = 10_000, pollMs = 500, settleMs = 2_000, followMs = 5_000 } = options;
  const report = options.onError ?? (() => undefined);
  const { query_timeout: mostPatienceMs = followMs } = clientConfigOf(options);
  const pool = openPool(options);
  const bell = createBell();
  const queue: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;
  /** The newest position this process appended: its own reads wait until they can see it. */
  let own: Position | undefined;

  /** A read: what does not answer is asked again by whoever asked; a refusal that would stay the same surfaces. */
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DamagedEvent || error instanceof InvariantBroken || LASTING.test(codeOf(error))) throw error;
      if (closed) throw new LogClosed();
      throw new LogUnreachable(codeOf(error) === '' ? 'connection' : codeOf(error));
    }
  };

  /**
   * The last revision of each stream, which nobody else can add to before this transaction ends: writers of one stream
   * take turns (in the order of the locks, so that two batches never wait for each other), writers of others do not.
   */
  const revisionsOf = async (client: PoolClient, streams: readonly string[]): Promise<Map<string, number>> => {
    const [, { rows }] = await Promise.all([
      client.query({
        name: 'lock streams',
        text: `SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(s, 0) AS h FROM unnest($1::text[]) AS s ORDER BY h) AS locks`,
        values: [streams],
      }),
      // Sees what was committed while the locks were waited for: each statement has a snapshot of its own.
      client.query<{ stream: string; last: string | null }>({
        name: 'last revisions',
        text: `SELECT s.stream, (SELECT e.revision FROM toeverlaat_log.events e WHERE e.stream = s.stream ORDER BY e.revision DESC LIMIT 1)::text AS last
         FROM unnest($1::text[]) AS s (stream)`,
        values: [streams],
      }),
    ]);
    return new Map(rows.map((row) => [row.stream, row.last === null ? -1 : Number(row.last)]));
  };

  /** Appends a batch in one transaction. @throws when anything is refused by the server; nothing of the batch stands then */
  const commitBatch = async (batch: readonly Waiting[]): Promise<readonly Result<Appended, AppendError>[]> => {
    const organisations = [...new Set(batch.map(({ request }) => request.organisation))];
    return scoped(pool, organisations, async (client, finish) => {
      const last = await revisionsOf(client, [...new Set(batch.map(({ request }) => request.stream))]);
      const columns: [
        string[],
        string[],
        string[],
        number[],
        string[],
        string[],
        Uint8Array[],
        Uint8Array[],
        string[],
      ] = [[], [], [], [], [], [], [], [], []];
      const planned: (AppendError | { readonly first: number; readonly count: number })[] = [];
      for (const { request, category } of batch) {
        const { stream, expected, events, organisation } = request;
        const actual = last.get(stream) ?? -1;
        const conflict = checkRevision(stream, expected, actual);
        if (conflict !== undefined) {
          planned.push(conflict);
          continue;
        }
        for (const [index, event] of events.entries()) {
          const revision = actual + 1 + index;
          const { metadata, data } = event;
          columns[0].push(stream);
          columns[1].push(category);
          columns[2].push(organisation);
          columns[3].push(revision);
          columns[4].push(event.eventId);
          columns[5].push(event.type);
          columns[6].push(metadata);
          columns[7].push(data);
          columns[8].push(leafHexOf({ stream, revision, metadata, data }));
        }
        last.set(stream, actual + events.length);
        planned.push({ first: actual + 1, count: events.length });
      }
      // `ORDER BY` keeps the sequence in the order of the batch, and with it the events of one append together.
      const { rows } =
        columns[0].length === 0
          ? { rows: [] }
          : await finish(
              client.query<{ txid: string; seq: string }>(
                `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
                 SELECT stream, category, organisation, revision, event_id, type, metadata, data, decode(leaf, 'hex')
                 FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::text[])
                   WITH ORDINALITY AS e (stream, category, organisation, revision, event_id, type, metadata, data, leaf, n)
                 ORDER BY n
                 RETURNING txid::text, seq::text`,
                columns.map((column, index) =>
                  index === 6 || index === 7 ? (column as Uint8Array[]).map((bytes) => Buffer.from(bytes)) : column,
                ),
              ),
            );
      let at = 0;
      return planned.map((plan): Result<Appended, AppendError> => {
        if ('kind' in plan) return { ok: false, error: plan };
        at += plan.count;
        const row = rows[at - 1];
        if (row === undefined) throw new InvariantBroken('the server returned fewer rows than were inserted');
        return {
          ok: true,
          value: {
            firstRevision: plan.first,
            lastRevision: plan.first + plan.count - 1,
            position: positionOf(row.txid, row.seq),
          },
        };
      });
    });
  };

  const settleAll = (batch: readonly Waiting[], answers: readonly Result<Appended, AppendError>[]): void => {
    let newest: Position | undefined;
    const categories = new Set<string>();
    for (const [index, waiting] of batch.entries()) {
      const answer = answers[index];
      if (answer === undefined) throw new InvariantBroken('an append without an answer');
      waiting.settle(answer);
      if (!answer.ok) continue;
      categories.add(waiting.category);
      if (newest === undefined || newest < answer.value.position) newest = answer.value.position;
    }
    if (newest === undefined) return;
    if (own === undefined || own < newest) own = newest;
    wakeUps.appended(newest, categories);
  };

  const flush = async (): Promise<void> => {
    try {
      while (queue.length > 0) {
        let bytes = 0;
        const over = queue.findIndex((waiting, index) => index > 0 && (bytes += waiting.bytes) > MAX_BATCH_BYTES);
        const batch = queue.splice(0, over < 0 ? maxBatch : Math.min(over, maxBatch));
        try {
          settleAll(batch, await commitBatch(batch));
        } catch (error) {
          for (const waiting of batch) waiting.settle({ ok: false, error: appendErrorOf(error) });
        }
      }
    } finally {
      // In the same turn as the last look at the queue: an append that comes after it starts a flush of its own.
      flushing = undefined;
    }
  };

  const append: EventLog['append'] = async (request) => {
    const checked = checkAppend(request);
    if (!checked.ok) return checked;
    if (closed) return { ok: false, error: { kind: 'LogUnavailable', detail: 'closed' } };
    if (queue.length >= maxWaiting)
      return { ok: false, error: { kind: 'LogUnavailable', detail: 'too many appends are waiting' } };
    return new Promise((settle) => {
      // The caller keeps its bytes and may use them again before the batch is sent.
      const events = request.events.map((event) => ({
        ...event,
        metadata: Buffer.from(event.metadata),
        data: Buffer.from(event.data),
      }));
      const bytes = events.reduce((sum, event) => sum + eventSize(event), 0);
      queue.push({ request: { ...request, events }, bytes, category: checked.value.category, settle });
      flushing ??= Promise.resolve().then(flush);
    });
  };

  const assertOpen = (): void => {
    if (closed) throw new LogClosed();
  };

  const readStream: EventLog['readStream'] = async (stream, readOptions = {}) => {
    assertOpen();
    const { direction = 'forwards', from, limit } = readOptions;
    if (from !== undefined) checkFrom(from);
    if (limit !== undefined) checkLimit(limit);
    const organisation = /-([a-z][a-z0-9]*)_/u.exec(stream)?.[1];
    if (organisation === undefined) return [];
    const forwards = direction === 'forwards';
    const { rows } = await reading(() =>
      scopedQuery<Row>(pool, [organisation], {
        name: `stream ${direction}`,
        text: `SELECT ${COLUMNS} FROM toeverlaat_log.events WHERE stream = $1 AND revision ${forwards ? '>=' : '<='} $2::bigint
         ORDER BY revision ${forwards ? 'ASC' : 'DESC'} LIMIT $3`,
        values: [stream, from ?? (forwards ? 0 : Number.MAX_SAFE_INTEGER), limit ?? null],
      }),
    );
    return rows.map(recordedOf);
  };

  const look = async (
    client: PoolClient,
    finish: Last,
    { after, categories, limit }: ReadAllOptions,
    withinMs: number | undefined,
  ) => {
    const bound = withinMs === undefined ? {} : { query_timeout: withinMs };
    const [txid, seq] = after === undefined ? ['0', '0'] : partsOf(after);
    // In this order: the page sees all that is before the head, so that whoever is at its end may go on from the head.
    const [heads, { rows }] = await Promise.all([
      // Not named: a plan made while the log was small would read all of it when it has grown.
      client.query<Head>({ ...bound, text: HEAD }),
      // One row more than asked tells whether this is the end.
      finish(
        client.query<Row>({
          ...bound,
          text: `SELECT ${COLUMNS} FROM toeverlaat_log.events
           WHERE (txid, seq) > ($1::xid8, $2::bigint) AND txid < pg_snapshot_xmin(pg_current_snapshot())
             AND ($3::text[] IS NULL OR category = ANY ($3))
           ORDER BY txid, seq LIMIT $4`,
          values: [txid, seq, categories ?? null, limit + 1],
        }),
      ),
    ]);
    const [head] = heads.rows;
    if (head === undefined) throw new InvariantBroken('a server without a snapshot');
    return { head, rows };
  };

  const readOnce = async (readOptions: ReadAllOptions, withinMs?: number): Promise<AllSlice & Seen> => {
    const { after, categories, limit } = readOptions;
    const { head, rows } = await reading(() =>
      scoped(pool, [EVERY_ORGANISATION], (client, finish) => look(client, finish, readOptions, withinMs)),
    );
    const page = rows.slice(0, limit);
    const atEnd = rows.length <= limit;
    const lastRow = page.at(-1);
    let next = lastRow === undefined ? after : positionOf(lastRow.txid_text, lastRow.seq_text);
    if (atEnd && categories !== undefined && head.txid_text !== null && head.seq_text !== null) {
      // What the filter left out is passed too, so that a reader's position keeps up with the log.
      const newest = positionOf(head.txid_text, head.seq_text);
      if (next === undefined || next < newest) next = newest;
    }
    const seen = { snapshot: head.snapshot, horizon: BigInt(head.xmin) };
    wakeUps.looked(seen);
    return { events: page.map(recordedOf), next, atEnd, ...seen };
  };

  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Reads; where this process has appended something that a running transaction still hides, waits a little for it. */
  const readAll: EventLog['readAll'] = async (readOptions) => {
    assertOpen();
    checkLimit(readOptions.limit);
    const wanted = own;
    const until = performance.now() + settleMs;
    for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
      const { horizon, snapshot: _, ...slice } = await readOnce(readOptions);
      const hidden = wanted !== undefined && BigInt(partsOf(wanted)[0]) >= horizon;
      if (!hidden || !slice.atEnd || performance.now() > until) return slice;
      await sleep(pause);
    }
  };

  const head: EventLog['head'] = async () => {
    assertOpen();
    const { next } = await readAll({ categories: [], limit: 1 });
    return next;
  };

  /** For subscriptions: does not wait for what is hidden, since the bell rings when it can be looked for again. */
  let patienceMs = followMs;
  const tail = createTail({
    bell,
    read: async (readOptions) => {
      assertOpen();
      try {
        const slice = await readOnce(readOptions, patienceMs);
        patienceMs = followMs;
        return slice;
      } catch (error) {
        if (error instanceof LogUnreachable) patienceMs = Math.min(patienceMs * 2, mostPatienceMs);
        throw error;
      }
    },
  });
  const wakeUps = createWakeUps({
    connection: options,
    pool,
    bell,
    wants: tail.wants,
    pollMs,
    settleMs,
    followMs,
    report,
  });

  try {
    const { rows } = await pool.query<Opening>(OPENING);
    const [found] = rows;
    if (found?.version !== POSTGRES_LOG_FORMAT)
      throw new PostgresLogUnusable(
        `log format ${found?.version ?? 'none'}; this version reads ${POSTGRES_LOG_FORMAT}`,
      );
    if (found.keys)
      throw new PostgresLogUnusable('keys stand in the same database: a backup of the log would hold them');
    if (found.volatile) throw new PostgresLogUnusable('fsync, full_page_writes or synchronous_commit is off');
    if (found.foreign)
      throw new PostgresLogUnusable(
        'it holds transactions that this server has not made: a logical dump was restored. Restore a physical backup, or copy the log (copy-log)',
      );
    await wakeUps.start();
  } catch (error) {
    closed = true;
    await wakeUps.close();
    await pool.end();
    if (error instanceof PostgresLogUnusable) throw error;
    throw new PostgresLogUnusable(`no log to be read in this database (${codeOf(error) || 'no connection'})`);
  }

  return {
    append,
    readStream,
    readAll,
    subscribe: (subscribeOptions) => {
      tail.announce(subscribeOptions.categories);
      return follow(tail.readAll, bell, subscribeOptions);
    },
    head,
    close: async () => {
      if (closed) return;
      closed = true;
      bell.close();
      await flushing;
      await wakeUps.close();
      await pool.end();
    },
  };
};
