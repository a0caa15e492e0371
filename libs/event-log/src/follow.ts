import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AllSlice, Position, ReadAllOptions, SubscribeOptions, SubscriptionMessage } from './port.js';

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
};

export const createBell = (): Bell => {
  let count = 0;
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
  };
};

const DEFAULT_BATCH = 500;

/**
 * A subscription over any log that can be read after a position: catch-up in batches, then live at each ring. Says
 * `caughtUp` after every stretch it delivered, also when a filter left nothing of it, so that a reader's position
 * never lags behind the log. Gives the event loop a turn after every batch.
 */
export async function* follow(
  readAll: (options: ReadAllOptions) => Promise<AllSlice>,
  bell: Bell,
  options: SubscribeOptions,
): AsyncGenerator<SubscriptionMessage, void, undefined> {
  const { signal, categories, batchSize: limit = DEFAULT_BATCH } = options;
  let after: Position | undefined = options.after;
  let announced = false;
  while (!signal.aborted) {
    const seen = bell.rings();
    const slice = await readAll({
      limit,
      ...(after === undefined ? {} : { after }),
      ...(categories === undefined ? {} : { categories }),
    });
    if (signal.aborted) return;
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
