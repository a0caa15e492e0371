import { copyOf, HASH_BYTES, sameBytes } from './hash.js';
import { TileConflict, tilePath, TILE_WIDTH, type TileStore } from './tiles.js';

/** Tiles in memory, for tests and for a verifier that builds a tree of its own. Keeps the widest of each. */
export const createMemoryTileStore = (): TileStore & { readonly paths: () => readonly string[] } => {
  const tiles = new Map<string, Uint8Array>();
  const keyOf = (level: number, index: number): string => tilePath({ level, index, width: TILE_WIDTH });
  return {
    read: ({ level, index, width }) => {
      const bytes = tiles.get(keyOf(level, index));
      return Promise.resolve(bytes === undefined || bytes.length < width * HASH_BYTES ? undefined : bytes);
    },
    write: (written) => {
      for (const tile of written) {
        const key = keyOf(tile.level, tile.index);
        const held = tiles.get(key) ?? new Uint8Array(0);
        const common = Math.min(held.length, tile.bytes.length);
        if (!sameBytes(held.subarray(0, common), tile.bytes.subarray(0, common)))
          return Promise.reject(new TileConflict(tilePath(tile)));
        if (tile.bytes.length > held.length) tiles.set(key, copyOf(tile.bytes));
      }
      return Promise.resolve();
    },
    paths: () =>
      [...tiles].map(([key, bytes]) =>
        bytes.length === TILE_WIDTH * HASH_BYTES ? key : `${key}.p/${bytes.length / HASH_BYTES}`,
      ),
  };
};
