import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { crashTest } from './crash.js';

/** A tenth of `npm run crash -- --kills 200`, with another seed than its default. */
it('loses nothing acknowledged and repeats no effect over 20 kills under load', { timeout: 300_000 }, async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'crash-'));
  try {
    const report = await crashTest({ dataFolder, kills: 20, seed: 7, longestMs: 300 });
    expect(report.faults).toEqual([]);
    expect(report.kills).toBe(20);
    expect(report.acknowledged).toBeGreaterThan(20);
    expect(report.checkpoints).toBeGreaterThan(10);
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
