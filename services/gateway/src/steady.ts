/** A timer fires up to about this many milliseconds late; what is left is waited for turn by turn of the event loop. */
const TIMER_GRAIN_MS = 2;

/**
 * Resolves when a whole number of `everyMs` milliseconds has gone by since `started` (`performance.now()`). What took a
 * millisecond and what took five then look the same from outside. Nothing to wait for with 0.
 */
export const nextBeat = async (started: number, everyMs: number): Promise<void> => {
  if (everyMs <= 0) return;
  const end = started + Math.ceil((performance.now() - started) / everyMs) * everyMs;
  const coarse = end - performance.now() - TIMER_GRAIN_MS;
  if (coarse > 0)
    await new Promise<void>((resolve) => {
      setTimeout(resolve, coarse);
    });
  while (performance.now() < end)
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
};

/** Asks, and when the answer is that there is nothing, gives it on the beat only (design rule 10: existence is a secret, in time too). */
export type Steady = <T>(ask: () => Promise<T>, isNothing: (answer: T) => boolean) => Promise<T>;

export const steadyEvery =
  (everyMs: number): Steady =>
  async (ask, isNothing) => {
    const started = performance.now();
    const answer = await ask();
    if (isNothing(answer)) await nextBeat(started, everyMs);
    return answer;
  };
