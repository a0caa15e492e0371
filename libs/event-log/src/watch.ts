import { pause } from '@toeverlaat/values';
import { LogClosed } from './follow.js';
import type { EventLog, Position, RecordedEvent } from './port.js';

/** Somebody who is told what comes into a log, and can be waited for. */
export type LogWatch = {
  /** Resolves once everything up to a position was told; false when the bound in milliseconds ran out. */
  readonly whenSeen: (position: Position, timeoutMs: number) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

export type LogWatchOptions = {
  readonly categories: readonly string[];
  /** Told in their order; what it throws is told to `onInterrupted`, and the same events are told again. */
  readonly onEvents: (events: readonly RecordedEvent[]) => void;
  /** Called when the watch stopped for a reason of its own; it goes on from where it was after a moment. */
  readonly onInterrupted: (error: unknown) => void;
};

/** Milliseconds before a watch that was interrupted goes on. */
const AGAIN_MS = 1_000;

/**
 * Tells what is appended from now on, whichever process appends it: what a process remembers can end by it at once. Whoever
 * remembers anything before this resolves may miss its end.
 */
export const watchLog = async (
  log: Pick<EventLog, 'head' | 'subscribe'>,
  { categories, onEvents, onInterrupted }: LogWatchOptions,
): Promise<LogWatch> => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const waiters = new Set<() => void>();
  let position = await log.head();
  const moveTo = (next: Position | undefined): void => {
    if (next === undefined) return;
    position = next;
    for (const wake of waiters) wake();
  };
  const follow = async (): Promise<void> => {
    const after = position;
    for await (const message of log.subscribe({ ...(after === undefined ? {} : { after }), categories, signal })) {
      if (message.kind === 'events' && message.events.length > 0) onEvents(message.events);
      moveTo(message.next);
    }
    if (!signal.aborted) throw new LogClosed();
  };
  const running = (async () => {
    while (!signal.aborted) {
      try {
        await follow();
      } catch (error) {
        onInterrupted(error);
        await pause(AGAIN_MS, signal);
      }
    }
  })();
  return {
    whenSeen: (target, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (seen: boolean): void => {
          clearTimeout(timer);
          waiters.delete(check);
          resolve(seen);
        };
        const check = (): void => {
          if (position !== undefined && position >= target) finish(true);
        };
        const timer = setTimeout(finish, timeoutMs, false);
        waiters.add(check);
        check();
      }),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
