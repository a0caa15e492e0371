import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileClock, setFileClock } from './clock.js';

const folder = mkdtempSync(join(tmpdir(), 'clock-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a clock in a file', () => {
  it('shows the present until it is set, to everybody who reads the file, and the present again', () => {
    const file = join(folder, 'clock');
    const present = { now: () => '2026-11-25T10:00:00.000Z' };
    const [one, other] = [fileClock(file, present), fileClock(file, present)];
    expect(one.now()).toBe(present.now());
    setFileClock(file, '2026-03-02T09:00:00.000Z');
    expect([one.now(), other.now()]).toEqual(['2026-03-02T09:00:00.000Z', '2026-03-02T09:00:00.000Z']);
    setFileClock(file, undefined);
    expect(other.now()).toBe(present.now());
  });

  it('never guesses', () => {
    const file = join(folder, 'other');
    writeFileSync(file, 'soon');
    expect(() => fileClock(file).now()).toThrow(/holds no instant/u);
  });
});
