import { describeWith } from '@toeverlaat/testing/needs';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFolder } from './check.js';
import { makeFixture, writeFixture, writeRecords } from './export.fixture.js';

/*
 * An implementation of others over the same export: golang.org/x/mod/sumdb, vendored beside the library's golden values.
 * Where Go is, it runs; what it found when it last ran is committed and compared with everywhere.
 */
const PROGRAM = join(import.meta.dirname, '../../libs/merkle/fixtures/x-mod-tlog');
const GOLDEN = join(import.meta.dirname, '../fixtures/x-mod-tlog.json');
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cross-'));
  await writeFixture(folder, await makeFixture());
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what the other implementation printed, and whether all held */
const other = async (go: string): Promise<{ readonly text: string; readonly sound: boolean }> => {
  const env = { ...process.env, GOFLAGS: '-mod=vendor', GOTOOLCHAIN: 'local' };
  try {
    const { stdout } = await run(go, ['run', '.', 'check', folder], { cwd: PROGRAM, env, timeout: 120_000 });
    return { text: stdout, sound: true };
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && error.stdout !== '')
      return { text: error.stdout, sound: false };
    throw error;
  }
};

describe('what another implementation found in the same export', () => {
  it('is what stands in its checkpoints and what this one recomputes', async () => {
    const golden = JSON.parse(readFileSync(GOLDEN, 'utf8')) as {
      readonly leaves: number;
      readonly checkpoints: readonly { readonly size: number; readonly root: string; readonly holds: boolean }[];
    };
    const { records, checkpoints } = await makeFixture();
    expect(golden.leaves).toBe(records.length);
    expect(golden.checkpoints).toEqual(
      checkpoints.map(({ size, root }) => ({ size, root, signed: true, holds: true })),
    );
    expect(await verifyFolder(folder)).toMatchObject({ ok: true, facts: { root: golden.checkpoints.at(-1)?.root } });
  });
});

describeWith('go', 'golang.org/x/mod/sumdb', (go) => {
  it('finds the same', { timeout: 180_000 }, async () => {
    const { text, sound } = await other(go);
    expect(sound).toBe(true);
    if (process.env['UPDATE'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  });

  it('refuses what this one refuses', { timeout: 180_000 }, async () => {
    const { records } = await makeFixture({ lie: (record, at) => (at === 30 ? { ...record, data: '{}' } : record) });
    writeRecords(folder, records);
    expect((await other(go)).sound).toBe(false);
    expect(await verifyFolder(folder)).toMatchObject({ ok: false, finding: { record: { index: 30 } } });
  });
});
