import { encodeMetadata, openSqliteEventLog, streamName, type EventLog } from '@toeverlaat/event-log';
import { createEvidence, type Evidence, type EvidenceSettings } from '@toeverlaat/records';
import { openFileSealing, type SealingService } from '@toeverlaat/sealing';
import { evidenceThread } from '@toeverlaat/standalone';
import { silentLogger } from '@toeverlaat/telemetry';
import { eventIdOf, organisationId, systemClock, uuidV5, type CommandId } from '@toeverlaat/values';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, median, note, ownCpuSeconds, percentile, printTable } from './harness.js';

export const organisation = organisationId('gentia');
export const CATEGORY = 'case.note';
const DATA = Buffer.from(JSON.stringify({ noteId: 'n', words: { v: 1, ct: 'x'.repeat(700) } }));
const CALLERS = [1, 64] as const;
/** As long on any machine: several rounds of the sequencer, and long enough for a checkpoint of SQLite's own. */
const RUN_MS = 3_000;
const WARM_MS = 1_000;
const ROUNDS = 9;

/** One stored event of about 1.3 kB, as a command leaves it. */
export const eventOf = (stream: string, n: number) => {
  const commandId = uuidV5('bench evidence', stream, String(n)) as CommandId;
  const eventId = eventIdOf(stream, commandId, 0);
  const type = 'case.Noted.v1';
  const metadata = encodeMetadata({
    v: 1,
    eventId,
    type,
    organisation,
    recordedAt: '2026-03-02T09:00:00.000Z',
    actor: { pseudonym: 'abcdefghijklmnopqrstuvwxyz', capacity: 'counsellor' },
    purpose: 'handle_case',
    commandId,
    fingerprint: 'f'.repeat(43),
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '2026.1',
    lawVersion: '2026.1',
  });
  return { eventId, type, metadata, data: DATA };
};

export const appendOne = async (log: EventLog, round: string, n: number): Promise<void> => {
  const stream = streamName(CATEGORY, organisation, `${round}-${n % 997}`);
  const done = await log.append({ organisation, stream, expected: 'any', events: [eventOf(stream, n)] });
  if (!done.ok) throw new Error(done.error.kind);
};

export const openEvidence = (
  log: EventLog,
  sealing: SealingService,
  settings: Pick<EvidenceSettings, 'folder' | 'thread' | 'pauseMs'>,
): Evidence => createEvidence({ log, sealing, clock: systemClock, logger: silentLogger(), ...settings });

/** Where the evidence is made while appends go on. */
const ways = ['nowhere', 'own thread', 'same thread'] as const;
type Way = (typeof ways)[number];
/** Of one run: appends a second, and microseconds of processor an append, of the thread that appends and of all. */
type Run = { readonly rate: number; readonly appending: number; readonly all: number };
export type CostToAppends = readonly {
  readonly callers: number;
  readonly runs: Readonly<Record<Way, readonly Run[]>>;
}[];

const threadCpuSeconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
};

/**
 * What the evidence costs whoever appends: bare appends, which do nothing else and so are the dearest case there is, with
 * the evidence in a thread of its own, in the thread that appends, and not at all; in turn, beginning with another each round.
 */
export const costToAppends = async (folder: string, sealing: SealingService): Promise<CostToAppends> => {
  let run = 0;
  const one = async (way: Way, callers: number, runMs: number): Promise<Run> => {
    run += 1;
    const round = `r${run}`;
    const logFile = join(folder, `${round}.sqlite`);
    const log = openSqliteEventLog({ file: logFile });
    const settings = {
      folder: join(folder, round),
      ...(way === 'own thread' ? { thread: evidenceThread(logFile) } : {}),
    };
    const beside = way === 'nowhere' ? undefined : openEvidence(log, sealing, settings);
    beside?.start();
    // The thread is there before the first append that counts, as in a product that has started.
    await appendOne(log, round, 0);
    await beside?.publishNow(organisation);
    const before = ownCpuSeconds();
    const ownBefore = threadCpuSeconds();
    const begun = performance.now();
    let appends = 0;
    const caller = async (): Promise<void> => {
      while (performance.now() - begun < runMs) await appendOne(log, round, (appends += 1));
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const seconds = (performance.now() - begun) / 1_000;
    const own = threadCpuSeconds() - ownBefore;
    // What it had not come to yet is part of what it costs all of the machine.
    await beside?.publishNow(organisation);
    const all = ownCpuSeconds() - before;
    await beside?.stop();
    await log.close();
    rmSync(join(folder, round), { recursive: true, force: true });
    for (const part of ['', '-wal', '-shm']) rmSync(`${logFile}${part}`, { force: true });
    return { rate: appends / seconds, appending: (1e6 * own) / appends, all: (1e6 * all) / appends };
  };
  note('warming up');
  for (const way of ways) await one(way, 64, WARM_MS);
  const costs: { callers: number; runs: Record<Way, Run[]> }[] = [];
  for (const callers of CALLERS) {
    const runs: Record<Way, Run[]> = { nowhere: [], 'own thread': [], 'same thread': [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      note(`${callers} callers, round ${round + 1} of ${ROUNDS}`);
      for (let nth = 0; nth < ways.length; nth += 1) {
        const way = ways[(round + nth) % ways.length] ?? 'nowhere';
        runs[way].push(await one(way, callers, RUN_MS));
      }
    }
    costs.push({ callers, runs });
  }
  return costs;
};

/** How much more or less, in per cent, in the median of the rounds: what was measured side by side is compared side by side. */
const apart = (runs: readonly Run[], alone: readonly Run[], of: (run: Run) => number): string => {
  const each = runs.map((run, round) => {
    const beside = alone[round];
    return beside === undefined ? Number.NaN : 100 * (of(run) / of(beside) - 1);
  });
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
  return `${signed(median(each))} % (half of the rounds ${signed(percentile(each, 0.25))} to ${signed(percentile(each, 0.75))})`;
};

export const printCost = (costs: CostToAppends): void => {
  const rows = costs.flatMap(({ callers, runs }) =>
    ways.map((way) => {
      const own = runs[way];
      const rate = median(own.map((run) => run.rate));
      const appending = median(own.map((run) => run.appending));
      const all = median(own.map((run) => run.all));
      const differs = (of: (run: Run) => number): string => (way === 'nowhere' ? '–' : apart(own, runs.nowhere, of));
      return [callers, way, rate, differs((run) => run.rate), appending, differs((run) => run.appending), all] as const;
    }),
  );
  printTable(
    'What the evidence costs whoever appends (aim: < 5 %)',
    [
      'callers',
      'evidence made in',
      'appends/s',
      'rate beside none',
      'µs CPU an append, appending thread',
      'beside none',
      'µs CPU an append, all threads, publication included',
    ],
    rows,
  );
};

/** Only what the evidence costs appends, beside appends without it in the same run. */
export const evidenceCost = async (): Promise<void> =>
  inFolder(async (folder) => {
    const sealing = await openFileSealing({
      dataFolder: join(folder, 'keys'),
      rootKeyFile: join(folder, 'root.key'),
      clock: systemClock,
      createRootKey: true,
    });
    printCost(await costToAppends(folder, sealing));
    await sealing.close();
  });
