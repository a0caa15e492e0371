import type { ServiceHandle } from '@toeverlaat/service-kit';
import type { Logger } from '@toeverlaat/telemetry';
import type { Undo } from './undo.js';

/** How often dates are looked at, in milliseconds. */
export const TIMERS_MS = 60_000;

/**
 * Looks at dates in services, now and then and when asked: one look at a time; whoever asks meanwhile gets a look of its own
 * after it. Any replica may look: what a date demands is one command, however many send it (design rule 8).
 * @param everyMs 0: only when asked
 */
export const createTimers = (
  handles: readonly (Pick<ServiceHandle, 'runTimers'> & { readonly name: string })[],
  everyMs: number,
  logger: Logger,
  undo: Undo,
): (() => Promise<void>) => {
  let looking: Promise<void> | undefined;
  const lookOnce = async (): Promise<void> => {
    for (const { name, runTimers } of handles) {
      try {
        await runTimers();
      } catch (error) {
        logger.error('dates were not looked at', { service: name, error });
      }
    }
  };
  const look = (): Promise<void> => {
    const mine = (looking ?? Promise.resolve()).then(lookOnce);
    looking = mine;
    return mine;
  };
  if (everyMs > 0) {
    const timer = setInterval(() => void look(), everyMs);
    timer.unref();
    undo.add('timers', async () => {
      clearInterval(timer);
      await looking;
    });
  }
  return look;
};
