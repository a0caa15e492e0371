import { describe, expect, it } from 'vitest';
import { steadyEvery } from './steady.js';

const EVERY_MS = 40;
const LONG_MS = 60_000;
const nothing = (answer: string): boolean => answer === 'nothing';
/** Keeps the thread, as opening a record does. */
const busyFor = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};
const timed = async (ms: number, answer: string, everyMs = EVERY_MS): Promise<number> => {
  const started = performance.now();
  const given = await steadyEvery(everyMs)(() => {
    busyFor(ms);
    return Promise.resolve(answer);
  }, nothing);
  expect(given).toBe(answer);
  return performance.now() - started;
};

describe('an answer that there is nothing', () => {
  it('comes on the beat, however much work was behind it', async () => {
    for (const work of [0, 3, 17]) {
      const taken = await timed(work, 'nothing');
      expect(taken).toBeGreaterThanOrEqual(EVERY_MS);
    }
  });

  it('that took longer than a beat comes on a later one', async () => {
    expect(await timed(EVERY_MS + 5, 'nothing')).toBeGreaterThanOrEqual(2 * EVERY_MS);
  });

  it('waits for no beat when there is none', async () => {
    expect(await timed(0, 'nothing', 0)).toBeLessThan(LONG_MS);
  });
});

describe('any other answer', () => {
  it('waits for nothing', async () => {
    expect(await timed(0, 'something', LONG_MS)).toBeLessThan(LONG_MS);
  });

  it('nor does a failure', async () => {
    await expect(steadyEvery(LONG_MS)(() => Promise.reject(new Error('no')), nothing)).rejects.toThrow('no');
  });
});
