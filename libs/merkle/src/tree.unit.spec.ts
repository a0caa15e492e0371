import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendSubtree, appendToFrontier, emptyFrontier, rootOfFrontier, rootOfLeaves } from './frontier.js';
import { createTreeHasher } from './hash.js';
import { createMemoryTileStore } from './memory-tile-store.js';
import { naivePath, naiveProof, naiveRoot } from './naive.js';
import { nodeHasher, nodeSha256 } from './node-hasher.js';
import { verifyConsistency, verifyInclusion, type TreeHead } from './proof.js';
import { TileConflict, tilePath, tilesOf, type Tile, type TileStore } from './tiles.js';
import {
  emptyTree,
  headOf,
  integrate,
  openTree,
  proveConsistency,
  proveInclusion,
  rootAt,
  TreeDamaged,
  type TiledTree,
} from './tree.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hexes = (list: readonly Uint8Array[]): readonly string[] => list.map(hex);
/** Leaf i of tree `name`; other names give other leaves. */
const leaf = (name: string, i: number): Uint8Array => createHash('sha256').update(`\0${name} ${i}`).digest();
const leavesOf = (size: number, name = 'gentia'): readonly Uint8Array[] =>
  Array.from({ length: size }, (_, i) => leaf(name, i));
const headOfLeaves = (leaves: readonly Uint8Array[]): TreeHead => ({ size: leaves.length, root: naiveRoot(leaves) });

const stored = async (leaves: readonly Uint8Array[], cuts: readonly number[] = []) => {
  const store = createMemoryTileStore();
  let tree = emptyTree;
  for (const to of [...cuts.toSorted((a, b) => a - b), leaves.length])
    tree = await integrate(store, nodeHasher, tree, leaves.slice(tree.size, Math.max(tree.size, to)));
  return { store, tree };
};

/** A tree as text, so that two can be compared whatever arrays they hold. */
const plain = (tree: TiledTree) => ({
  size: tree.size,
  frontier: hexes(tree.frontier.hashes),
  tails: hexes(tree.tails),
});

const size = fc.oneof(fc.nat(20), fc.nat(700), fc.constantFrom(255, 256, 257, 511, 512, 513, 1024));

describe('the tree hash', () => {
  it('is that of the naive definition, for any number of leaves', () => {
    for (let n = 0; n <= 130; n += 1)
      expect(hex(rootOfLeaves(nodeHasher, leavesOf(n)))).toBe(hex(naiveRoot(leavesOf(n))));
  });

  it('is the same however the leaves were dealt out', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 12 }), (parts) => {
        let frontier = emptyFrontier;
        for (const part of parts) {
          const batch = Array.from({ length: part }, (_, i) => leaf('gentia', frontier.size + i));
          frontier = appendToFrontier(nodeHasher, frontier, batch);
        }
        expect(hex(rootOfFrontier(nodeHasher, frontier))).toBe(hex(naiveRoot(leavesOf(frontier.size))));
        expect(frontier.hashes.length).toBe([...frontier.size.toString(2)].filter((bit) => bit === '1').length);
      }),
    );
  });

  it('is the same when subtrees were joined elsewhere', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.array(fc.nat(6), { maxLength: 6 }), (first, levels) => {
        const all = leavesOf(first + levels.reduce((sum, level) => sum + 2 * 2 ** level, 0));
        let frontier = appendToFrontier(nodeHasher, emptyFrontier, all.slice(0, first));
        for (const level of levels) {
          const before = frontier.size;
          const fits = before % 2 ** level === 0 ? level : 0;
          const part = all.slice(before, before + 2 ** fits);
          frontier = appendSubtree(nodeHasher, frontier, fits, naiveRoot(part));
        }
        expect(hex(rootOfFrontier(nodeHasher, frontier))).toBe(hex(naiveRoot(all.slice(0, frontier.size))));
      }),
    );
    const five = appendToFrontier(nodeHasher, emptyFrontier, leavesOf(5));
    expect(() => appendSubtree(nodeHasher, five, 1, leaf('gentia', 5))).toThrow(RangeError);
    expect(() => appendSubtree(nodeHasher, five, 0, new Uint8Array(31))).toThrow(TypeError);
  });

  it('is the same with a SHA-256 from elsewhere', () => {
    const other = createTreeHasher((bytes) => createHash('sha256').update(bytes).digest());
    expect(hex(rootOfLeaves(other, leavesOf(100)))).toBe(hex(rootOfLeaves(nodeHasher, leavesOf(100))));
    expect(hex(other.leaf(Uint8Array.of(7)))).toBe(hex(nodeHasher.leaf(Uint8Array.of(7))));
    expect(hex(other.leaf(Uint8Array.of(7)))).toBe(hex(nodeSha256(Uint8Array.of(0, 7))));
  });

  it('keeps no hold of the arrays it was given', () => {
    const scratch = new Uint8Array(32);
    const dealt = function* (): Generator<Uint8Array> {
      for (let i = 0; i < 21; i += 1) {
        scratch.set(leaf('gentia', i));
        yield scratch;
      }
    };
    expect(hex(rootOfLeaves(nodeHasher, dealt()))).toBe(hex(naiveRoot(leavesOf(21))));
  });

  it('refuses a leaf that is no hash, naming it', () => {
    expect(() => rootOfLeaves(nodeHasher, [leaf('gentia', 0), new Uint8Array(31)])).toThrow(
      'leaf 1: a leaf hash has 32 bytes, not 31',
    );
  });
});

describe('inclusion', () => {
  it('proofs are those of the naive definition, and verify', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.array(fc.nat(700), { maxLength: 4 }), fc.nat(), async (n, cuts, pick) => {
        fc.pre(n > 0);
        const leaves = leavesOf(n);
        const { store, tree } = await stored(
          leaves,
          cuts.filter((cut) => cut < n),
        );
        const head = headOf(nodeHasher, tree);
        expect(hex(head.root)).toBe(hex(naiveRoot(leaves)));
        const claim = await proveInclusion(store, nodeHasher, pick % n, head);
        expect(hexes(claim.proof)).toEqual(hexes(naivePath(pick % n, leaves)));
        expect(hex(claim.leaf)).toBe(hex(leaf('gentia', pick % n)));
        expect(verifyInclusion(nodeHasher, claim)).toEqual({ ok: true, value: true });
      }),
      { numRuns: 60 },
    );
  });

  it('of every leaf in every tree up to 40, and of no leaf in another place', async () => {
    const leaves = leavesOf(40);
    const { store } = await stored(leaves);
    for (let n = 1; n <= 40; n += 1)
      for (let index = 0; index < n; index += 1) {
        const head = headOfLeaves(leaves.slice(0, n));
        const claim = await proveInclusion(store, nodeHasher, index, head);
        expect(verifyInclusion(nodeHasher, claim).ok).toBe(true);
        for (const elsewhere of [index - 1, index + 1, index ^ 1, index ^ 2])
          expect(verifyInclusion(nodeHasher, { ...claim, index: elsewhere }).ok).toBe(false);
      }
  });

  it('of a leaf is no proof in a tree of another organisation with the same indexes', async () => {
    const gentia = await stored(leavesOf(300, 'gentia'));
    const zorgnet = await stored(leavesOf(300, 'zorgnet'));
    const claim = await proveInclusion(gentia.store, nodeHasher, 7, headOf(nodeHasher, gentia.tree));
    expect(verifyInclusion(nodeHasher, { ...claim, head: headOf(nodeHasher, zorgnet.tree) })).toEqual({
      ok: false,
      error: 'root_differs',
    });
    await expect(proveInclusion(gentia.store, nodeHasher, 7, headOf(nodeHasher, zorgnet.tree))).rejects.toMatchObject({
      code: 'root_differs',
      where: '300',
    });
  });

  it('is refused for an index that is not in the tree', async () => {
    const { store, tree } = await stored(leavesOf(3));
    for (const index of [3, -1, 0.5, Number.NaN])
      await expect(proveInclusion(store, nodeHasher, index, headOf(nodeHasher, tree))).rejects.toThrow(RangeError);
  });

  it('stays verifiable beyond 32 bits', () => {
    // One leaf before the last of 2^40 + 1: its siblings are the roots of trees that are all one leaf repeated.
    const one = leaf('gentia', 0);
    const roots = [one];
    for (let level = 0; level < 40; level += 1) {
      const last = roots.at(-1) ?? one;
      roots.push(nodeHasher.node(last, last));
    }
    const root = nodeHasher.node(roots[40] ?? one, one);
    const head = { size: 2 ** 40 + 1, root };
    expect(verifyInclusion(nodeHasher, { leaf: one, index: 2 ** 40, proof: roots.slice(40), head }).ok).toBe(true);
    const proof = [...roots.slice(0, 40), one];
    expect(verifyInclusion(nodeHasher, { leaf: one, index: 2 ** 40 - 1, proof, head }).ok).toBe(true);
    expect(verifyInclusion(nodeHasher, { leaf: one, index: 2 ** 40, proof, head }).ok).toBe(false);
  });
});

describe('consistency', () => {
  it('proofs are those of the naive definition, and verify', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), async (n, pick) => {
        fc.pre(n > 0);
        const m = 1 + (pick % n);
        const leaves = leavesOf(n);
        const { store, tree } = await stored(leaves, [m]);
        const [older, newer] = [headOfLeaves(leaves.slice(0, m)), headOf(nodeHasher, tree)];
        const proof = await proveConsistency(store, nodeHasher, older, newer);
        expect(hexes(proof)).toEqual(hexes(naiveProof(m, leaves)));
        expect(verifyConsistency(nodeHasher, { older, newer, proof })).toEqual({ ok: true, value: true });
      }),
      { numRuns: 60 },
    );
  });

  it('between all sizes up to 40, and never with a size one off', async () => {
    const leaves = leavesOf(41);
    const { store } = await stored(leaves);
    const heads = leaves.map((_, n) => headOfLeaves(leaves.slice(0, n)));
    for (const newer of heads.slice(0, 41))
      for (const older of heads.slice(0, newer.size + 1)) {
        const proof = await proveConsistency(store, nodeHasher, older, newer);
        expect(verifyConsistency(nodeHasher, { older, newer, proof }).ok).toBe(true);
        if (older.size === 0 || older.size === newer.size) continue;
        for (const off of [-1, 1]) {
          const shifted = { older: { ...older, size: older.size + off }, newer, proof };
          expect(verifyConsistency(nodeHasher, shifted).ok).toBe(false);
        }
      }
  });

  it('has no proof between heads that fork: what records asks before it signs', async () => {
    const leaves = leavesOf(300);
    const { store, tree } = await stored(leaves);
    const forked = headOfLeaves([...leaves.slice(0, 99), leaf('gentia', 1000)]);
    await expect(proveConsistency(store, nodeHasher, forked, headOf(nodeHasher, tree))).rejects.toMatchObject({
      code: 'root_differs',
    });
    await expect(
      proveConsistency(store, nodeHasher, { ...headOf(nodeHasher, tree), size: 301 }, headOf(nodeHasher, tree)),
    ).rejects.toThrow(RangeError);
  });
});

describe('a tree in tiles', () => {
  it('has exactly the tiles of the specification', async () => {
    // tlog-tiles: 70,000 leaves are 273 full tiles and one of 112; one full and one of 17; one of 1.
    const paths = [...tilesOf(70_000)].map(tilePath);
    expect(paths.length).toBe(273 + 1 + 1 + 1 + 1);
    expect(paths.filter((path) => path.includes('.p/'))).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect([...tilesOf(256)].map(tilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
    const { store } = await stored(
      Array.from({ length: 70_000 }, () => leaf('gentia', 0)),
      [5, 256, 65_536],
    );
    expect(store.paths().toSorted()).toEqual(paths.toSorted());
  });

  it('is opened again from its tiles at any size, and goes on as if it had not stopped', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(600), async (n, more) => {
        const leaves = leavesOf(n + more);
        const { store, tree } = await stored(leaves.slice(0, n));
        const opened = await openTree(store, nodeHasher, headOf(nodeHasher, tree));
        const grown = await integrate(store, nodeHasher, opened, leaves.slice(n));
        expect(hex(headOf(nodeHasher, grown).root)).toBe(hex(naiveRoot(leaves)));
        expect(plain(grown)).toEqual(plain((await stored(leaves)).tree));
      }),
      { numRuns: 40 },
    );
  });

  it('stopped after any write comes to the same tree when the same leaves are integrated again', async () => {
    const leaves = leavesOf(1500);
    const { store: whole, tree: wanted } = await stored(leaves, [700]);
    // The store takes some of the tiles of each write, then fails: what a kill leaves behind.
    for (let survive = 0; survive <= 6; survive += 1) {
      const memory = createMemoryTileStore();
      const before = await integrate(memory, nodeHasher, emptyTree, leaves.slice(0, 700));
      const failing: TileStore = {
        read: memory.read,
        write: async (tiles: readonly Tile[]) => {
          await memory.write(tiles.slice(0, survive));
          throw new Error('no space left on device');
        },
      };
      await expect(integrate(failing, nodeHasher, before, leaves.slice(700))).rejects.toThrow('no space left');
      const recovered = await openTree(memory, nodeHasher, headOf(nodeHasher, before));
      const tree = await integrate(memory, nodeHasher, recovered, leaves.slice(700));
      expect(plain(tree)).toEqual(plain(wanted));
      expect(memory.paths().toSorted()).toEqual(whole.paths().toSorted());
    }
  });

  it('gives the root of any earlier size', async () => {
    const leaves = leavesOf(800);
    const { store } = await stored(leaves, [3, 256, 300]);
    for (const n of [0, 1, 3, 4, 255, 256, 257, 299, 511, 512, 513, 800])
      expect(hex(await rootAt(store, nodeHasher, n))).toBe(hex(naiveRoot(leaves.slice(0, n))));
  });

  it('names the tile that is missing, too short or changed', async () => {
    const leaves = leavesOf(600);
    const { store, tree } = await stored(leaves);
    const head = headOf(nodeHasher, tree);
    const replaced = (path: string, bytes: Uint8Array | undefined): TileStore => ({
      ...store,
      read: async (tile) => (tilePath(tile) === path ? bytes : store.read(tile)),
    });
    await expect(proveInclusion(replaced('tile/0/001', undefined), nodeHasher, 300, head)).rejects.toThrow(
      'tile/0/001 is missing',
    );
    await expect(proveInclusion(replaced('tile/0/001', new Uint8Array(8191)), nodeHasher, 300, head)).rejects.toThrow(
      'tile/0/001 is too short',
    );
    const flipped = Uint8Array.from((await store.read({ level: 0, index: 1, width: 256 })) ?? []);
    flipped[8000] = (flipped[8000] ?? 0) ^ 1;
    await expect(proveInclusion(replaced('tile/0/001', flipped), nodeHasher, 300, head)).rejects.toThrow(TreeDamaged);
    await expect(openTree(replaced('tile/0/002.p/88', flipped), nodeHasher, head)).rejects.toMatchObject({
      code: 'root_differs',
    });
  });

  it('refuses to become another tree', async () => {
    const { store } = await stored(leavesOf(300));
    await expect(integrate(store, nodeHasher, emptyTree, leavesOf(300, 'zorgnet'))).rejects.toThrow(TileConflict);
  });

  it('costs one node hash a leaf, and at most log2 for one', async () => {
    let nodes = 0;
    const counting = { ...nodeHasher, node: (l: Uint8Array, r: Uint8Array) => ((nodes += 1), nodeHasher.node(l, r)) };
    const store = createMemoryTileStore();
    let tree = await integrate(store, counting, emptyTree, leavesOf(65_535));
    expect(nodes).toBeLessThan(65_535);
    nodes = 0;
    tree = await integrate(store, counting, tree, [leaf('gentia', 65_535)]);
    expect(nodes).toBe(16);
    nodes = 0;
    await integrate(store, counting, tree, [leaf('gentia', 65_536)]);
    expect(nodes).toBe(0);
  });
});
