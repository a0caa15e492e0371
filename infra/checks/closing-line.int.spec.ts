import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './workspace.js';

/** Test files as they go wrong; in a folder below the root, so that they find Vitest. */
const FILES = {
  'passes.spec.mjs': "import { expect, it } from 'vitest'; it('a', () => { expect(1).toBe(1); }); it('b', () => {});",
  'fails.spec.mjs': "import { expect, it } from 'vitest'; it('a', () => { expect(1).toBe(2); }); it('b', () => {});",
  'skips.spec.mjs': [
    "import { describe, it } from 'vitest';",
    "it.skip('a', () => {});",
    "it.todo('b');",
    "it('c', (context) => { context.skip('the moon is not full'); });",
    "describe.skip('d [needs kafka: set X]', () => { it('e', () => {}); it('f', () => {}); });",
    "it('g', () => {});",
  ].join('\n'),
  'does-not-load.spec.mjs': "import './nowhere.mjs';",
  'hook-breaks.spec.mjs': [
    "import { beforeAll, describe, it } from 'vitest';",
    "describe('x', () => {",
    "  beforeAll(() => { throw new Error('broken hook'); });",
    "  it('a', () => {});",
    "  it('b', () => {});",
    '});',
  ].join('\n'),
  'rejects-late.spec.mjs':
    "import { it } from 'vitest'; it('a', async () => { Promise.reject(new Error('late')); await new Promise(setImmediate); });",
} as const;
type File = keyof typeof FILES;

describe('the closing line of a test run', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(ROOT, 'node_modules/.closing-line-'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    writeFileSync(
      join(folder, 'vitest.config.mjs'),
      "export default { test: { include: ['*.spec.mjs'], exclude: [], reporters: ['default', '../../infra/node/closing-line.mjs'] } };",
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...files: readonly File[]) => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, ...files],
      { encoding: 'utf8', env: { ...process.env, CI: '1', NO_COLOR: '1', VITEST: undefined } },
    );
    return { lines: stdout.trimEnd().split('\n'), green: status === 0 };
  };

  it('counts what passes and what is skipped, says why, and is green', () => {
    const { lines, green } = run('passes.spec.mjs', 'skips.spec.mjs');
    expect(lines.at(-1)).toBe('3 passed, 0 failed, 5 skipped');
    expect(green).toBe(true);
    expect(lines.filter((line) => line.startsWith('SKIPPED: '))).toEqual([
      'SKIPPED: 2 in skips.spec.mjs: skipped in the test itself',
      'SKIPPED: 1 in skips.spec.mjs: the moon is not full',
      'SKIPPED: 2 in skips.spec.mjs: kafka: set X',
    ]);
  });

  it('counts as failed what breaks outside a test, and what that kept from running', () => {
    const { lines, green } = run('hook-breaks.spec.mjs', 'does-not-load.spec.mjs', 'rejects-late.spec.mjs');
    // The hook and its two tests; the file; the error that no test waited for.
    expect(lines.at(-1)).toBe('1 passed, 5 failed, 0 skipped');
    expect(green).toBe(false);
  });

  it('counts all of them together', () => {
    const { lines, green } = run();
    expect(lines.at(-1)).toBe('5 passed, 6 failed, 5 skipped');
    expect(green).toBe(false);
  });
});
