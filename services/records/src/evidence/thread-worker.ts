import { createBell, follow, type EventLog } from '@toeverlaat/event-log/sqlite';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { EvidenceStopped, faultOf } from './faults.js';
import { openLeafIndex } from './leaf-index.js';
import { createSequencer, type SequenceStep } from './sequencer.js';
import type { ThreadAnswer, ThreadOrder, ThreadPlace } from './thread.js';
import { createTrees, type TreeStep } from './trees.js';

const LEAST_ROUND_MS = 100;
const NICENESS = 10;
/**
 * Where all processors are taken, whoever gives a command goes first. Linux counts the niceness of each thread by itself
 * (setpriority(2)); elsewhere all threads of a process are alike.
 */
const giveWay = (): void => {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread !== process.pid) setPriority(thread, NICENESS);
  } catch {
    // Nothing depends on it.
  }
};

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const tell = (answer: ThreadAnswer): void => parentPort?.postMessage(answer);

/** What the thread reads of a log, over a connection of its own. */
export type ThreadLog = Pick<EventLog, 'readAll' | 'readStream' | 'close'>;

/**
 * Makes this thread the one of `thread.ts`: it sequences and integrates until it is told to end. The composition root gives the
 * program of the thread, which chooses how the log is opened.
 */
export const workAsEvidenceThread = (openLog: (file: string) => ThreadLog): void => {
  const { log: file, index: indexFile, trees: folder, pauseMs, endAt } = workerData as ThreadPlace;
  giveWay();

  let times = 0;
  const at = (step: SequenceStep | TreeStep): void => {
    if (step !== endAt?.step || (times += 1) < endAt.time) return;
    process.exit(1);
  };

  const log = openLog(file);
  const index = openLeafIndex(indexFile);
  const trees = createTrees({ folder, index, at });
  /** Appends of the other thread ring no bell here: it is looked at every so often, and when somebody asks. */
  const bell = createBell();
  const round = setInterval(bell.ring, Math.max(LEAST_ROUND_MS, pauseMs));
  const organisationOf = (error: unknown): { readonly organisation?: string } =>
    error instanceof EvidenceStopped && error.organisation !== undefined ? { organisation: error.organisation } : {};

  const sequencer = createSequencer({
    log: { readStream: log.readStream, subscribe: (options) => follow(log.readAll, bell, options) },
    index,
    pauseMs,
    at,
    onFault: (fault, error) => tell({ kind: 'fault', fault, ...organisationOf(error), error }),
  });
  const integrating = new Set<Promise<void>>();

  const sequence = async ({ id, position, timeoutMs }: Extract<ThreadOrder, { readonly kind: 'sequence' }>) => {
    const done = sequencer.whenSequenced(position, timeoutMs);
    bell.ring();
    tell({ kind: 'sequenced', id, done: await done });
  };

  const integrate = async ({ id, organisation }: Extract<ThreadOrder, { readonly kind: 'integrate' }>) => {
    try {
      tell({ kind: 'integrated', id, head: await trees.integrate(organisation) });
    } catch (error) {
      tell({ kind: 'refused', id, fault: faultOf(error), ...organisationOf(error), error });
    }
  };

  const end = async (): Promise<void> => {
    clearInterval(round);
    await sequencer.stop();
    await Promise.all(integrating);
    index.close();
    await log.close();
    parentPort?.close();
  };

  parentPort?.on('message', (order: ThreadOrder) => {
    switch (order.kind) {
      case 'start':
        sequencer.start();
        return;
      case 'sequence':
        void sequence(order);
        return;
      case 'integrate': {
        const work = integrate(order);
        integrating.add(work);
        void work.finally(() => integrating.delete(work));
        return;
      }
      case 'end':
        void end();
        return;
      default:
        order satisfies never;
    }
  });
  sequencer.start();
};
