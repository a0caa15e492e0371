import { createMemoryEventLog } from '@toeverlaat/event-log';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { viewsCommand } from './command.js';
import { appendSample, countsView, deskView, fillSample, gentia, sampleStep } from './fixtures/sample.js';
import { openViews } from './views.js';

describe('the views command', () => {
  let folder: string;
  let lines: string[];
  const log = createMemoryEventLog();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'views-command-'));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    viewsCommand(args, {
      folder,
      services: [{ service: 'sample', log, views: [deskView, countsView] }],
      print: (line) => lines.push(line),
    });

  it('rebuilds, tells the hashes, checks, and finds a row that was changed by hand', async () => {
    await fillSample(log, 3, 4);
    expect(await run('rebuild')).toBe(0);
    const hash = /desk v1 +([0-9a-f]{64})/.exec(lines.join('\n'))?.[1];
    expect(hash).toBeDefined();
    expect(await run('hashes')).toBe(0);
    expect(lines.at(-2)).toContain(hash);
    expect(lines.at(-1)).toMatch(/counts v1 +no file/);

    // The log goes on; the file is compared at its own position.
    await appendSample(log, gentia, 'f50', 0, sampleStep(0));
    expect(await run('check')).toBe(0);
    expect(lines.join('\n')).toMatch(/desk v1 +same at/);

    const db = new DatabaseSync(join(folder, 'sample', 'desk.v1.sqlite'));
    db.exec("UPDATE files SET handler = 'someone' WHERE file = 'f1' AND organisation = 'zorgnet'");
    db.close();
    expect(await run('check', 'sample/desk')).toBe(1);
    expect(lines.at(-1)).toContain('DIFFERS');
    expect(await run('rebuild', 'sample/desk')).toBe(0);
    expect(await run('check', 'sample/desk')).toBe(0);
    expect(await run('status')).toBe(0);
    expect(lines.at(-1)).toContain('live, in memory');
  });

  it('rebuilds beside a process that follows, and publishes', async () => {
    await fillSample(log, 1, 1);
    const views = openViews({ folder, service: 'sample', log, views: [deskView] });
    await views.start();
    expect(await run('rebuild', 'sample/desk')).toBe(0);
    const position = await appendSample(log, gentia, 'f60', 0, sampleStep(0));
    expect(await views.whenProcessed(position, 5_000)).toBe('processed');
    expect(await run('publish', 'sample/desk', join(folder, 'out'))).toBe(0);
    expect(lines.at(-1)).toContain((await views.hashes()).get('desk'));
    await views.stop();
    expect(await run('check')).toBe(0);
  });

  it('says what it takes', async () => {
    expect(await run()).toBe(2);
    expect(await run('publish', 'sample')).toBe(2);
    expect(await run('rebuild', 'sample/nothing')).toBe(2);
    expect(lines.at(-1)).toBe('no view sample/nothing; there are: sample/{desk,counts}');
  });
});
