import { openCaseCommand, caseByIdQuery } from '@toeverlaat/contracts';
import { startFleet, type Fleet, type ProcessName } from '@toeverlaat/distributed';
import { compose, foundDemonstration, readSettings } from '@toeverlaat/standalone';
import { createGraphqlDriver, twinsOfTheDemonstration } from '@toeverlaat/standalone/scenarios';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, median, note, percentile, printTable, seconds } from './harness.js';

const ALONE = 60;
const TOGETHER = 160;
const CALLERS = 8;

type Figures = {
  readonly aloneMs: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  readonly readsPerSecond: number;
};

/** Opens cases over GraphQL, as a counsellor's browser does: alone, then eight at a time; then reads them. */
const measure = async (url: string): Promise<Figures> => {
  const driver = createGraphqlDriver(url);
  const [organisation] = twinsOfTheDemonstration;
  const lies = driver.actor({ as: 'counsellor', subject: `lies@${organisation}`, organisation });
  const ids: string[] = [];
  const open = async (): Promise<void> => {
    const answer = await lies.command(openCaseCommand, crypto.randomUUID(), {
      identity: 'anonymous',
      site: 'ghent',
      firstContactOn: new Date().toISOString().slice(0, 10),
      language: 'nl',
    });
    if (!answer.ok) throw new Error(answer.refusal.kind);
    ids.push(answer.id);
  };
  for (let n = 0; n < 20; n += 1) await open();
  const times: number[] = [];
  for (let n = 0; n < ALONE; n += 1) times.push((await seconds(open)) * 1_000);
  const each = async (work: (n: number) => Promise<void>): Promise<number> => {
    let next = 0;
    const took = await seconds(() =>
      Promise.all(
        Array.from({ length: CALLERS }, async () => {
          while (next < TOGETHER) {
            const n = next;
            next += 1;
            await work(n);
          }
        }),
      ),
    );
    return TOGETHER / took;
  };
  const perSecond = await each(open);
  const readsPerSecond = await each(async (n) => {
    const answer = await lies.query(caseByIdQuery, { caseId: ids[n % ids.length] ?? '' });
    if (!answer.ok) throw new Error(answer.refusal.kind);
  });
  return { aloneMs: median(times), p99Ms: percentile(times, 0.99), perSecond, readsPerSecond };
};

/** Resident memory of a process in megabytes, as Linux tells it. */
const memoryOf = (pid: number | undefined): number => {
  if (pid === undefined) return Number.NaN;
  const [, kilobytes = 'NaN'] = /VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
};

const standalone = (): Promise<Figures> =>
  inFolder(async (folder) => {
    const settings = readSettings(['--data', join(folder, 'data'), '--port', '0', '--log-level', 'silent'], {});
    if (!settings.ok) throw new Error(settings.error.help);
    const product = await compose(settings.value, { timersEveryMs: 0 });
    try {
      await foundDemonstration(product);
      return await measure((await product.listen()).url);
    } finally {
      await product.stop();
    }
  });

const distributed = (
  log: string,
  replicas: Readonly<Partial<Record<ProcessName, number>>>,
  look: (fleet: Fleet) => void = () => undefined,
): Promise<Figures> =>
  inFolder(async (folder) => {
    const data = join(folder, 'fleet');
    // PostgreSQL runs as its package's user where this runs as root, and must be able to reach its folder.
    chmodSync(folder, 0o711);
    const fleet = await startFleet({ data, log, replicas, play: 'organisations', logLevel: 'error' });
    try {
      await fleet.whenSettled();
      const figures = await measure(fleet.url);
      look(fleet);
      return figures;
    } finally {
      await fleet.stop();
    }
  });

/** A command over the whole distributed path beside standalone, two replicas of `case` beside one, memory per process. */
export const distributedPath = async (): Promise<void> => {
  const memory: (readonly [string, string])[] = [];
  const rows: (readonly [string, Figures])[] = [
    ['one process, SQLite', await standalone()],
    ['a process per service, SQLite', await distributed('sqlite', {})],
    [
      'a process per service, PostgreSQL',
      await distributed('postgres', {}, ({ processes }) => {
        for (const [name, { pid }] of processes) memory.push([name, String(memoryOf(pid()))]);
      }),
    ],
    ['two replicas of case, PostgreSQL', await distributed('postgres', { case: 2 })],
  ];
  printTable(
    'A command over the whole path',
    ['openCase over GraphQL', 'alone, ms', 'p99, ms', `${CALLERS} callers, /s`, 'caseById, /s'],
    rows.map(([name, { aloneMs, p99Ms, perSecond, readsPerSecond }]) => [
      name,
      aloneMs.toFixed(1),
      p99Ms.toFixed(1),
      perSecond.toFixed(0),
      readsPerSecond.toFixed(0),
    ]),
  );
  printTable('Memory per process', ['process', 'resident, MB'], memory);
  note(
    'All of it on one machine: more processes share the same cores, so replicas show their cost here and not their use.',
  );
};
