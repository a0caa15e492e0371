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
  type RecordedEvent,
} from '@toeverlaat/event-log';
import { InvariantBroken, type EventId, type OrganisationId, type Result } from '@toeverlaat/values';
import { Client, type PoolClient } from 'pg';
import {
  clientConfigOf,
  codeOf,
  EVERY_ORGANISATION,
  openPool,
  scoped as scopedIn,
  type PostgresConnection,
} from './connection.js';
import { POSTGRES_LOG_FORMAT } from './schema.js';

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
};

/** The database holds a log of a newer format, or none. */
export class PostgresLogUnusable extends Error {
  override readonly name = 'PostgresLogUnusable';
}

const CHANNEL = 'toeverlaat_log';
/** Bytes of events in one transaction, beside `maxBatch`; one append that has more goes alone. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const DIGITS = 20;
const POSITION = /^(\d{20})\.(\d{20})$/;

const positionOf = (txid: string, seq: string): Position =>
  `${txid.padStart(DIGITS, '0')}.${seq.padStart(DIGITS, '0')}` as Position;

/** @throws InvariantBroken for a token that no such log gave */
const partsOf = (position: Position): readonly [txid: string, seq: string] => {
  const [, txid, seq] = POSITION.exec(position) ?? [];
  if (txid === undefined || seq === undefined) throw new InvariantBroken(`position "${position}" is not of this log`);
  return [BigInt(txid).toString(), BigInt(seq).toString()];
};

type Row = {
  readonly txid_text: string;
  readonly seq_text: string;
  readonly stream: string;
  readonly organisation: string;
  readonly revision_text: string;
  readonly event_id: string;
  readonly type: string;
  readonly metadata: Buffer;
  readonly data: Buffer;
  readonly leaf: string;
};

// Named apart from their columns: `ORDER BY txid` would otherwise sort the text.
const COLUMNS = `txid::text AS txid_text, seq::text AS seq_text, stream, organisation, revision::text AS revision_text, event_id::text, type, metadata, data, encode(leaf, 'hex') AS leaf`;

/** @throws DamagedEvent when the stored bytes are not those that were appended */
const recordedOf = (row: Row): RecordedEvent => {
  const recorded: RecordedEvent = {
    position: positionOf(row.txid_text, row.seq_text),
    organisation: row.organisation as OrganisationId,
    stream: row.stream,
    revision: Number(row.revision_text),
    eventId: row.event_id as EventId,
    type: row.type,
    metadata: row.metadata,
    data: row.data,
  };
  if (leafHexOf(recorded) !== row.leaf) throw new DamagedEvent(recorded, 'leaf does not match the stored bytes');
  return recorded;
};

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
  const { maxBatch = 256, maxWaiting = 10_000, pollMs = 500, settleMs = 2_000 } = options;
  const report = options.onError ?? (() => undefined);
  const pool = openPool(options);
  const bell = createBell();
  const queue: Waiting[] = [];
  let flushing: Promise<void> | undefined;
  let closed = false;
  /** The newest position this process appended: its own reads wait until they can see it. */
  let own: Position | undefined;

  const scoped = <T>(organisations: readonly string[], work: (client: PoolClient) => Promise<T>): Promise<T> =>
    scopedIn(pool, organisations, work);

  /** A read: what does not answer is asked again by whoever asked; a refusal that would stay the same surfaces. */
  const reading = async <T>(organisations: readonly string[], work: (client: PoolClient) => Promise<T>): Promise<T> => {
    try {
      return await scoped(organisations, work);
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
    await client.query(
      `SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(s, 0) AS h FROM unnest($1::text[]) AS s ORDER BY h) AS locks`,
      [streams],
    );
    const { rows } = await client.query<{ stream: string; last: string | null }>(
      `SELECT s.stream, (SELECT e.revision FROM toeverlaat_log.events e WHERE e.stream = s.stream ORDER BY e.revision DESC LIMIT 1)::text AS last
       FROM unnest($1::text[]) AS s (stream)`,
      [streams],
    );
    return new Map(rows.map((row) => [row.stream, row.last === null ? -1 : Number(row.last)]));
  };

  /** Appends a batch in one transaction. @throws when anything is refused by the server; nothing of the batch stands then */
  const commitBatch = async (batch: readonly Waiting[]): Promise<readonly Result<Appended, AppendError>[]> => {
    const organisations = [...new Set(batch.map(({ request }) => request.organisation))];
    return scoped(organisations, async (client) => {
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
          : await client.query<{ txid: string; seq: string }>(
              `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
               SELECT stream, category, organisation, revision, event_id, type, metadata, data, decode(leaf, 'hex')
               FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::text[])
                 WITH ORDINALITY AS e (stream, category, organisation, revision, event_id, type, metadata, data, leaf, n)
               ORDER BY n
               RETURNING txid::text, seq::text`,
              columns.map((column, index) =>
                index === 6 || index === 7 ? (column as Uint8Array[]).map((bytes) => Buffer.from(bytes)) : column,
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
    for (const [index, waiting] of batch.entries()) {
      const answer = answers[index];
      if (answer === undefined) throw new InvariantBroken('an append without an answer');
      if (answer.ok && (own === undefined || own < answer.value.position)) own = answer.value.position;
      waiting.settle(answer);
    }
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
        bell.ring();
        pool.query(`SELECT pg_notify($1, '')`, [CHANNEL]).catch(report);
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
    const { rows } = await reading([organisation], (client) =>
      client.query<Row>(
        `SELECT ${COLUMNS} FROM toeverlaat_log.events WHERE stream = $1 AND revision ${forwards ? '>=' : '<='} $2::bigint
         ORDER BY revision ${forwards ? 'ASC' : 'DESC'} LIMIT $3`,
        [stream, from ?? (forwards ? 0 : Number.MAX_SAFE_INTEGER), limit ?? null],
      ),
    );
    return rows.map(recordedOf);
  };

  /** The oldest transaction that may still write: everything before it is final. */
  const horizon = async (client: PoolClient): Promise<string> => {
    const { rows } = await client.query<{ xmin: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin',
    );
    return rows[0]?.xmin ?? '0';
  };

  const readOnce = ({ after, categories, limit }: ReadAllOptions): Promise<AllSlice & { readonly horizon: string }> =>
    reading([EVERY_ORGANISATION], async (client) => {
      const xmin = await horizon(client);
      const [txid, seq] = after === undefined ? ['0', '0'] : partsOf(after);
      // One row more than asked tells whether this is the end.
      const { rows } = await client.query<Row>(
        `SELECT ${COLUMNS} FROM toeverlaat_log.events
         WHERE (txid, seq) > ($1::xid8, $2::bigint) AND txid < $3::xid8 AND ($4::text[] IS NULL OR category = ANY ($4))
         ORDER BY txid, seq LIMIT $5`,
        [txid, seq, xmin, categories ?? null, limit + 1],
      );
      const page = rows.slice(0, limit);
      const atEnd = rows.length <= limit;
      const lastRow = page.at(-1);
      let next = lastRow === undefined ? after : positionOf(lastRow.txid_text, lastRow.seq_text);
      if (atEnd && categories !== undefined) {
        // What the filter left out is passed too, so that a reader's position keeps up with the log.
        const end = await client.query<Pick<Row, 'txid_text' | 'seq_text'>>(
          `SELECT txid::text AS txid_text, seq::text AS seq_text FROM toeverlaat_log.events WHERE txid < $1::xid8 ORDER BY txid DESC, seq DESC LIMIT 1`,
          [xmin],
        );
        const [newest] = end.rows;
        const head = newest === undefined ? undefined : positionOf(newest.txid_text, newest.seq_text);
        if (head !== undefined && (next === undefined || next < head)) next = head;
      }
      return { events: page.map(recordedOf), next, atEnd, horizon: xmin };
    });

  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Reads; where this process has appended something that a running transaction still hides, waits a little for it. */
  const readAll: EventLog['readAll'] = async (readOptions) => {
    assertOpen();
    checkLimit(readOptions.limit);
    const wanted = own;
    const until = performance.now() + settleMs;
    for (let pause = 1; ; pause = Math.min(50, pause * 2)) {
      const { horizon: xmin, ...slice } = await readOnce(readOptions);
      const hidden = wanted !== undefined && BigInt(partsOf(wanted)[0]) >= BigInt(xmin);
      if (!hidden || !slice.atEnd || performance.now() > until) return slice;
      await sleep(pause);
    }
  };

  const head: EventLog['head'] = async () => {
    assertOpen();
    const { next } = await readAll({ categories: [], limit: 1 });
    return next;
  };

  // ── wake-ups ──
  let listener: Client | undefined;
  let listening: NodeJS.Timeout | undefined;
  const listen = async (): Promise<void> => {
    const client = new Client(clientConfigOf(options));
    const again = (error?: unknown): void => {
      if (listener !== client) return;
      listener = undefined;
      if (closed) return;
      if (error !== undefined) report(error);
      listening = setTimeout(() => {
        void listen();
      }, pollMs);
    };
    listener = client;
    client.on('error', again);
    client.on('end', () => {
      again();
    });
    client.on('notification', bell.ring);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      // What was appended while nobody listened.
      bell.ring();
    } catch (error) {
      again(error);
    }
  };
  const poll = setInterval(bell.ring, pollMs);
  poll.unref();

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
    await listen();
  } catch (error) {
    clearInterval(poll);
    closed = true;
    await pool.end();
    if (error instanceof PostgresLogUnusable) throw error;
    throw new PostgresLogUnusable(`no log to be read in this database (${codeOf(error) || 'no connection'})`);
  }

  return {
    append,
    readStream,
    readAll,
    subscribe: (subscribeOptions) => follow(readAll, bell, subscribeOptions),
    head,
    close: async () => {
      if (closed) return;
      closed = true;
      clearInterval(poll);
      clearTimeout(listening);
      await flushing;
      bell.ring();
      const client = listener;
      listener = undefined;
      await client?.end();
      await pool.end();
    },
  };
};
