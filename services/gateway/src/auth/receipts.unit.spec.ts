import { describe, expect, it } from 'vitest';
import { createReceiptGate } from './receipts.js';

const id = (n: number): string => `lookup-id-number-${n}`;
const AUTH = 'a'.repeat(32);

const setUp = (attempts = { perPrefix: { burst: 3, perMinute: 1 }, all: { burst: 20, perMinute: 60 } }) => {
  let now = 0;
  const waits: number[] = [];
  let asked = 0;
  const gate = createReceiptGate({
    receiptAnswerMs: 400,
    receiptAttempts: attempts,
    now: () => now,
    wait: (ms) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
  });
  const tryWith = (lookupId: string, right = false, costMs = 5): Promise<string> =>
    gate
      .pass(`${lookupId}.${AUTH}`, () => {
        asked += 1;
        now += costMs;
        return Promise.resolve(right ? 'in' : undefined);
      })
      .catch((error: unknown) => String((error as { code?: unknown }).code));
  return { gate, tryWith, waits, asked: () => asked, pass: (ms: number) => void (now += ms) };
};

describe('the receipt gate', () => {
  it('answers wrong, malformed and held back alike, and equally late', async () => {
    const { gate, tryWith, waits } = setUp();
    const answers = [
      await tryWith(id(1), false, 5),
      await tryWith(id(1), false, 120),
      await gate
        .pass('nonsense', () => Promise.resolve('in'))
        .catch((error: unknown) => String((error as { code: string }).code)),
      await tryWith(id(1)),
      await tryWith(id(1)),
    ];
    expect(new Set(answers)).toEqual(new Set(['RECEIPT_NOT_ACCEPTED']));
    expect(waits).toEqual([395, 280, 400, 395, 400]);
  });

  it('stops asking for a look-up id after too many wrong receipts, and lets it try again later', async () => {
    const { tryWith, asked, pass } = setUp();
    for (let n = 0; n < 6; n += 1) await tryWith(id(1));
    expect(asked()).toBe(3);
    expect(await tryWith(id(2), true)).toBe('in');
    pass(60_000);
    expect(await tryWith(id(1), true)).toBe('in');
  });

  it('never counts a receipt that is right', async () => {
    const { tryWith, asked } = setUp();
    for (let n = 0; n < 50; n += 1) expect(await tryWith(id(1), true)).toBe('in');
    expect(asked()).toBe(50);
  });

  it('bounds guessing over many look-up ids together', async () => {
    const { tryWith, asked } = setUp();
    for (let n = 0; n < 200; n += 1) await tryWith(id(n), false, 0);
    // 20 at once, then one a second: 200 answers of 400 ms are 80 s.
    expect(asked()).toBeLessThanOrEqual(20 + 81);
  });

  it('passes on that a service is out of reach without counting it', async () => {
    const { gate, tryWith, asked } = setUp();
    for (let n = 0; n < 10; n += 1)
      await expect(gate.pass(`${id(1)}.${AUTH}`, () => Promise.reject(new Error('down')))).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
      });
    expect(await tryWith(id(1), true)).toBe('in');
    expect(asked()).toBe(1);
  });
});
