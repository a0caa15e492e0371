import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileTileReader, openFileTileStore } from './file-tile-store.js';
import { rootOfLeaves } from './frontier.js';
import { nodeHasher } from './node-hasher.js';
import { TileConflict, tilePath, tilesOf } from './tiles.js';
import { emptyTree, headOf, integrate, openTree, proveConsistency, proveInclusion, rootAt } from './tree.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const leavesOf = (size: number, name: string): readonly Uint8Array[] =>
  Array.from({ length: size }, (_, i) => createHash('sha256').update(`\0${name} ${i}`).digest());

let base = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'tiles-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();

describe('tiles in files', () => {
  it('hold the trees of two organisations with the same indexes apart', async () => {
    for (const name of ['gentia', 'zorgnet']) {
      const leaves = leavesOf(1000, name);
      const store = await openFileTileStore(join(base, name));
      const tree = await integrate(store, nodeHasher, emptyTree, leaves);
      expect(hex(headOf(nodeHasher, tree).root)).toBe(hex(rootOfLeaves(nodeHasher, leaves)));
    }
    const gentia = createFileTileReader(join(base, 'gentia'));
    const zorgnet = createFileTileReader(join(base, 'zorgnet'));
    const head = { size: 1000, root: await rootAt(gentia, nodeHasher, 1000) };
    expect(hex((await proveInclusion(gentia, nodeHasher, 7, head)).leaf)).toBe(
      hex(leavesOf(8, 'gentia')[7] ?? head.root),
    );
    await expect(proveInclusion(zorgnet, nodeHasher, 7, head)).rejects.toMatchObject({ code: 'root_differs' });
  });

  it('are a folder as the specification has it, whatever the batches were', async () => {
    const leaves = leavesOf(66_000, 'gentia');
    const store = await openFileTileStore(base);
    let tree = emptyTree;
    for (const to of [1, 200, 255, 256, 300, 65_535, 65_536, 66_000])
      tree = await integrate(store, nodeHasher, tree, leaves.slice(tree.size, to));
    const wanted = [...tilesOf(66_000)].map(tilePath).toSorted();
    // Partial tiles stay until their full one is there: level 2 saw one width, level 1 two.
    expect(await filesIn(base)).toEqual(wanted);
    const reader = createFileTileReader(base);
    const head = headOf(nodeHasher, tree);
    for (const index of [0, 199, 200, 256, 65_535, 65_536, 65_999])
      expect(hex((await proveInclusion(reader, nodeHasher, index, head)).leaf)).toBe(hex(leaves[index] ?? head.root));
    for (const size of [1, 200, 231, 255, 256, 299, 65_535, 65_700]) {
      const older = { size, root: rootOfLeaves(nodeHasher, leaves.slice(0, size)) };
      expect(hex(await rootAt(reader, nodeHasher, size))).toBe(hex(older.root));
      expect((await proveConsistency(reader, nodeHasher, older, head)).length).toBeGreaterThan(0);
    }
  });

  it('prove heads between batches from a wider partial tile', async () => {
    const leaves = leavesOf(90, 'gentia');
    const store = await openFileTileStore(base);
    const tree = await integrate(store, nodeHasher, emptyTree, leaves.slice(0, 40));
    await integrate(store, nodeHasher, tree, leaves.slice(40));
    expect(await filesIn(base)).toEqual(['tile/0/000.p/40', 'tile/0/000.p/90']);
    for (const size of [1, 39, 40, 41, 89, 90])
      expect(hex(await rootAt(store, nodeHasher, size))).toBe(hex(rootOfLeaves(nodeHasher, leaves.slice(0, size))));
  });

  it('go on after a stop in the middle of a write: what is there is kept, what was half written is cleared', async () => {
    const leaves = leavesOf(900, 'gentia');
    const first = await openFileTileStore(base);
    const before = await integrate(first, nodeHasher, emptyTree, leaves.slice(0, 100));
    // Some tiles of the next batch came through, one was under way.
    await integrate(await openFileTileStore(base), nodeHasher, before, leaves);
    await rm(join(base, 'tile/0/001'));
    await writeFile(join(base, '.writing', 'half'), 'torn');

    const again = await openFileTileStore(base);
    expect(await readdir(join(base, '.writing'))).toEqual([]);
    const opened = await openTree(again, nodeHasher, headOf(nodeHasher, before));
    const untouched = await stat(join(base, 'tile/0/000'));
    const tree = await integrate(again, nodeHasher, opened, leaves);
    expect(tree.size).toBe(1000);
    expect((await stat(join(base, 'tile/0/000'))).ino).toBe(untouched.ino);
    expect(hex(headOf(nodeHasher, tree).root)).toBe(
      hex(rootOfLeaves(nodeHasher, [...leaves.slice(0, 100), ...leaves])),
    );
  });

  it('refuse other hashes under a name that is there, and leave it as it was', async () => {
    const store = await openFileTileStore(base);
    await integrate(store, nodeHasher, emptyTree, leavesOf(300, 'gentia'));
    const held = await readFile(join(base, 'tile/0/000'));
    await expect(integrate(store, nodeHasher, emptyTree, leavesOf(300, 'zorgnet'))).rejects.toThrow(TileConflict);
    expect(hex(await readFile(join(base, 'tile/0/000')))).toBe(hex(held));
  });

  it('say which file is missing or cut short', async () => {
    const store = await openFileTileStore(base);
    const tree = await integrate(store, nodeHasher, emptyTree, leavesOf(600, 'gentia'));
    const head = headOf(nodeHasher, tree);
    await writeFile(join(base, 'tile/0/001'), Buffer.alloc(32));
    await expect(proveInclusion(store, nodeHasher, 300, head)).rejects.toThrow('tile/0/001 is too short');
    await rm(join(base, 'tile/0/001'));
    await expect(proveInclusion(store, nodeHasher, 300, head)).rejects.toThrow('tile/0/001 is missing');
  });
});
