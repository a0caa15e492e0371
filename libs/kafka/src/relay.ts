import { LogClosed, noWaitingHeals, type EventLog, type Position, type RecordedEvent } from '@toeverlaat/event-log';
import type { PublicEvent, PublicEventSource } from '@toeverlaat/messaging';
import { pause, type Clock } from '@toeverlaat/values';
import { KafkaRefused, KafkaUnavailable, type KafkaProducer, type OutgoingRecord } from './port.js';
import { createPrevious } from './previous.js';
import { recordOf } from './record.js';
import type { Published, RelayCheckpoint, RelayStore } from './relay-store.js';

/** The log goes back behind what was published: it is another one, or an older copy. Nothing is published until a person decides. */
export class PositionWentBack extends Error {
  override readonly name = 'PositionWentBack';
}

export type RelayNotice =
  | { readonly kind: 'standby' }
  | { readonly kind: 'active' }
  | { readonly kind: 'waiting'; readonly error: unknown; readonly attempt: number; readonly waitMs: number }
  /** By the broker: a right or a topic is missing, or a record is too large. It is asked again, since whoever mends it does not know us. */
  | { readonly kind: 'refused'; readonly error: unknown; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly error: unknown };

export type RelayState = 'starting' | 'standby' | 'catchingUp' | 'live' | 'waiting' | 'stopped' | 'failed';

export type RelayLag = {
  /** Events of the service that the broker has not acknowledged; counted up to 10 000, `more` says that there are others. */
  readonly events: number;
  readonly more: boolean;
  /** Age of the oldest of them, in seconds; 0 without any. */
  readonly seconds: number;
};

export type RelayStatus = {
  readonly relay: string;
  readonly state: RelayState;
  readonly position: Position | undefined;
  /** Acknowledged by the broker since this process started. */
  readonly published: number;
};

export type RelayOptions = {
  /** Names checkpoint and lease; one for each service. */
  readonly relay: string;
  readonly topic: string;
  readonly log: EventLog;
  readonly sources: readonly PublicEventSource[];
  readonly producer: KafkaProducer;
  readonly store: RelayStore;
  readonly clock: Clock;
  /** This instance, in the lease; undefined: works whoever else does. Two at once cost work and nothing else. */
  readonly holder: string | undefined;
  /** Milliseconds that a lease lasts when its holder says nothing; 10 000 when left out. */
  readonly leaseMs?: number;
  /** Most events sent at once; 500 when left out. */
  readonly batchSize?: number;
  /** Milliseconds before the n-th repeat of what the broker did not take. */
  readonly backOffMs?: (attempt: number) => number;
  /** Milliseconds before a broker that refuses is asked again; 30 000 when left out. */
  readonly refusedMs?: number;
  /** W3C trace context of an event. */
  readonly traceparent?: (event: PublicEvent) => string | undefined;
  readonly onNotice?: (notice: RelayNotice) => void;
  /** Between the broker's acknowledgement and the checkpoint: where a crash test stands. */
  readonly onAcknowledged?: (records: readonly OutgoingRecord[]) => Promise<void>;
};

export type Relay = {
  readonly start: () => void;
  /** Lets what is on its way be acknowledged and written down, for so many milliseconds at the most, then gives up the lease. */
  readonly stop: (drainMs?: number) => Promise<void>;
  readonly status: () => RelayStatus;
  readonly lag: () => Promise<RelayLag>;
  /** Resolves once the broker has everything up to the position; false when the bound in milliseconds ran out. */
  readonly whenPublished: (position: Position, timeoutMs: number) => Promise<boolean>;
};

/** What no waiting mends: a person must look. */
const staysWrong = (error: unknown): boolean => error instanceof PositionWentBack || noWaitingHeals(error);

const LAG_COUNTED = 10_000;
const LAG_PAGE = 1_000;

/** One relay of a service works at a time: that it asks every few seconds is no burden to brokers that come back. */
const defaultBackOff = (attempt: number): number => Math.min(5_000, 100 * 2 ** attempt);

/** What a broker that refuses is given before it is asked again, in milliseconds: somebody makes a topic, or grants a right. */
export const REFUSED_MS = 30_000;

/**
 * Publishes the public events of one service, in the log's order. The log is the outbox: there is no second write, and the
 * checkpoint follows the broker's acknowledgement, so that a crash in between repeats records and never leaves one out
 * (design §6). Which of several relays works is settled by a lease that saves work and carries no promise: two at once
 * write records twice, in an order that consumers sort out by event id and revision.
 */
export const createRelay = (options: RelayOptions): Relay => {
  const { relay, topic, log, sources, producer, store, clock, holder } = options;
  const leaseMs = options.leaseMs ?? 10_000;
  const backOffMs = options.backOffMs ?? defaultBackOff;
  const { traceparent = () => undefined, refusedMs = REFUSED_MS } = options;
  const bySource = new Map(sources.map((source) => [source.category, source]));
  const categories = [...bySource.keys()];
  /** Anew in each term: another relay may have worked in between. */
  let previous = createPrevious(log);
  const stopping = new AbortController();
  /** Ends the drain: even what is on its way is left. */
  const leaving = new AbortController();
  const waiters = new Set<() => void>();
  let state: RelayState = 'starting';
  let position: Position | undefined;
  let published = 0;
  let running: Promise<void> = Promise.resolve();
  let ended: Promise<void> | undefined;

  const say = (notice: RelayNotice): void => options.onNotice?.(notice);
  const moveTo = (next: Position): void => {
    position = next;
    for (const wake of waiters) wake();
  };

  const sourceOf = (stream: string): PublicEventSource | undefined =>
    bySource.get(stream.slice(0, stream.indexOf('-')));

  /** Until the broker has them: its faults are waited out, since nothing may be left out. */
  const send = async (records: readonly OutgoingRecord[]): Promise<boolean> => {
    for (let attempt = 1; ; attempt += 1) {
      if (leaving.signal.aborted) return false;
      try {
        await producer.send(records);
        return true;
      } catch (error) {
        if (!(error instanceof KafkaUnavailable)) throw error;
        const waitMs = backOffMs(attempt);
        state = 'waiting';
        say({ kind: 'waiting', error, attempt, waitMs });
        if (stopping.signal.aborted) return false;
        await pause(waitMs, stopping.signal);
      }
    }
  };

  type Prepared = {
    readonly records: readonly OutgoingRecord[];
    readonly next: Position;
    readonly last: Published | undefined;
  };
  /** What goes to the broker of a batch that comes after a position. */
  const prepare = async (
    events: readonly RecordedEvent[],
    after: Position | undefined,
    next: Position,
  ): Promise<Prepared> => {
    const records: OutgoingRecord[] = [];
    let last: Published | undefined;
    for (const recorded of events) {
      if (after !== undefined && recorded.position <= after)
        throw new PositionWentBack(`${relay}: ${recorded.position} after ${after}`);
      const source = sourceOf(recorded.stream);
      const event = source?.publish(recorded);
      if (source === undefined || event === undefined) continue;
      const trace = traceparent(event);
      const before = previous.of(recorded, source);
      records.push(
        recordOf(topic, event, {
          previous: before instanceof Promise ? await before : before,
          version: source.types.get(event.type) ?? 1,
          position: recorded.position,
          ...(trace === undefined ? {} : { traceparent: trace }),
        }),
      );
      last = { stream: recorded.stream, revision: recorded.revision, eventId: recorded.eventId };
    }
    return { records, next, last };
  };
  /** @returns false when it was left unsent */
  const publish = async ({ records, next, last }: Prepared): Promise<boolean> => {
    if (records.length > 0) {
      if (!(await send(records))) return false;
      published += records.length;
      await options.onAcknowledged?.(records);
    }
    await store.advance(relay, { position: next, last });
    moveTo(next);
    return true;
  };

  /** A log that was put back, or exchanged, must not look like one that goes on. */
  const checkLog = async (checkpoint: RelayCheckpoint): Promise<void> => {
    const head = await log.head();
    if (head === undefined || head < checkpoint.position)
      throw new PositionWentBack(`${relay}: the log ends at ${head ?? 'its beginning'}, before ${checkpoint.position}`);
    const { last } = checkpoint;
    if (last === undefined) return;
    const [event] = await log.readStream(last.stream, { from: last.revision, limit: 1 });
    if (event?.eventId !== last.eventId || event.position > checkpoint.position)
      throw new PositionWentBack(`${relay}: ${last.stream}@${last.revision} is not the event that was published`);
  };

  /** Follows the log until the term ends. */
  const follow = async (term: AbortSignal): Promise<void> => {
    const checkpoint = await store.checkpoint(relay);
    position = checkpoint?.position;
    if (checkpoint !== undefined) await checkLog(checkpoint);
    previous = createPrevious(log);
    state = 'catchingUp';
    say({ kind: 'active' });
    const subscription = log.subscribe({
      ...(position === undefined ? {} : { after: position }),
      categories,
      batchSize: options.batchSize ?? 500,
      signal: term,
    });
    /** The batch on its way: the next one is read and prepared meanwhile, and sent when this one is acknowledged. */
    let underWay: Promise<boolean> = Promise.resolve(true);
    let prepared = position;
    try {
      for await (const message of subscription) {
        if (message.kind === 'events') {
          const batch = await prepare(message.events, prepared, message.next);
          prepared = message.next;
          if (!(await underWay)) return;
          underWay = publish(batch);
          // Told where it is awaited.
          underWay.catch(() => undefined);
          state = 'catchingUp';
        } else {
          if (!(await underWay)) return;
          state = 'live';
          // What the categories left out is passed as well; written down with the next event, or at the end.
          if (message.next !== undefined && (position === undefined || position < message.next)) {
            prepared = message.next;
            moveTo(message.next);
          }
        }
        if (term.aborted) return;
      }
    } finally {
      await underWay;
    }
    // Not ours to go on without: waited for like any other that does not answer.
    if (!term.aborted) throw new LogClosed();
  };

  /** One term of office: as long as the lease is kept. @returns when it ended */
  const serve = async (name: string): Promise<void> => {
    const term = new AbortController();
    const end = (): void => term.abort();
    stopping.signal.addEventListener('abort', end);
    const renewing = (async (): Promise<void> => {
      while (!term.signal.aborted) {
        await pause(leaseMs / 3, term.signal);
        if (term.signal.aborted) return;
        // A store that does not answer now is no reason to stop: the lease carries no promise.
        const kept = await store.lease(relay, name, leaseMs).catch(() => true);
        if (!kept) end();
      }
    })();
    try {
      await follow(term.signal);
    } finally {
      end();
      stopping.signal.removeEventListener('abort', end);
      await renewing;
    }
  };

  let announced = false;
  /** One try: a term of office, or a while in waiting for one. */
  const term = async (): Promise<void> => {
    if (holder === undefined) return follow(stopping.signal);
    if (await store.lease(relay, holder, leaseMs)) {
      announced = false;
      return serve(holder);
    }
    state = 'standby';
    if (!announced) say({ kind: 'standby' });
    announced = true;
    return pause(leaseMs / 3, stopping.signal);
  };

  /**
   * A store or a log that does not answer now (a database that restarts) is waited for like a broker: the next term begins at
   * the checkpoint, and consumers discard what comes again.
   */
  const run = async (): Promise<void> => {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      const before = position;
      try {
        await term();
        attempt = 0;
      } catch (error) {
        if (staysWrong(error) || stopping.signal.aborted) throw error;
        if (error instanceof KafkaRefused) {
          state = 'failed';
          say({ kind: 'refused', error, waitMs: refusedMs });
          // Another replica may have the right that this one lacks.
          if (holder !== undefined) await store.release(relay, holder).catch(() => undefined);
          await pause(refusedMs, stopping.signal);
          continue;
        }
        attempt = position === before ? attempt + 1 : 1;
        const waitMs = backOffMs(attempt);
        state = 'waiting';
        say({ kind: 'waiting', error, attempt, waitMs });
        await pause(waitMs, stopping.signal);
      }
    }
  };

  const close = async (): Promise<void> => {
    if (position !== undefined) await store.advance(relay, { position, last: undefined });
    if (holder !== undefined) await store.release(relay, holder);
  };

  const end = async (drainMs: number): Promise<void> => {
    stopping.abort();
    const left = new Promise<void>((resolve) => {
      leaving.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    const late = setTimeout(() => leaving.abort(), drainMs);
    await Promise.race([running, left]);
    clearTimeout(late);
    if (state === 'failed') return;
    state = 'stopped';
    if (!leaving.signal.aborted) await close();
  };

  return {
    start: () => {
      running = run().catch((error: unknown) => {
        state = 'failed';
        say({ kind: 'failed', error });
        if (holder !== undefined) return store.release(relay, holder).catch(() => undefined);
        return undefined;
      });
    },
    stop: (drainMs = 5_000) => (ended ??= end(drainMs)),
    status: () => ({ relay, state, position, published }),
    lag: async () => {
      let after = (await store.checkpoint(relay))?.position;
      let events = 0;
      let oldest: string | undefined;
      for (;;) {
        const slice = await log.readAll({ categories, limit: LAG_PAGE, ...(after === undefined ? {} : { after }) });
        for (const recorded of slice.events) {
          const event = sourceOf(recorded.stream)?.publish(recorded);
          if (event === undefined) continue;
          events += 1;
          oldest ??= event.recordedAt;
        }
        if (slice.atEnd || events >= LAG_COUNTED) {
          const seconds = oldest === undefined ? 0 : (Date.parse(clock.now()) - Date.parse(oldest)) / 1_000;
          return { events, more: !slice.atEnd, seconds: Math.max(0, seconds) };
        }
        after = slice.next;
      }
    },
    whenPublished: (target, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (answer: boolean): void => {
          clearTimeout(timer);
          waiters.delete(check);
          resolve(answer);
        };
        const check = (): void => {
          if (position !== undefined && position >= target) finish(true);
        };
        const timer = setTimeout(() => {
          finish(false);
        }, timeoutMs);
        waiters.add(check);
        check();
      }),
  };
};
