import { copyLog, openSqliteEventLog } from '@toeverlaat/event-log';

import { createTestWorld } from '@toeverlaat/testing';
import { organisationId } from '@toeverlaat/values';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processViews } from './process-views.js';

describe('the view files of one process', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-process-views-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are built, compared with the log and published to where cold replicas look, of its own service alone', async () => {
    const log = openSqliteEventLog({ file: join(folder, 'events.sqlite') });
    const world = createTestWorld('2026-11-20T09:00:00.000Z');
    const { recorder } = world.runtimeOf('case');
    // Two organisations with the same ids.
    for (const name of ['gentia', 'zorgnet'])
      await recorder.denied({
        purpose: 'audit',
        requestId: '0d1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c04',
        caller: { role: 'auditor', organisation: organisationId(name), pseudonym: 'p1', capacityId: 'a', sites: 'all' },
        recordClass: 'case',
        record: 'a1',
        query: 'case.open',
      });
    await recorder.flush();
    expect((await copyLog({ from: world.log, to: log })).ok).toBe(true);
    const [data, publishedViews] = [join(folder, 'records-1'), join(folder, 'published')];
    const lines: string[] = [];
    const options = { log, data, publishedViews, print: (line: string) => lines.push(line) };
    try {
      expect(await processViews(['status'], options)).toBe(2);
      mkdirSync(join(data, 'views', 'records'), { recursive: true });
      expect(await processViews(['rebuild'], options)).toBe(0);
      lines.length = 0;
      expect(await processViews(['check'], options)).toBe(0);
      expect(lines.filter((line) => line.includes(' same at ')).length).toBeGreaterThan(0);
      expect(lines.filter((line) => !line.startsWith('records/'))).toEqual([]);
      expect(await processViews(['publish'], { ...options, publishedViews: undefined })).toBe(2);
      expect(existsSync(publishedViews)).toBe(false);
      expect(await processViews(['publish'], options)).toBe(0);
      expect(readdirSync(publishedViews)).toEqual(['records']);
      const published = readdirSync(join(publishedViews, 'records'));
      expect(published.filter((name) => /^access_index\.v\d+\.json$/.test(name))).toHaveLength(1);
    } finally {
      await log.close();
      world.dispose();
    }
  });
});
