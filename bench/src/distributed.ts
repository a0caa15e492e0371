import { openCaseCommand, caseByIdQuery } from '@toeverlaat/contracts';
import { startFleet, type Fleet, type ProcessName } from '@toeverlaat/distributed';
import { compose, foundDemonstration, readSettings } from '@toeverlaat/standalone';
import { createGraphqlDriver, twinsOfTheDemonstration } from '@toeverlaat/standalone/scenarios';
import { Client } from 'pg';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inFolder, latencies, median, note, percentile, printTable } from './harness.js';
import { cpuSecondsOf, cpuSecondsWithChildren, residentKiBOf } from './processes.js';
import { startProduct } from './product.js';

const ROUNDS = 4;
const ALONE = 25;
/** Seconds of commands of many callers, and of reads, in each round: the whole run ends whatever the machine gives. */
const SECONDS = 4;
const CALLERS = 8;
const IDLE_SECONDS = 10;

/** A deployment that runs: where it is asked, and what its processes have used so far, in processor seconds by name. */
type Deployment = {
  readonly url: string;
  readonly used: () => ReadonlyMap<string, number>;
  /** Resident kibibytes by process. */
  readonly resident: () => ReadonlyMap<string, number>;
  /** Transactions that the database server has committed so far. */
  readonly transactions: () => Promise<number>;
  readonly settle: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Round = {
  readonly aloneMs: readonly number[];
  readonly perSecond: number;
  readonly readsPerSecond: number;
  /** Processor milliseconds of one command, by process, with all that follows of it. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly transactions: number;
};

/** Opens cases over GraphQL, as a counsellor's browser does: alone, then eight at a time; then reads them. */
const callerOf = (url: string) => {
  const driver = createGraphqlDriver(url);
  const [organisation] = twinsOfTheDemonstration;
  const lies = driver.actor({ as: 'counsellor', subject: `lies@${organisation}`, organisation });
  const ids: string[] = [];
  return {
    open: async (): Promise<void> => {
      const answer = await lies.command(openCaseCommand, crypto.randomUUID(), {
        identity: 'anonymous',
        site: 'ghent',
        firstContactOn: new Date().toISOString().slice(0, 10),
        language: 'nl',
      });
      if (!answer.ok) throw new Error(answer.refusal.kind);
      ids.push(answer.id);
    },
    read: async (n: number): Promise<void> => {
      const answer = await lies.query(caseByIdQuery, { caseId: ids[n % ids.length] ?? '' });
      if (!answer.ok) throw new Error(answer.refusal.kind);
    },
  };
};
type Caller = ReturnType<typeof callerOf>;

/** How many a second, of eight callers, for a while. */
const forAWhile = async (work: (n: number) => Promise<void>): Promise<{ done: number; perSecond: number }> => {
  const start = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (performance.now() - start < SECONDS * 1_000) {
        const n = next;
        next += 1;
        await work(n);
      }
    }),
  );
  return { done: next, perSecond: (1_000 * next) / (performance.now() - start) };
};

const round = async (deployment: Deployment, caller: Caller): Promise<Round> => {
  const aloneMs = await latencies(ALONE, caller.open);
  await deployment.settle();
  const before = deployment.used();
  const committed = await deployment.transactions();
  const opened = await forAWhile(caller.open);
  await deployment.settle();
  const after = deployment.used();
  const transactions = ((await deployment.transactions()) - committed) / opened.done;
  const cpuMs = new Map(
    [...after].map(([name, used]) => [name, (1_000 * (used - (before.get(name) ?? 0))) / opened.done]),
  );
  const { perSecond: readsPerSecond } = await forAWhile(caller.read);
  return { aloneMs, perSecond: opened.perSecond, readsPerSecond, cpuMs, transactions };
};

const standalone = async (folder: string): Promise<Deployment> => {
  const data = join(folder, 'standalone');
  const settings = readSettings(['--data', data, '--port', '0', '--log-level', 'silent'], {});
  if (!settings.ok) throw new Error(settings.error.help);
  const founding = await compose(settings.value, { timersEveryMs: 0 });
  try {
    await foundDemonstration(founding);
  } finally {
    await founding.stop();
  }
  const server = await startProduct(data);
  return {
    url: server.url,
    used: () => new Map([['all in one', server.cpuSeconds()]]),
    resident: () => new Map([['all in one', server.residentKiB() ?? Number.NaN]]),
    transactions: () => Promise.resolve(Number.NaN),
    // Nobody may ask it from outside; what follows of a command falls into the reads.
    settle: () => Promise.resolve(),
    stop: server.stop,
  };
};

const pidsOf = (fleet: Fleet): (readonly [string, number])[] =>
  [...fleet.processes].flatMap(([name, { pid }]) => {
    const running = pid();
    return running === undefined ? [] : [[name, running] as const];
  });

const distributed = async (
  folder: string,
  log: 'sqlite' | 'postgres',
  replicas: Readonly<Partial<Record<ProcessName, number>>>,
): Promise<Deployment> => {
  const data = join(folder, `fleet-${log}-${Object.keys(replicas).join('-')}`);
  const fleet = await startFleet({ data, log, replicas, play: 'organisations', logLevel: 'error' });
  const settle = async (): Promise<void> => {
    if (!(await fleet.whenSettled())) throw new Error('the deployment did not settle');
  };
  if (log === 'sqlite')
    return {
      url: fleet.url,
      used: () => new Map(pidsOf(fleet).map(([name, pid]) => [name, cpuSecondsOf(pid)])),
      resident: () => new Map(pidsOf(fleet).map(([name, pid]) => [name, residentKiBOf(pid) ?? Number.NaN])),
      transactions: () => Promise.resolve(Number.NaN),
      settle,
      stop: fleet.stop,
    };
  const postmaster = Number(readFileSync(join(fleet.layout.postgres, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const [, address = ''] = /^(?:postgres:)?(postgres(?:ql)?:\/\/.*)$/u.exec(fleet.stores['log'] ?? '') ?? [];
  const asked = new Client({ connectionString: address });
  await asked.connect();
  return {
    url: fleet.url,
    used: () =>
      new Map([
        ...pidsOf(fleet).map(([name, pid]) => [name, cpuSecondsOf(pid)] as const),
        ['PostgreSQL', cpuSecondsWithChildren(postmaster)],
      ]),
    resident: () => new Map(pidsOf(fleet).map(([name, pid]) => [name, residentKiBOf(pid) ?? Number.NaN])),
    transactions: async () => {
      const { rows } = await asked.query<{ n: string }>(
        'SELECT sum(xact_commit + xact_rollback)::text AS n FROM pg_stat_database',
      );
      return Number(rows[0]?.n ?? 0);
    },
    settle,
    stop: async () => {
      await asked.end();
      await fleet.stop();
    },
  };
};

const sum = (values: Iterable<number>): number => [...values].reduce((all, value) => all + value, 0);

/**
 * A command over the whole distributed path beside one process, two replicas of `case` beside one, what each process uses of
 * processor and memory, working and idle. All deployments run at once and take turns, so that a slow minute hits all.
 */
export const distributedPath = (): Promise<void> =>
  inFolder(async (folder) => {
    // PostgreSQL runs as its package's user where this runs as root, and must be able to reach its folder.
    chmodSync(folder, 0o711);
    const running = new Map<string, Deployment>();
    try {
      note('distributed: starting');
      running.set('one process, SQLite', await standalone(folder));
      running.set('a process per service, SQLite', await distributed(folder, 'sqlite', {}));
      running.set('a process per service, PostgreSQL', await distributed(folder, 'postgres', {}));
      running.set('two replicas of case, PostgreSQL', await distributed(folder, 'postgres', { case: 2 }));
      const callers = new Map([...running].map(([name, { url }]) => [name, callerOf(url)]));
      for (const caller of callers.values()) for (let n = 0; n < 40; n += 1) await caller.open();
      const rounds = new Map<string, Round[]>([...running.keys()].map((name) => [name, []]));
      for (let n = 0; n < ROUNDS; n += 1) {
        note(`distributed: round ${n + 1} of ${ROUNDS}`);
        for (const [name, deployment] of running) {
          const caller = callers.get(name);
          if (caller !== undefined) rounds.get(name)?.push(await round(deployment, caller));
        }
      }
      for (const deployment of running.values()) await deployment.settle();
      note('distributed: idle');
      const before = new Map([...running].map(([name, { used }]) => [name, used()]));
      await sleep(IDLE_SECONDS * 1_000);
      const idle = new Map([...running].map(([name, { used }]) => [name, used()]));

      const figures = [...rounds].map(([name, all]) => ({
        name,
        alone: all.flatMap(({ aloneMs }) => aloneMs),
        perSecond: median(all.map(({ perSecond }) => perSecond)),
        reads: median(all.map(({ readsPerSecond }) => readsPerSecond)),
        cpu: median(all.map(({ cpuMs }) => sum(cpuMs.values()))),
        transactions: median(all.map(({ transactions }) => transactions)),
      }));
      const beside = figures[0];
      printTable(
        `A command over the whole path (openCase over GraphQL, ${CALLERS} callers, medians of ${ROUNDS} rounds)`,
        ['deployment', 'alone p50, ms', 'p99, ms', '/s', 'of one process', 'CPU ms', 'transactions', 'caseById, /s'],
        figures.map(({ name, alone, perSecond, reads, cpu, transactions }) => [
          name,
          percentile(alone, 0.5),
          percentile(alone, 0.99),
          perSecond,
          perSecond / (beside?.perSecond ?? Number.NaN),
          cpu,
          Number.isNaN(transactions) ? '–' : transactions,
          reads,
        ]),
      );
      const shown = 'a process per service, PostgreSQL';
      const used = [...(running.get(shown)?.used().keys() ?? [])];
      printTable(
        `By process (${shown})`,
        ['process', 'CPU ms a command', `CPU ms a second, idle`, 'resident, MiB'],
        used.map((name) => [
          name,
          median((rounds.get(shown) ?? []).map(({ cpuMs }) => cpuMs.get(name) ?? Number.NaN)),
          (1_000 * ((idle.get(shown)?.get(name) ?? Number.NaN) - (before.get(shown)?.get(name) ?? 0))) / IDLE_SECONDS,
          Math.round((running.get(shown)?.resident().get(name) ?? Number.NaN) / 1024) || '–',
        ]),
      );
      note('Processes share the cores of one machine: more of them show their cost here and not their use.');
    } finally {
      for (const { stop } of running.values()) await stop();
    }
  });
