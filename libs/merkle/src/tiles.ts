import { HASH_BYTES } from './hash.js';
import type { Subtree } from './proof.js';

/** Hashes of a full tile: height 8 (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

/**
 * A run of `width` hashes (1 to 256) of one height: hash i of tile `index` on `level` is the root of the complete subtree
 * of 256^level leaves at `index` × 256 + i. Under 256 the tile is partial.
 */
export type TileId = { readonly level: number; readonly index: number; readonly width: number };

/** The tile and its bytes, `width` × 32. */
export type Tile = TileId & { readonly bytes: Uint8Array };

/**
 * Where tiles are read. A store may have a tile in several widths, or in one that is wider than asked; any of them will
 * do, because hashes in a tile never change: the first `width` hashes are what the caller uses.
 */
export type TileReader = {
  /** At least `width` × 32 bytes, or undefined when there is no such tile that wide. */
  readonly read: (tile: TileId) => Promise<Uint8Array | undefined>;
};

/**
 * Where tiles are kept. `write` resolves when all of them are durable; until then any part may be there, none of them
 * torn. Writing the same again does nothing. A full tile stands for its narrower ones, which may go.
 */
export type TileStore = TileReader & {
  /** @throws TileConflict when a tile is there with other hashes: a tree only grows */
  readonly write: (tiles: readonly Tile[]) => Promise<void>;
};

/** The store already has other hashes under this name: two trees in one place, or a leaf that changed. */
export class TileConflict extends Error {
  override readonly name = 'TileConflict';
  constructor(readonly tile: string) {
    super(`${tile} is there with other hashes`);
  }
}

/** Number of hashes on a tile level of a tree. */
const hashesOn = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level);

/** The partial tile at the right edge of a level, or undefined where the level ends with a full tile. */
export const tailOf = (level: number, size: number): TileId | undefined => {
  const hashes = hashesOn(level, size);
  const width = hashes % TILE_WIDTH;
  return width === 0 ? undefined : { level, index: Math.floor(hashes / TILE_WIDTH), width };
};

/** How many tile levels a tree of this size has. */
export const tileLevels = (size: number): number => {
  let levels = 0;
  while (hashesOn(levels, size) > 0) levels += 1;
  return levels;
};

/** Every tile of a tree, level by level: what a complete copy holds. */
export const tilesOf = function* (size: number): Generator<TileId> {
  for (let level = 0; level < tileLevels(size); level += 1) {
    const full = Math.floor(hashesOn(level, size) / TILE_WIDTH);
    for (let index = 0; index < full; index += 1) yield { level, index, width: TILE_WIDTH };
    const tail = tailOf(level, size);
    if (tail !== undefined) yield tail;
  }
};

/** The tile of a tree of `size` that a complete subtree is made from, and which of its hashes: `count` from `first`. */
export const tileOfSubtree = (
  { level, index }: Subtree,
  size: number,
): { readonly tile: TileId; readonly first: number; readonly count: number } => {
  const tileLevel = Math.floor(level / 8);
  const count = 2 ** (level % 8);
  const at = index * count;
  const tileIndex = Math.floor(at / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, hashesOn(tileLevel, size) - tileIndex * TILE_WIDTH);
  return { tile: { level: tileLevel, index: tileIndex, width }, first: at % TILE_WIDTH, count };
};

/** Hash `at` of a tile's bytes; a window, not a copy. */
export const hashAt = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);

/** `tile/0/x001/x234/067.p/112` (C2SP tlog-tiles). */
export const tilePath = ({ level, index, width }: TileId): string => {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
};

const PATH = /^tile\/(0|[1-9]\d?)\/((?:x\d{3}\/)*)(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Reads a path that `tilePath` could have written; undefined for any other. */
export const parseTilePath = (path: string): TileId | undefined => {
  const parts = PATH.exec(path);
  if (parts === null) return undefined;
  const [, level = '', upper = '', last = '', width] = parts;
  const tile: TileId = {
    level: Number(level),
    index: Number(upper.replaceAll(/[x/]/g, '') + last),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  return tile.level <= 63 && Number.isSafeInteger(tile.index) && tilePath(tile) === path ? tile : undefined;
};
