import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildIfChanged } from '../node/build.mjs';

describe('building before a start', () => {
  let root: string;
  let folder: string;
  let builds: number;
  const write = (file: string, content = 'x'): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-'));
    folder = join(root, 'services/one');
    builds = 0;
    for (const file of ['package-lock.json', 'libs/a/src/a.ts', 'libs/a/src/deep/b.ts', 'services/one/src/main.ts'])
      write(file);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const build = (code = 0, during: () => void = () => undefined): number =>
    buildIfChanged(root, folder, () => {
      builds += 1;
      during();
      return code;
    });

  it('is done once and then not again', () => {
    expect([build(), build(), build()]).toEqual([0, 0, 0]);
    expect(builds).toBe(1);
  });

  it.each([
    ['a source was changed', () => write('libs/a/src/a.ts', 'longer')],
    ['a source was touched', () => utimesSync(join(root, 'libs/a/src/a.ts'), 1, 1)],
    ['a source came', () => write('libs/a/src/deep/c.ts')],
    ['a source went', () => rmSync(join(root, 'libs/a/src/deep/b.ts'))],
    ['a package came', () => write('libs/b/src/a.ts')],
    ['dependencies changed', () => write('package-lock.json', 'longer')],
    ['another build wrote output', () => write('services/one/dist/.tsbuildinfo')],
  ])('is done again when %s', (_what, change) => {
    build();
    change();
    expect(build()).toBe(0);
    expect(builds).toBe(2);
  });

  it('is done again after it failed, whatever stood before', () => {
    build();
    write('libs/a/src/a.ts', 'wrong');
    expect(build(2)).toBe(2);
    expect(build(2)).toBe(2);
    expect(build()).toBe(0);
    build();
    expect(builds).toBe(4);
  });

  it('asks the compiler again when files moved while it ran, and remembers nothing that did not stand still', () => {
    let n = 0;
    const moving = (): void => {
      n += 1;
      write('libs/a/src/a.ts', 'x'.repeat(n));
    };
    expect(build(0, moving)).toBe(0);
    expect(builds).toBe(2);
    expect(build(0, moving)).toBe(0);
    expect(builds).toBe(4);
    build();
    build();
    expect(builds).toBe(5);
  });
});
