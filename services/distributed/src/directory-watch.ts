import { LogClosed, type EventLog, type Position } from '@toeverlaat/event-log';
import { serviceTable } from '@toeverlaat/standalone';
import type { Logger } from '@toeverlaat/telemetry';

const categories = [
  ...new Set(
    serviceTable.find(({ name }) => name === 'directory')?.views.flatMap((view) => [...view.categories]) ?? [],
  ),
];

export type DirectoryWatch = {
  /** Resolves once everything up to a position was looked at; false when the bound in milliseconds ran out. */
  readonly whenSeen: (position: Position, timeoutMs: number) => Promise<boolean>;
  readonly stop: () => Promise<void>;
};

/**
 * Tells when the directory changed, whichever process changed it, so that what is remembered of authority ends with the next
 * change. It only makes authority fresher than it must be: when the log is silent, what is remembered ends by its age, two
 * seconds, and a directory that does not answer refuses (design rule 11).
 */
export const watchDirectoryOf = async (log: EventLog, changed: () => void, logger: Logger): Promise<DirectoryWatch> => {
  const stopping = new AbortController();
  const waiters = new Set<() => void>();
  let position = await log.head();
  const moveTo = (next: Position | undefined): void => {
    if (next === undefined) return;
    position = next;
    for (const wake of waiters) wake();
  };
  const follow = async (): Promise<void> => {
    const after = position;
    for await (const message of log.subscribe({
      ...(after === undefined ? {} : { after }),
      categories,
      signal: stopping.signal,
    })) {
      if (message.kind === 'events' && message.events.length > 0) changed();
      moveTo(message.next);
    }
    if (!stopping.signal.aborted) throw new LogClosed();
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        // Nothing was missed that matters: what is remembered grows old by itself.
        logger.warn('the directory is not watched for a moment', { error });
        changed();
        await new Promise((resolve) => {
          setTimeout(resolve, 1_000).unref();
        });
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
