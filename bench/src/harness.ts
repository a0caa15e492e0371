import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cpus } from 'node:os';

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

/** A folder on the disk of the workspace (a log in a memory file system would measure nothing), deleted afterwards. */
export const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(resolve(process.env['BENCH_FOLDER'] ?? '.'), '.bench-'));
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
    `Node ${process.versions.node}, ${cpus().length} cores.`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
};
