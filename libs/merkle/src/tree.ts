import { appendToFrontier, joinSubtrees, rootOfFrontier, type Frontier } from './frontier.js';
import { copyOf, HASH_BYTES, isSize, sameBytes, type TreeHasher } from './hash.js';
import {
  consistencyRanges,
  inclusionRanges,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
  type InclusionClaim,
  type LeafRange,
  type TreeHead,
} from './proof.js';
import {
  hashAt,
  tailOf,
  tileLevels,
  tileOfSubtree,
  tilePath,
  TILE_WIDTH,
  type Tile,
  type TileId,
  type TileReader,
  type TileStore,
} from './tiles.js';

/** What the tiles say is not what the head says. */
export class TreeDamaged extends Error {
  override readonly name = 'TreeDamaged';
  constructor(
    readonly code: 'tile_missing' | 'tile_too_short' | 'root_differs',
    /** The tile's path; for `root_differs` the size of the tree. */
    readonly where: string,
  ) {
    super(
      code === 'tile_missing'
        ? `${where} is missing`
        : code === 'tile_too_short'
          ? `${where} is too short`
          : `the tiles give another root than the head of ${where} leaves`,
    );
  }
}

const readTile = async (reader: TileReader, tile: TileId): Promise<Uint8Array> => {
  const bytes = await reader.read(tile);
  if (bytes === undefined) throw new TreeDamaged('tile_missing', tilePath(tile));
  if (bytes.length < tile.width * HASH_BYTES) throw new TreeDamaged('tile_too_short', tilePath(tile));
  return bytes;
};

/** The root of the complete subtree over `count` (a power of two) hashes of a tile. Of one hash it is a window. */
const subtreeHash = (hasher: TreeHasher, bytes: Uint8Array, first: number, count: number): Uint8Array => {
  if (count === 1) return hashAt(bytes, first);
  const middle = count / 2;
  return hasher.node(subtreeHash(hasher, bytes, first, middle), subtreeHash(hasher, bytes, first + middle, middle));
};

/**
 * Hashes of leaf ranges of a tree of `size`, each as RFC 6962 defines it. A few tiles are read for any number of leaves,
 * each once, side by side.
 * @throws TreeDamaged
 */
export const readRanges = async (
  reader: TileReader,
  hasher: TreeHasher,
  size: number,
  ranges: readonly LeafRange[],
): Promise<readonly Uint8Array[]> => {
  const wanted = ranges.map((range) => subtreesOf(range).map((subtree) => tileOfSubtree(subtree, size)));
  const tiles = new Map(wanted.flat().map(({ tile }) => [tilePath(tile), tile]));
  const bytes = new Map(
    await Promise.all([...tiles].map(async ([path, tile]) => [path, await readTile(reader, tile)] as const)),
  );
  const hashOf = ({ tile, first, count }: ReturnType<typeof tileOfSubtree>): Uint8Array =>
    subtreeHash(hasher, bytes.get(tilePath(tile)) ?? new Uint8Array(0), first, count);
  // Copies: what is handed out must not keep whole tiles in memory.
  return wanted.map((subtrees) => copyOf(joinSubtrees(hasher, subtrees.map(hashOf))));
};

/**
 * A leaf with the proof that it is in the tree of this head. Checked before it is given: what cannot be verified is
 * never handed out. Any head up to what the tiles hold will do, not the newest alone.
 * @throws RangeError when the index is not in the tree; TreeDamaged
 */
export const proveInclusion = async (
  reader: TileReader,
  hasher: TreeHasher,
  index: number,
  head: TreeHead,
): Promise<InclusionClaim> => {
  const ranges = inclusionRanges(index, head.size);
  const [leaf = hasher.empty, ...proof] = await readRanges(reader, hasher, head.size, [
    { from: index, to: index + 1 },
    ...ranges,
  ]);
  const claim = { leaf, index, proof, head };
  if (!verifyInclusion(hasher, claim).ok) throw new TreeDamaged('root_differs', String(head.size));
  return claim;
};

/**
 * The proof that the older tree is a prefix of the newer, checked before it is given. Who is about to sign `newer` after
 * `older` asks for this first: two heads that fork have no proof.
 * @throws RangeError when the older tree is larger; TreeDamaged (`root_differs`) when no such proof exists
 */
export const proveConsistency = async (
  reader: TileReader,
  hasher: TreeHasher,
  older: TreeHead,
  newer: TreeHead,
): Promise<readonly Uint8Array[]> => {
  const ranges = consistencyRanges(older.size, newer.size);
  const proof = await readRanges(reader, hasher, newer.size, ranges);
  if (!verifyConsistency(hasher, { older, newer, proof }).ok) throw new TreeDamaged('root_differs', String(newer.size));
  return proof;
};

/** The root of the first `size` leaves, from the tiles. @throws TreeDamaged when tiles are missing */
export const rootAt = async (reader: TileReader, hasher: TreeHasher, size: number): Promise<Uint8Array> => {
  if (size === 0) return hasher.empty;
  const [root = hasher.empty] = await readRanges(reader, hasher, size, [{ from: 0, to: size }]);
  return root;
};

/**
 * A tree that grows in a tile store: frontier and the right-most, partial tiles, one a level, at most 8 KiB each. A value:
 * `integrate` gives the next one, and when it fails the old one still stands.
 */
export type TiledTree = {
  readonly size: number;
  readonly frontier: Frontier;
  /** By level; the bytes of the partial tile, empty where the level ends with a full one. */
  readonly tails: readonly Uint8Array[];
};

export const emptyTree: TiledTree = { size: 0, frontier: { size: 0, hashes: [] }, tails: [] };

/** Size and root of a tree as it stands. */
export const headOf = (hasher: TreeHasher, tree: TiledTree): TreeHead => ({
  size: tree.size,
  root: rootOfFrontier(hasher, tree.frontier),
});

/**
 * The tree of a head, from the tiles at its right edge (one a level). This is the recovery after a stop at any point:
 * tiles beyond the head are written again with the same hashes.
 * @throws TreeDamaged when a tile is missing or they do not lead to the head's root
 */
export const openTree = async (reader: TileReader, hasher: TreeHasher, head: TreeHead): Promise<TiledTree> => {
  if (!isSize(head.size)) throw new RangeError(`${head.size} is no size of a tree`);
  const tails = await Promise.all(
    Array.from({ length: tileLevels(head.size) }, async (_, level) => {
      const tail = tailOf(level, head.size);
      if (tail === undefined) return new Uint8Array(0);
      return copyOf((await readTile(reader, tail)).subarray(0, tail.width * HASH_BYTES));
    }),
  );
  const hashes =
    head.size === 0
      ? []
      : subtreesOf({ from: 0, to: head.size }).map((subtree) => {
          const { tile, first, count } = tileOfSubtree(subtree, head.size);
          return copyOf(subtreeHash(hasher, tails[tile.level] ?? new Uint8Array(0), first, count));
        });
  const tree = { size: head.size, frontier: { size: head.size, hashes }, tails };
  if (!sameBytes(headOf(hasher, tree).root, head.root)) throw new TreeDamaged('root_differs', String(head.size));
  return tree;
};

/** Full tiles are handed to the store in groups of this many, so that a large batch needs little memory. */
const TILES_PER_WRITE = 512;

/**
 * Appends leaf hashes and writes the tiles they complete, then the partial ones. Resolves when all are durable; only
 * then may a head of the new size be signed. The caller has put the leaves in order durably before: the same index must
 * get the same leaf when this is done again after a stop.
 * @throws TypeError for a leaf that is not 32 bytes; TileConflict; whatever the store throws. The given tree stays valid
 */
export const integrate = async (
  store: TileStore,
  hasher: TreeHasher,
  tree: TiledTree,
  leaves: Iterable<Uint8Array>,
): Promise<TiledTree> => {
  const levels = tree.tails.map((tail) => {
    const bytes = new Uint8Array(TILE_WIDTH * HASH_BYTES);
    bytes.set(tail);
    return { bytes, width: tail.length / HASH_BYTES, grown: false };
  });
  // Full tiles of a level so far; the next one gets this index.
  const full = levels.map((_, level) => Math.floor(tree.size / TILE_WIDTH ** (level + 1)));
  const ready: Tile[] = [];

  const onNode = (nodeLevel: number, hash: Uint8Array): void => {
    if (nodeLevel % 8 !== 0) return;
    const level = nodeLevel / 8;
    const tail = (levels[level] ??= { bytes: new Uint8Array(TILE_WIDTH * HASH_BYTES), width: 0, grown: false });
    tail.bytes.set(hash, tail.width * HASH_BYTES);
    tail.width += 1;
    tail.grown = true;
    if (tail.width < TILE_WIDTH) return;
    const index = full[level] ?? 0;
    ready.push({ level, index, width: TILE_WIDTH, bytes: tail.bytes });
    full[level] = index + 1;
    levels[level] = { bytes: new Uint8Array(TILE_WIDTH * HASH_BYTES), width: 0, grown: false };
  };

  let { frontier } = tree;
  for (const batch of batches(leaves, TILES_PER_WRITE * TILE_WIDTH)) {
    frontier = appendToFrontier(hasher, frontier, batch, onNode);
    if (ready.length >= TILES_PER_WRITE) await store.write(ready.splice(0));
  }
  for (const [level, { bytes, width, grown }] of levels.entries())
    if (grown) ready.push({ level, index: full[level] ?? 0, width, bytes: bytes.slice(0, width * HASH_BYTES) });
  if (ready.length > 0) await store.write(ready);
  return {
    size: frontier.size,
    frontier,
    tails: levels.map(({ bytes, width }) => bytes.slice(0, width * HASH_BYTES)),
  };
};

const batches = function* <T>(items: Iterable<T>, length: number): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < length) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
};
