import type { Clock } from '@toeverlaat/values';

const SECOND_MS = 1_000;

/**
 * How long what waits has been waiting, as this process saw it: told who waits now, answers the longest time in seconds, 0 when
 * nobody does. What is started again begins to count anew.
 */
export const createWaiting = (clock: Clock): ((waiting: readonly string[]) => number) => {
  const since = new Map<string, number>();
  return (waiting) => {
    const now = Date.parse(clock.now());
    const left = new Set(waiting);
    for (const one of since.keys()) if (!left.has(one)) since.delete(one);
    for (const one of left) if (!since.has(one)) since.set(one, now);
    // In the order in which they came.
    const [longest = now] = since.values();
    return Math.max(0, (now - longest) / SECOND_MS);
  };
};
