import { pause } from '@toeverlaat/values';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  LogUnreachable,
  type AllSlice,
  type Position,
  type ReadAllOptions,
  type SubscribeOptions,
  type SubscriptionMessage,
} from './port.js';

/** The log was closed under a reader or a subscription. */
export class LogClosed extends Error {
  override readonly name = 'LogClosed';
  constructor() {
    super('the event log is closed');
  }
}

/** Wakes whoever waits for something new in the log. */
export type Bell = {
  /** Grows with each ring: read it before looking at the log, so that no ring in between is missed. */
  readonly rings: () => number;
  readonly ring: () => void;
  /** Resolves when it has rung since `seen`, or on abort. */
  readonly heard: (seen: number, signal: AbortSignal) => Promise<void>;
  /** The log was closed: wakes everybody for good. */
  readonly close: () => void;
  /** Aborted once the log was closed. */
  readonly closed: AbortSignal;
};

export const createBell = (): Bell => {
  let count = 0;
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  return {
    rings: () => count,
    ring: () => {
      count += 1;
      for (const wake of waiting) wake();
    },
    heard: (seen, signal) =>
      count !== seen || signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => {
            const wake = () => {
              waiting.delete(wake);
              signal.removeEventListener('abort', wake);
              resolve();
            };
            waiting.add(wake);
            signal.addEventListener('abort', wake);
          }),
    close: () => closing.abort(),
    closed: closing.signal,
  };
};

const DEFAULT_BATCH = 500;
const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5_000;

/** Reads, again and again while the log does not answer; undefined when it is to end, or the log was closed meanwhile. */
const readPatiently = async (
  read: () => Promise<AllSlice>,
  signal: AbortSignal,
  onState: SubscribeOptions['onState'],
): Promise<AllSlice | undefined> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const slice = await read();
      if (attempt > 1) onState?.({ kind: 'following' });
      return slice;
    } catch (error) {
      // What a log that is being closed says of a read under way is the closing, whatever words it has for it.
      if (signal.aborted || error instanceof LogClosed) return undefined;
      if (!(error instanceof LogUnreachable)) throw error;
      const delayMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10));
      onState?.({ kind: 'retrying', attempt, delayMs, detail: error.detail });
      await pause(delayMs, signal);
      if (signal.aborted) return undefined;
    }
  }
};

/**
 * A subscription over any log that can be read after a position: catch-up in batches, then live at each ring. Says
 * `caughtUp` after every stretch it delivered, also when a filter left nothing of it, so that a reader's position
 * never lags behind the log. Gives the event loop a turn after every batch. Goes on by itself from its position when the
 * log did not answer for a while. Closing the log ends it like an abort, and `onState` is told which it was: an error would
 * reach, as a rejection that nobody handles, whoever looks at the iteration only later.
 */
export async function* follow(
  readAll: (options: ReadAllOptions) => Promise<AllSlice>,
  bell: Bell,
  options: SubscribeOptions,
): AsyncGenerator<SubscriptionMessage, void, undefined> {
  const signal = AbortSignal.any([options.signal, bell.closed]);
  yield* deliver(readAll, bell, { ...options, signal });
  if (bell.closed.aborted && !options.signal.aborted) options.onState?.({ kind: 'closed' });
}

async function* deliver(
  readAll: (options: ReadAllOptions) => Promise<AllSlice>,
  bell: Bell,
  { signal, categories, after: start, batchSize: limit = DEFAULT_BATCH, onState }: SubscribeOptions,
): AsyncGenerator<SubscriptionMessage, void, undefined> {
  let after: Position | undefined = start;
  let announced = false;
  while (!signal.aborted) {
    const seen = bell.rings();
    const from = after;
    const slice = await readPatiently(
      () =>
        readAll({
          limit,
          ...(from === undefined ? {} : { after: from }),
          ...(categories === undefined ? {} : { categories }),
        }),
      signal,
      onState,
    );
    if (slice === undefined || signal.aborted) return;
    const moved = slice.next !== after;
    after = slice.next;
    if (slice.events.length > 0 && after !== undefined) {
      yield { kind: 'events', events: slice.events, next: after };
      if (signal.aborted) return;
    }
    if (!slice.atEnd) {
      await nextTurn();
      continue;
    }
    if (moved || !announced) {
      announced = true;
      yield { kind: 'caughtUp', next: after };
    }
    await bell.heard(seen, signal);
  }
}
