import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One run of one variant: operations and the seconds they took. */
export type Sample = { readonly operations: number; readonly seconds: number };

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Nearest rank. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN;
};

export const seconds = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/**
 * Runs variants in turn, round after round, so that a slow minute of the machine hits all of them, and gives the median
 * rate of each in operations per second.
 */
export const compare = async <Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Readonly<Record<Name, number>>> => {
  const names = Object.keys(variants) as Name[];
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) {
      const sample = await variants[name]();
      rates.get(name)?.push(sample.operations / sample.seconds);
    }
  return Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])) as Record<Name, number>;
};

/** Milliseconds of one operation after the other. */
export const latencies = async (count: number, operation: (n: number) => Promise<unknown>): Promise<number[]> => {
  const taken: number[] = [];
  for (let n = 0; n < count; n += 1) taken.push(1_000 * (await seconds(() => operation(n))));
  return taken;
};

/** Runs `count` operations with `callers` of them under way at a time. */
export const withCallers = async (
  callers: number,
  count: number,
  operation: (n: number) => Promise<void>,
): Promise<Sample> => {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      await operation(n);
    }
  };
  return { operations: count, seconds: await seconds(() => Promise.all(Array.from({ length: callers }, caller))) };
};

/** Repeatable randomness (mulberry32), 0 ≤ n < 1: two runs do the same in the same order. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Says on the terminal what is going on, apart from the tables. */
export const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A folder on the disk of the workspace (a log in a memory file system would measure nothing), deleted afterwards. */
export const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const home = resolve(process.env['BENCH_FOLDER'] ?? fileURLToPath(new URL('../data', import.meta.url)));
  mkdirSync(home, { recursive: true });
  const folder = mkdtempSync(join(home, 'run-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toLocaleString('en', { maximumSignificantDigits: 3 });

export type Row = readonly (string | number)[];

/** Prints a table that can be pasted into `docs/measurements.md`. */
export const printTable = (title: string, head: readonly string[], rows: readonly Row[]): void => {
  const lines = [
    `### ${title}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)).join(' | ')} |`),
    '',
    `Node ${process.versions.node}, ${cpus().length} cores, load before and during this run ${(loadavg()[0] ?? 0).toFixed(1)}.`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};
