import { caseCategory } from '@toeverlaat/case';
import { caseIdOfRequest } from '@toeverlaat/contracts';
import {
  checkLog,
  metadataOf,
  openSqliteEventLog,
  parseStreamName,
  streamName,
  type Position,
} from '@toeverlaat/event-log';
import { inspectEvidence } from '@toeverlaat/records';
import { join } from 'node:path';
import { z } from 'zod';
import { differs, rebuildViews } from '../commands/views.js';
import { layoutOf } from '../layout.js';
import { castOf, learn, nextCommand, send, type Cast, type Sent } from './load.js';
import { Died, startProduct } from './process.js';
import { seededRandom, type Random } from './random.js';

export type CrashOptions = {
  readonly dataFolder: string;
  readonly kills: number;
  readonly seed: number;
  /** Commands in flight at a time. */
  readonly callers?: number;
  /** Longest life of a process after it is ready, in milliseconds. */
  readonly longestMs?: number;
  readonly onProgress?: (done: number, total: number) => void;
};

export type CrashReport = {
  readonly kills: number;
  readonly killedWhileStarting: number;
  readonly acknowledged: number;
  /** Sent, not answered, sent again after a restart: how many had happened after all, and how many had not. */
  readonly inDoubt: { readonly happened: number; readonly notHappened: number };
  readonly repeats: number;
  readonly events: number;
  readonly views: number;
  /** Signed over the organisations' trees, each the same as by the plain definition. */
  readonly checkpoints: number;
  /** Each is a broken promise; empty when all is well. */
  readonly faults: readonly string[];
};

/** Part of the kills that come while the process starts. */
const WHILE_STARTING = 0.15;
const hashesSchema = z.object({ settled: z.boolean(), hashes: z.record(z.string(), z.string()) });

type Ledger = {
  /** Answered `ok`: must be in the log exactly once, for ever. */
  readonly acknowledged: Map<string, Sent>;
  /** Sent, never answered. */
  inDoubt: Sent[];
  sent: number;
  repeats: number;
  happened: number;
  notHappened: number;
  readonly faults: string[];
};

const nameOf = ({ pattern, commandId }: Sent): string => `${pattern} ${commandId}`;

/** Sends commands until the process dies, old ones again among them. */
const load = async (
  product: ReturnType<typeof startProduct>,
  casts: readonly Cast[],
  random: Random,
  callers: number,
  ledger: Ledger,
): Promise<void> => {
  const doubtful = ledger.inDoubt;
  ledger.inDoubt = [];
  const one = async (sent: Sent, kind: 'new' | 'in doubt' | 'again'): Promise<void> => {
    try {
      const reply = await send(product, sent);
      if (!reply.ok) {
        // Refused (no such person yet, a capacity that is there): nothing happened, which is an answer too.
        if (kind === 'again') ledger.faults.push(`${nameOf(sent)}: acknowledged before, now ${reply.rejection.kind}`);
        if (reply.rejection.kind === 'CommandIdReused') ledger.faults.push(`${nameOf(sent)}: taken for another`);
        return;
      }
      if (kind === 'again' && !reply.repeated) ledger.faults.push(`${nameOf(sent)}: carried out a second time`);
      if (kind === 'in doubt') {
        if (reply.repeated) ledger.happened += 1;
        else ledger.notHappened += 1;
      }
      if (!ledger.acknowledged.has(sent.commandId)) learn(casts, sent, reply.id);
      ledger.acknowledged.set(sent.commandId, sent);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      if (kind !== 'again') ledger.inDoubt.push(sent);
      throw error;
    }
  };
  const caller = async (): Promise<void> => {
    for (;;) {
      const before = doubtful.pop();
      if (before !== undefined) {
        await one(before, 'in doubt');
        continue;
      }
      const known = ledger.acknowledged.size;
      if (known > 0 && random.below(8) === 0) {
        const again = [...ledger.acknowledged.values()][random.below(known)];
        if (again !== undefined) {
          ledger.repeats += 1;
          await one(again, 'again');
          continue;
        }
      }
      ledger.sent += 1;
      await one(nextCommand(random, casts, ledger.sent), 'new');
    }
  };
  await Promise.all(
    Array.from({ length: callers }, () =>
      caller().catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      }),
    ),
  );
  ledger.inDoubt.push(...doubtful);
};

/** Every checkpoint is that of the log's own order, and so are index and tree on disk. */
const inspectTrees = async (dataFolder: string, ledger: Ledger): Promise<number> => {
  const { log: file, evidence } = layoutOf(dataFolder);
  const log = openSqliteEventLog({ file, readOnly: true });
  try {
    const { checkpoints, faults } = await inspectEvidence(log, join(evidence, 'index.sqlite'));
    ledger.faults.push(...faults);
    return checkpoints;
  } finally {
    await log.close();
  }
};

/** Every event once, every command in one append, every acknowledged one there, every reaction done. */
const inspectLog = async (file: string, ledger: Ledger): Promise<number> => {
  const checked = await checkLog(file);
  if (!checked.ok) {
    ledger.faults.push(`the log is damaged at ${checked.bad.position ?? '?'}: ${checked.bad.reason}`);
    return 0;
  }
  const log = openSqliteEventLog({ file, readOnly: true });
  try {
    const eventIds = new Set<string>();
    /** Command to where its last event stands, and how many there are. */
    const commands = new Map<string, { stream: string; revision: number }>();
    const streams = new Set<string>();
    /** The cases that accepted requests must have led to. */
    const expected = new Set<string>();
    let after: Position | undefined;
    for (;;) {
      const slice = await log.readAll({ ...(after === undefined ? {} : { after }), limit: 2_000 });
      for (const event of slice.events) {
        if (eventIds.has(event.eventId)) ledger.faults.push(`event ${event.eventId} is there twice`);
        eventIds.add(event.eventId);
        streams.add(event.stream);
        if (event.type === 'intake.RequestAccepted.v1')
          expected.add(
            streamName(
              caseCategory,
              event.organisation,
              caseIdOfRequest(event.organisation, parseStreamName(event.stream)?.id ?? ''),
            ),
          );
        const { commandId } = metadataOf(event);
        const last = commands.get(commandId);
        if (last !== undefined && (last.stream !== event.stream || last.revision + 1 !== event.revision))
          ledger.faults.push(
            `command ${commandId} has two appends: ${last.stream}@${last.revision}, ${event.stream}@${event.revision}`,
          );
        commands.set(commandId, { stream: event.stream, revision: event.revision });
      }
      after = slice.next;
      if (slice.atEnd) break;
    }
    for (const sent of ledger.acknowledged.values())
      if (!commands.has(sent.commandId)) ledger.faults.push(`${nameOf(sent)}: acknowledged, and lost`);
    for (const stream of expected)
      if (!streams.has(stream)) ledger.faults.push(`an accepted request has no case: ${stream}`);
    return eventIds.size;
  } finally {
    await log.close();
  }
};

/**
 * Kills the product again and again under load, at random moments of a repeatable run, and checks what it promises
 * (design rule 8): no acknowledged command is lost, none has its effect twice, and every view is what the log says.
 */
export const crashTest = async (options: CrashOptions): Promise<CrashReport> => {
  const { dataFolder, kills, seed, callers = 8, longestMs = 1_000 } = options;
  const random = seededRandom(seed);
  const ledger: Ledger = {
    acknowledged: new Map(),
    inDoubt: [],
    sent: 0,
    repeats: 0,
    happened: 0,
    notHappened: 0,
    faults: [],
  };
  let killedWhileStarting = 0;
  let casts: readonly Cast[] | undefined;
  /** How long a start took, to place a kill in the middle of one. */
  let startMs = 500;
  for (let kill = 0; kill < kills; kill += 1) {
    const started = performance.now();
    const product = startProduct(dataFolder);
    const early = kill > 0 && random.next() < WHILE_STARTING;
    let timer = early ? setTimeout(() => void product.kill(), random.next() * startMs) : undefined;
    if (await product.whenReady) {
      startMs = performance.now() - started;
      clearTimeout(timer);
      if (casts === undefined) {
        await product.ask({ kind: 'seed' });
        casts = await castOf(product);
      }
      timer = setTimeout(() => void product.kill(), random.next() * longestMs);
      await load(product, casts, random, callers, ledger);
    } else if (early) killedWhileStarting += 1;
    else {
      clearTimeout(timer);
      ledger.faults.push(`did not start after kill ${kill}: ${product.complaints()}`);
      break;
    }
    await product.whenGone;
    options.onProgress?.(kill + 1, kills);
  }

  const last = startProduct(dataFolder);
  if (!(await last.whenReady)) {
    ledger.faults.push(`did not start after the last kill: ${last.complaints()}`);
    await last.whenGone;
    return reportOf(kills, killedWhileStarting, ledger, { events: 0, views: 0, checkpoints: 0 });
  }
  for (const sent of ledger.inDoubt) {
    const reply = await send(last, sent);
    if (reply.ok) ledger.acknowledged.set(sent.commandId, sent);
  }
  const { settled, hashes } = hashesSchema.parse(await last.ask({ kind: 'hashes' }));
  if (!settled) ledger.faults.push('views or reactions did not catch up within a minute');
  await last.ask({ kind: 'stop' });
  await last.whenGone;

  const events = await inspectLog(layoutOf(dataFolder).log, ledger);
  const checkpoints = await inspectTrees(dataFolder, ledger);
  const views = await rebuildViews(dataFolder);
  for (const view of views) {
    if (differs(view)) ledger.faults.push(`${view.view} in its file is not what the log says`);
    const live = hashes[view.view];
    if (live !== undefined && live !== view.rebuilt)
      ledger.faults.push(`${view.view} as served is not what the log says`);
  }
  return reportOf(kills, killedWhileStarting, ledger, { events, views: views.length, checkpoints });
};

const reportOf = (
  kills: number,
  killedWhileStarting: number,
  ledger: Ledger,
  counts: Pick<CrashReport, 'events' | 'views' | 'checkpoints'>,
): CrashReport => ({
  kills,
  killedWhileStarting,
  acknowledged: ledger.acknowledged.size,
  inDoubt: { happened: ledger.happened, notHappened: ledger.notHappened },
  repeats: ledger.repeats,
  ...counts,
  faults: ledger.faults,
});
