import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/* A disk that is really full; faults that are injected, and so run everywhere, are in `evidence.int.spec.ts`. */

/** A mount that nobody else sees and that ends with the process: as root, or in a user namespace where that is allowed. */
const ways = [
  ['unshare', '--mount'],
  ['unshare', '--mount', '--map-root-user'],
] as const;
const way = ways.find(
  ([command, ...options]) =>
    spawnSync(command, [...options, 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tmpdir()]).status === 0,
);
const name = 'a disk that fills while the evidence integrates';
const suite = way === undefined ? describe.skip : describe;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

suite(way === undefined ? `${name} [needs a mount namespace: run as root, or allow user namespaces]` : name, () => {
  it.each(['trees', 'all of it'])(
    'holds %s: nothing is signed, the fault is named, and with room again it goes on to the same tree',
    async (part) => {
      const [command, ...options] = way ?? ways[0];
      const evidence = join(folder, 'evidence');
      const mount = part === 'trees' ? join(evidence, 'trees') : evidence;
      mkdirSync(mount, { recursive: true });
      const script = new URL('../../dist/evidence/full-disk.fixture.js', import.meta.url).pathname;
      const inside = 'mount -t tmpfs -o size=1m tmpfs "$2" && exec "$0" "$3" "$1" "$2"';
      const { stdout } = await promisify(execFile)(command, [
        ...options,
        'sh',
        '-c',
        inside,
        process.execPath,
        evidence,
        mount,
        script,
      ]);
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
        before: { signed: 1, faults: [] },
        full: { signed: 1, faults: ['disk_full'] },
        after: { signed: 2, faults: [] },
        sound: [true, true],
        leftBehind: [],
      });
    },
    180_000,
  );
});
