import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One run of one variant: operations, the seconds they took, and the processor seconds of every thread that worked for them. */
export type Sample = { readonly operations: number; readonly seconds: number; readonly cpuSeconds: number };
/** Medians of the runs of one variant. Processor time says more than the rate where a machine is shared. */
export type Measured = { readonly rate: number; readonly cpuMicros: number };

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

/** Processor seconds of this process so far, all its threads. */
export const ownCpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** @param cpuSeconds of the process that does the work; this one when left out */
export const sampled = async (
  operations: number,
  work: () => Promise<unknown> | unknown,
  cpuSeconds: () => number = ownCpuSeconds,
): Promise<Sample> => {
  const before = cpuSeconds();
  const taken = await seconds(work);
  return { operations, seconds: taken, cpuSeconds: cpuSeconds() - before };
};

/**
 * Runs variants in turn, round after round, so that a slow minute of the machine hits all of them, and gives the medians of
 * each: operations per second, and processor time per operation.
 */
export const compare = async <Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Readonly<Record<Name, Measured>>> => {
  const names = Object.keys(variants) as Name[];
  const samples = new Map<Name, Sample[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) samples.get(name)?.push(await variants[name]());
  const measured = (name: Name): Measured => {
    const own = samples.get(name) ?? [];
    return {
      rate: median(own.map((sample) => sample.operations / sample.seconds)),
      cpuMicros: median(own.map((sample) => (1e6 * sample.cpuSeconds) / sample.operations)),
    };
  };
  return Object.fromEntries(names.map((name) => [name, measured(name)])) as Record<Name, Measured>;
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
  return sampled(count, () => Promise.all(Array.from({ length: callers }, caller)));
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
