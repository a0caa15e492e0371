import {
  checkAppend,
  checkFrom,
  checkLimit,
  createBell,
  DamagedEvent,
  follow,
  LogClosed,
  LogUnreachable,
  type EventLog,
  type Position,
  type RecordedEvent,
} from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import {
  BACKWARDS,
  DeadlineExceededError,
  END,
  FORWARDS,
  KurrentDBClient,
  START,
  StreamNotFoundError,
  type AppendResult,
  type AppendToStreamOptions,
  type BasicCredentials,
  type BinaryEventData,
  type ReadAllOptions as ClientReadAllOptions,
  type ReadStreamOptions as ClientReadStreamOptions,
  type SubscribeToAllOptions,
} from '@kurrent/kurrentdb-client';
import {
  appendErrorOf,
  clientPositionOf,
  codeOf,
  filterOf,
  isOf,
  isPlace,
  positionOf,
  recordedOf,
  refusedAt,
  streamStateOf,
  toClientEvent,
  type ClientEvent,
} from './mapping.js';

/** As much of the client as is used; what a test puts in its place. */
export type KurrentClient = {
  readonly appendToStream: (
    stream: string,
    events: BinaryEventData[],
    options: AppendToStreamOptions,
  ) => Promise<AppendResult>;
  readonly readStream: (
    stream: string,
    options: ClientReadStreamOptions,
  ) => AsyncIterable<{ readonly event?: ClientEvent }>;
  readonly readAll: (options: ClientReadAllOptions) => AsyncIterable<{ readonly event?: ClientEvent }>;
  readonly subscribeToAll: (options: SubscribeToAllOptions) => KurrentSubscription;
  readonly dispose: () => Promise<void>;
};

export type KurrentSubscription = {
  readonly on: (event: 'data' | 'error' | 'end' | 'confirmation', listener: (detail?: unknown) => void) => unknown;
  readonly unsubscribe: () => Promise<void>;
};

export type KurrentEventLogOptions = {
  /** `kurrentdb://user:password@host:2113?tls=true&tlsCaFile=…`; holds a secret, goes into no log. */
  readonly connectionString: string;
  /** Milliseconds an append may take before it is `LogUnavailable`. */
  readonly appendTimeoutMs?: number;
  /** How often to look without having been woken, in milliseconds. */
  readonly pollMs?: number;
  /** The subscription that wakes readers broke; it is opened again by itself. A code, never content. */
  readonly onError?: (detail: string) => void;
  /** In place of the client made from the connection string, in tests. */
  readonly client?: KurrentClient;
};

/** The database cannot be used for a log as it is. Never quotes the connection string. */
export class KurrentLogUnusable extends Error {
  override readonly name = 'KurrentLogUnusable';
}

const MAX_DELAY_MS = 10_000;
const DEADLINE = 'deadline';

/** What the connection string says of user and password, for each call. */
const credentialsOf = (connectionString: string): BasicCredentials | undefined => {
  const [, username, password] = /^[a-z+]+:\/\/([^:@/]+):([^@/]*)@/i.exec(connectionString) ?? [];
  return username === undefined || password === undefined
    ? undefined
    : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
};
/** For a server without TLS, which asks nobody who they are: the client does not send it. */
const NOBODY: BasicCredentials = { username: 'anonymous', password: '' };

/**
 * A stream that the server cut (`$maxCount`, `$maxAge`, a scavenge, a deletion that was written over) is read without its
 * beginning and without an error; a fold of the rest would be another record.
 */
const whole = (events: readonly RecordedEvent[], from: number): readonly RecordedEvent[] => {
  const [first] = events;
  if (first !== undefined && first.revision !== from)
    throw new DamagedEvent(
      first,
      `revisions ${from} to ${first.revision - 1} are gone: the stream was cut on the server`,
    );
  return events;
};

const outOfTime = (error: unknown): boolean =>
  error instanceof DeadlineExceededError || (error instanceof LogUnreachable && error.detail === DEADLINE);

const connect = (connectionString: string): KurrentClient => {
  try {
    return KurrentDBClient.connectionString(connectionString);
  } catch {
    throw new KurrentLogUnusable('connection string: kurrentdb://user:password@host:2113?tls=true is expected');
  }
};

const KEEP_ALIVE_MS = 10_000;
/**
 * The same server by a connection that is not shared with an earlier client's: gRPC shares one among all whose settings are the
 * same, so a setting that does not matter differs by a millisecond.
 */
const anew = (connectionString: string, count: number): string => {
  const given = /([?&]keepAliveInterval=)(\d+)/i;
  const interval = Number(given.exec(connectionString)?.[2] ?? KEEP_ALIVE_MS) + count;
  return given.test(connectionString)
    ? connectionString.replace(given, `$1${interval}`)
    : `${connectionString}${connectionString.includes('?') ? '&' : '?'}keepAliveInterval=${interval}`;
};

/** The log on KurrentDB, or on EventStoreDB 23.10 (ADR 33). @throws KurrentLogUnusable when the string is no connection string */
export const openKurrentEventLog = (options: KurrentEventLogOptions): EventLog => {
  const { connectionString, appendTimeoutMs = 15_000, pollMs = 500 } = options;
  let client = options.client ?? connect(connectionString);
  // Given with each append it makes the client take a call of its own for each. Otherwise appends share one stream, whose
  // end leaves those under way without an answer, and whose break rejects promises that nobody can catch. Given with each
  // read because the bridge takes what stands in the connection string as it stands, %40 for an @ too.
  const credentials = credentialsOf(connectionString);
  const asWhom = credentials ?? (/[?&]tls=false/i.test(connectionString) ? NOBODY : undefined);
  // A follower may not have what its leader has acknowledged.
  const toRead = { requiresLeader: true, ...(credentials === undefined ? {} : { credentials }) } as const;
  const report = options.onError ?? (() => undefined);
  const bell = createBell();
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw new LogClosed();
  };

  /** Everything a read gives. @throws LogUnreachable */
  const collect = async (events: AsyncIterable<{ readonly event?: ClientEvent }>): Promise<ClientEvent[]> => {
    const all: ClientEvent[] = [];
    try {
      for await (const { event } of events) if (event !== undefined) all.push(event);
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      assertOpen();
      throw new LogUnreachable(codeOf(error));
    }
    return all;
  };

  const ours = (events: readonly ClientEvent[]): readonly RecordedEvent[] =>
    events.flatMap((event) => recordedOf(event) ?? []);

  const readStream: EventLog['readStream'] = async (stream, readOptions = {}) => {
    assertOpen();
    const { direction = 'forwards', from, limit } = readOptions;
    if (from !== undefined) checkFrom(from);
    if (limit !== undefined) checkLimit(limit);
    const forwards = direction === 'forwards';
    const read = async (fromRevision: bigint | typeof START | typeof END): Promise<readonly RecordedEvent[]> =>
      ours(
        await collect(
          client.readStream(stream, {
            direction: forwards ? FORWARDS : BACKWARDS,
            fromRevision,
            ...toRead,
            ...(limit === undefined ? {} : { maxCount: limit }),
          }),
        ),
      );
    if (from === undefined) return forwards ? whole(await read(START), 0) : read(END);
    const events = await read(BigInt(from));
    if (forwards) return whole(events, from);
    // Backwards from beyond the end: servers differ in whether they begin at the end.
    if (events.length > 0) return events;
    return (await read(END)).filter((event) => event.revision <= from);
  };

  /** The newest record of all, the server's own included: whatever is appended later stands behind it. */
  const newest = async (): Promise<Position | undefined> => {
    const [event] = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, ...toRead }));
    return isPlace(event?.position) ? positionOf(event.position) : undefined;
  };

  const readAll: EventLog['readAll'] = async ({ after, categories, limit }) => {
    assertOpen();
    checkLimit(limit);
    const from = after === undefined ? START : clientPositionOf(after);
    // Before the events: what a filter leaves out up to here is passed for good.
    const end = await newest();
    if (end === undefined || (after !== undefined && after >= end)) return { events: [], next: after, atEnd: true };
    if (categories?.length === 0) return { events: [], next: end, atEnd: true };
    // The read begins with the record at the position, if it is of the filter; one more than asked tells the end.
    const found = await collect(
      client.readAll({
        direction: FORWARDS,
        fromPosition: from,
        maxCount: limit + 2,
        filter: filterOf(categories),
        ...toRead,
      }),
    );
    const placed = found.flatMap((event) => {
      if (!isPlace(event.position))
        throw new DamagedEvent(
          { stream: event.streamId, revision: Number(event.revision), type: event.type },
          'without a position',
        );
      const position = positionOf(event.position);
      return after !== undefined && position <= after ? [] : [{ event, position }];
    });
    const page = placed.slice(0, limit);
    const last = page.at(-1)?.position;
    const atEnd = placed.length <= limit;
    return {
      events: ours(page.map(({ event }) => event)).filter(({ stream }) => isOf(categories, stream)),
      next: atEnd && (last === undefined || last < end) ? end : (last ?? after),
      atEnd,
    };
  };

  const head: EventLog['head'] = async () => {
    assertOpen();
    const [event] = await collect(
      client.readAll({
        direction: BACKWARDS,
        fromPosition: END,
        maxCount: 1,
        filter: filterOf(undefined),
        ...toRead,
      }),
    );
    return isPlace(event?.position) ? positionOf(event.position) : undefined;
  };

  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        work,
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new LogUnreachable(DEADLINE)), appendTimeoutMs);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  };

  const append: EventLog['append'] = async (request) => {
    const checked = checkAppend(request);
    if (!checked.ok) return checked;
    if (closed) return { ok: false, error: { kind: 'LogUnavailable', detail: 'closed' } };
    const { stream, expected, events } = request;
    const over = client;
    try {
      const sent = over.appendToStream(stream, events.map(toClientEvent), {
        streamState: streamStateOf(expected),
        requiresLeader: true,
        deadline: appendTimeoutMs,
        ...(asWhom === undefined ? {} : { credentials: asWhom }),
      });
      const { success, nextExpectedRevision, position } = await inTime(sent);
      const lastRevision = Number(nextExpectedRevision);
      // With `throwOnAppendFailure=false` in the connection string the client answers a refusal where it else throws one.
      if (!success) return { ok: false, error: refusedAt(lastRevision, request) };
      bell.ring();
      // Of several events the server names the place of the first or of the last, depending on its version.
      const known = events.length === 1 && isPlace(position) ? positionOf(position) : undefined;
      const placed = known ?? (await readStream(stream, { from: lastRevision, limit: 1 }))[0]?.position;
      if (placed === undefined) throw new LogUnreachable('not readable yet');
      return { ok: true, value: { firstRevision: lastRevision - events.length + 1, lastRevision, position: placed } };
    } catch (error) {
      if (error instanceof InvariantBroken || error instanceof DamagedEvent) throw error;
      if (outOfTime(error)) renew(over);
      if (error instanceof LogUnreachable)
        return { ok: false, error: { kind: 'LogUnavailable', detail: error.detail } };
      if (error instanceof LogClosed) return { ok: false, error: { kind: 'LogUnavailable', detail: 'closed' } };
      return { ok: false, error: appendErrorOf(error, request) };
    }
  };

  // ── wake-ups: a subscription of the client does not come back by itself, so it carries nothing but the news ──
  let waking: KurrentSubscription | undefined;
  let reopening: NodeJS.Timeout | undefined;
  let leave: () => void = () => undefined;
  const listen = (attempt: number): void => {
    let confirmed = false;
    let over = false;
    leave = () => {
      over = true;
    };
    const again = (error?: unknown): void => {
      if (over || closed) return;
      over = true;
      waking = undefined;
      report(error === undefined ? 'ended' : codeOf(error));
      const next = confirmed ? 1 : attempt + 1;
      reopening = setTimeout(() => listen(next), Math.min(MAX_DELAY_MS, 100 * 2 ** Math.min(next, 10)));
      reopening.unref();
    };
    try {
      const subscription = client.subscribeToAll({ fromPosition: END, filter: filterOf(undefined) });
      waking = subscription;
      subscription.on('data', bell.ring);
      subscription.on('confirmation', () => {
        confirmed = true;
        // What came between the break and now.
        bell.ring();
      });
      subscription.on('error', again);
      subscription.on('end', () => again());
    } catch (error) {
      again(error);
    }
  };
  const poll = setInterval(bell.ring, pollMs);
  poll.unref();
  listen(0);

  let renewed = 0;
  /**
   * A new client in place of one through which an append did not come back in time. What a cut leaves is not always seen: a
   * connection that was begun meanwhile waits for the server's first word for as long as its host keeps it open, a quarter of an
   * hour, and every append behind it. What is under way through the old one may still be answered.
   */
  const renew = (stale: KurrentClient): void => {
    if (closed || client !== stale || options.client !== undefined) return;
    report(DEADLINE);
    renewed += 1;
    try {
      client = connect(anew(connectionString, renewed));
    } catch {
      // The authority's file is away just now: the next append that runs out of time asks again.
      return;
    }
    leave();
    clearTimeout(reopening);
    listen(0);
    void stale.dispose().catch(() => undefined);
  };

  return {
    append,
    readStream,
    readAll,
    subscribe: (subscribeOptions) => follow(readAll, bell, subscribeOptions),
    head,
    close: async () => {
      if (closed) return;
      closed = true;
      bell.close();
      clearInterval(poll);
      clearTimeout(reopening);
      await waking?.unsubscribe().catch(() => undefined);
      await client.dispose();
    },
  };
};
