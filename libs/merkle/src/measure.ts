import { hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createFileTileReader, openFileTileStore } from './file-tile-store.js';
import { appendToFrontier, emptyFrontier } from './frontier.js';
import { HASH_BYTES } from './hash.js';
import { createMemoryTileStore } from './memory-tile-store.js';
import { nodeHasher } from './node-hasher.js';
import type { TileReader, TileStore } from './tiles.js';
import { emptyTree, headOf, integrate, openTree, proveConsistency, proveInclusion, rootAt } from './tree.js';

/*
 * Measures this library: `node libs/merkle/dist/measure.js [leaves, 10000000 unless told]`. The tiles of the measurement
 * go to a folder on the disk of the workspace (BENCH_FOLDER) and are deleted.
 */

const leavesOf = function* (from: number, to: number): Generator<Uint8Array> {
  for (let i = from; i < to; i += 1) {
    const leaf = Buffer.alloc(HASH_BYTES, 0x5a);
    leaf.writeUIntBE(i, 0, 6);
    yield leaf;
  }
};

const timed = async (work: () => unknown): Promise<number> => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};
const middle = (values: readonly number[], p = 0.5): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * p) - 1] ?? Number.NaN;
const shown = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });
const say = (name: string, value: string): void => {
  process.stdout.write(`| ${name} | ${value} |\n`);
};
/** Median and p99 in milliseconds of n runs. */
const latencies = async (n: number, work: (run: number) => Promise<unknown>): Promise<string> => {
  const times: number[] = [];
  for (let run = 0; run < n; run += 1) times.push(1000 * (await timed(() => work(run))));
  return `${shown(middle(times))} ms, p99 ${shown(middle(times, 0.99))} ms, worst ${shown(Math.max(...times))} ms`;
};

const size = Number(process.argv[2] ?? 10_000_000);
const rounds = 5;
const sample = 200_000;

const rates = async (work: () => unknown): Promise<number> => sample / (await timed(work));
const raw: number[] = [];
const frontier: number[] = [];
const memory: number[] = [];
const files: number[] = [];
const base = mkdtempSync(join(resolve(process.env['BENCH_FOLDER'] ?? '.'), '.bench-merkle-'));
try {
  const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
  const leaves = [...leavesOf(0, sample)];
  for (let round = 0; round < rounds; round += 1) {
    raw.push(
      await rates(() => {
        for (let i = 0; i < sample; i += 1) hash('sha256', pair, 'hex');
      }),
    );
    frontier.push(await rates(() => appendToFrontier(nodeHasher, emptyFrontier, leaves)));
    memory.push(await rates(() => integrate(createMemoryTileStore(), nodeHasher, emptyTree, leaves)));
    const store = await openFileTileStore(join(base, `round-${round}`));
    files.push(await rates(() => integrate(store, nodeHasher, emptyTree, leaves)));
  }
  say('raw SHA-256 of 65 bytes', `${shown(middle(raw))}/s`);
  for (const [name, list] of [
    ['frontier', frontier],
    ['integrate, memory', memory],
    ['integrate, files, synced, one batch of 200,000', files],
  ] as const)
    say(name, `${shown(middle(list))} leaves/s, ${shown(middle(list) / middle(raw))} of raw`);

  const folder = join(base, 'large');
  const store = await openFileTileStore(folder);
  let tree = emptyTree;
  const built = await timed(async () => {
    while (tree.size < size)
      tree = await integrate(store, nodeHasher, tree, leavesOf(tree.size, Math.min(size, tree.size + 131_072)));
  });
  say(`build ${shown(size)} leaves in files`, `${shown(built)} s, ${shown(size / built)} leaves/s`);
  const head = headOf(nodeHasher, tree);
  const spread = (run: number): number => (run * 7_919_993 + 1) % size;
  const reader = createFileTileReader(folder);
  const inclusion = await latencies(2000, (run) => proveInclusion(reader, nodeHasher, spread(run), head));
  say('inclusion proof from files, made and checked', inclusion);
  const olds = await Promise.all(
    Array.from({ length: 200 }, async (_, run) => ({
      size: spread(run) + 1,
      root: await rootAt(reader, nodeHasher, spread(run) + 1),
    })),
  );
  const consistency = await latencies(200, (run) => proveConsistency(reader, nodeHasher, olds[run] ?? head, head));
  say('consistency proof from files, made and checked', consistency);
  say('open the tree (after a restart)', await latencies(50, () => openTree(reader, nodeHasher, head)));
  const one = async (target: TileStore): Promise<string> => {
    let grown = tree;
    return latencies(300, async () => {
      grown = await integrate(target, nodeHasher, grown, leavesOf(grown.size, grown.size + 1));
    });
  };
  say('integrate one leaf, files, synced', await one(store));
  const unkept: TileStore & TileReader = { read: reader.read, write: () => Promise.resolve() };
  say('integrate one leaf, without the disk', await one(unkept));
} finally {
  rmSync(base, { recursive: true, force: true });
}
