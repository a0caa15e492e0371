import { createMemoryEventLog } from '@toeverlaat/event-log';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendSample, deskView, gentia, sampleStep, zorgnet } from './fixtures/sample.js';
import { openViews, type Views } from './views.js';

/** Longer than any test waits: what is seen here was not waited for. */
const FOR_EVER = 3_600_000;

describe('views that linger', () => {
  let folder: string;
  let views: Views;
  const log = createMemoryEventLog();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'views-linger-'));
    views = openViews({ folder, service: 'sample', log, views: [deskView], lingerMs: FOR_EVER });
    await views.start();
  });
  afterEach(async () => {
    await views.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are where somebody waits for them to be, at once, as often as somebody does', async () => {
    for (let step = 0; step < 3; step += 1) {
      await appendSample(log, zorgnet, 'f1', step, sampleStep(step));
      const position = await appendSample(log, gentia, 'f1', step, sampleStep(step));
      expect(await views.whenProcessed(position, 5_000)).toBe('processed');
    }
    const followed = (await views.hashes()).get('desk');
    expect((await views.rebuild('desk')).hash).toBe(followed);
  });

  it('stop without waiting, and go on from there at the next start', async () => {
    const position = await appendSample(log, gentia, 'f2', 0, sampleStep(0));
    await views.stop();
    views = openViews({ folder, service: 'sample', log, views: [deskView], lingerMs: FOR_EVER });
    await views.start();
    expect(await views.whenProcessed(position, 5_000)).toBe('processed');
  });
});
