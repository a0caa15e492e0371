// Builds a package and what it refers to, unless nothing has changed since this very build was done: asking the compiler takes
// longer than looking at every source file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const HOLDERS = ['libs', 'services'];

const entriesOf = (folder) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

/** Name, size and time of every file that a build depends on or leaves as its mark. */
const stampOf = (root, folder) => {
  const hash = createHash('sha256').update(process.version);
  const add = (file) => {
    const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: -1 };
    hash.update(`${relative(root, file)}\n${size} ${mtimeMs}\n`);
  };
  const walk = (at) => {
    for (const entry of entriesOf(at).toSorted((a, b) => (a.name < b.name ? -1 : 1)))
      if (entry.isDirectory()) walk(join(at, entry.name));
      else add(join(at, entry.name));
  };
  for (const file of ['package-lock.json', 'tsconfig.base.json']) add(join(root, file));
  const packages = HOLDERS.flatMap((holder) =>
    entriesOf(join(root, holder))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, holder, name)),
  );
  for (const one of [...new Set([...packages, folder])].toSorted()) {
    for (const file of ['package.json', 'tsconfig.json', 'dist/.tsbuildinfo']) add(join(one, file));
    walk(join(one, 'src'));
  }
  return hash.digest('hex');
};

const compile = (root, folder) => () =>
  spawnSync('tsc', ['-b', folder], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  }).status ?? 1;

/**
 * @param root of the workspace
 * @param folder of the package
 * @returns the compiler's exit code; 0 without asking it when every file stands as the last good build left it
 */
export const buildIfChanged = (root, folder, build = compile(root, folder)) => {
  const cache = join(root, 'node_modules', '.cache', 'build');
  const mark = join(cache, relative(root, folder).replaceAll(/[\\/]/g, '-'));
  try {
    if (readFileSync(mark, 'utf8') === stampOf(root, folder)) return 0;
  } catch {
    // No build was done yet.
  }
  // What changes while the compiler runs is in none of its output: only a stamp that stood still is kept.
  const withoutMarks = stampOf(root, folder);
  const first = build();
  if (first !== 0) {
    rmSync(mark, { force: true });
    return first;
  }
  mkdirSync(cache, { recursive: true });
  const after = stampOf(root, folder);
  if (after === withoutMarks) writeFileSync(mark, after);
  else {
    // It wrote new output. A second look finds nothing to do, or builds what came meanwhile.
    const second = build();
    if (second !== 0) return second;
    if (stampOf(root, folder) === after) writeFileSync(mark, after);
  }
  return 0;
};
