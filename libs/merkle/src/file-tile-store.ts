import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HASH_BYTES, sameBytes } from './hash.js';
import {
  TileConflict,
  tilePath,
  TILE_WIDTH,
  type Tile,
  type TileId,
  type TileReader,
  type TileStore,
} from './tiles.js';

const TEMPORARY = '.writing';
/** Files under way at once. */
const AT_ONCE = 16;

/** Undefined when the path is not there, or goes while we look: partial tiles go when their full one is there. */
const ifThere = <T>(path: string, look: (path: string) => T): T | undefined => {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return look(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

// Not by promises: a proof needs a handful of small files, each of which would take several trips through the thread pool;
// on a busy machine that set the p99 (ADR 12).
const fileAt = (path: string): Uint8Array | undefined => ifThere(path, (at) => readFileSync(at));

const widestIn = (partials: string, width: number): string | undefined => {
  const widest = Math.max(0, ...(ifThere(partials, (at) => readdirSync(at)) ?? []).map(Number));
  return widest > width ? join(partials, String(widest)) : undefined;
};

/** What a rename or a new folder needs to outlive a power cut. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Tiles as files under the paths of C2SP tlog-tiles, so that the folder can be copied, exported or put behind any web
 * server as it is. Reads the full tile first, then the partial one that was asked for, then a wider partial one.
 */
export const createFileTileReader = (folder: string): TileReader => {
  const find = (tile: TileId): Uint8Array | undefined => {
    const full = join(folder, tilePath({ ...tile, width: TILE_WIDTH }));
    const held = fileAt(full);
    if (held !== undefined || tile.width === TILE_WIDTH) return held;
    const exact = fileAt(join(folder, tilePath(tile)));
    if (exact !== undefined) return exact;
    const wider = widestIn(`${full}.p`, tile.width);
    // Without a wider one the tile may have become full while we looked.
    return fileAt(wider ?? full);
  };
  return { read: async (tile) => find(tile) };
};

/**
 * A tile store on a file system: each tile is written to a temporary file, synced, renamed, and its folder synced. One
 * process writes; any may read. Opening it clears what a stopped write left behind.
 * @throws TileConflict from `write` when a file is there with other hashes
 */
export const openFileTileStore = async (path: string): Promise<TileStore> => {
  const folder = resolve(path);
  const temporary = join(folder, TEMPORARY);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const { read } = createFileTileReader(folder);
  const made = new Set<string>();

  /** From the folder of a tile up to that of the store. */
  const upwards = (from: string): readonly string[] => (from === folder ? [from] : [from, ...upwards(dirname(from))]);

  /** Makes the folder and says which folders have to be synced for a new file in it. */
  const makeFolder = async (at: string): Promise<readonly string[]> => {
    if (made.has(at)) return [at];
    await mkdir(at, { recursive: true });
    made.add(at);
    return upwards(at);
  };

  const writeTile = async (tile: Tile): Promise<readonly string[]> => {
    const name = tilePath(tile);
    const file = join(folder, name);
    if (tile.bytes.length !== tile.width * HASH_BYTES) throw new TypeError(`${name} has ${tile.bytes.length} bytes`);
    const held = fileAt(file);
    if (held !== undefined) {
      if (!sameBytes(held, tile.bytes)) throw new TileConflict(name);
      // Renamed by a write that was stopped, perhaps before its folders were synced.
      return upwards(dirname(file));
    }
    const touched = await makeFolder(dirname(file));
    const writing = join(temporary, randomUUID());
    try {
      const handle = await open(writing, 'wx');
      try {
        await handle.writeFile(tile.bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(writing, file);
    } catch (error) {
      // A full disk is tried again and again: it must not be filled with what was begun.
      await rm(writing, { force: true });
      throw error;
    }
    return touched;
  };

  const dropPartials = async (tile: TileId): Promise<void> => {
    const partials = `${join(folder, tilePath(tile))}.p`;
    made.delete(partials);
    await rm(partials, { recursive: true, force: true });
  };

  return {
    read,
    write: async (tiles) => {
      const touched = new Set<string>();
      for (let from = 0; from < tiles.length; from += AT_ONCE) {
        const group = await Promise.allSettled(tiles.slice(from, from + AT_ONCE).map(writeTile));
        for (const outcome of group) {
          if (outcome.status === 'rejected') throw outcome.reason;
          for (const at of outcome.value) touched.add(at);
        }
      }
      for (const at of touched) await syncFolder(at);
      // Only now, when the full ones cannot be lost.
      for (const tile of tiles) if (tile.width === TILE_WIDTH) await dropPartials(tile);
    },
  };
};
