import type { Position } from '@toeverlaat/event-log';
import { createFileTileReader, type TreeHead } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EvidenceStopped, type EvidenceFault } from './faults.js';
import type { SequenceStep, Sequencer, SequencerOptions } from './sequencer.js';
import type { Trees, TreeStep } from './trees.js';

/** Ends the thread dead at a step, the nth time it is reached. */
export type ThreadEnd = { readonly step: SequenceStep | TreeStep; readonly time: number };

/** What the thread is told when it begins. */
export type ThreadPlace = {
  /** The file of the log. */
  readonly log: string;
  readonly index: string;
  readonly trees: string;
  readonly pauseMs: number;
  readonly endAt?: ThreadEnd;
};

export type ThreadOrder =
  /** Begin again after a fault. */
  | { readonly kind: 'start' }
  | { readonly kind: 'sequence'; readonly id: number; readonly position: Position; readonly timeoutMs: number }
  | { readonly kind: 'integrate'; readonly id: number; readonly organisation: OrganisationId }
  | { readonly kind: 'end' };

/** Errors lose their class on the way between threads: what kind they are is told beside them. */
export type ThreadAnswer =
  | { readonly kind: 'fault'; readonly fault: EvidenceFault; readonly organisation?: string; readonly error: unknown }
  | { readonly kind: 'sequenced'; readonly id: number; readonly done: boolean }
  | { readonly kind: 'integrated'; readonly id: number; readonly head: TreeHead }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly fault: EvidenceFault;
      readonly organisation?: string;
      readonly error: unknown;
    };

/** Another thread that may make the evidence, where the log is a file. */
export type EvidenceThread = {
  /** What the thread runs: a program that calls `workAsEvidenceThread`. */
  readonly program: URL;
  /** The file of the log. */
  readonly log: string;
};

export type ThreadOptions = Pick<SequencerOptions, 'onFault'> & {
  readonly program: URL;
  readonly place: ThreadPlace;
  /** Milliseconds until a thread that ended by itself is begun again; whoever asks for something begins it at once. */
  readonly againAfterMs?: number;
};

/** What makes the evidence out of the log, in whichever thread. */
export type Making = { readonly sequencer: Sequencer; readonly trees: Trees };

const AGAIN_AFTER_MS = 5_000;
/** How long what is being integrated may take at the end. */
const END_MS = 30_000;

type Owed = {
  readonly sequenced: (done: boolean) => void;
  readonly integrated: (head: TreeHead) => void;
  readonly refused: (error: EvidenceStopped) => void;
};
type Thread = { readonly worker: Worker; readonly owed: Map<number, Owed>; readonly gone: Promise<void> };

const stoppedBy = ({ fault, organisation, error }: Extract<ThreadAnswer, { readonly kind: 'fault' | 'refused' }>) =>
  new EvidenceStopped(fault, organisation, { cause: error });

/**
 * Sequencer and trees in a thread of their own, over connections of its own to log and index (ADR 79): whoever appends in
 * this thread shares nothing with them but the disk. A thread that ends by itself is a fault that is told, and it is begun
 * again from what is on disk, as a process would after a kill.
 */
export const openEvidenceThread = (options: ThreadOptions): Making => {
  const { program, place, onFault, againAfterMs = AGAIN_AFTER_MS } = options;
  let thread: Thread | undefined;
  let fault: EvidenceFault | undefined;
  let again: NodeJS.Timeout | undefined;
  let ending = false;
  let asked = 0;
  let begun = 0;

  const tell = ({ worker }: Thread, order: ThreadOrder): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(order);
  };

  const hear = ({ worker, owed }: Thread, answer: ThreadAnswer): void => {
    if (answer.kind === 'fault') {
      fault = answer.fault;
      onFault(fault, stoppedBy(answer));
      return;
    }
    const asker = owed.get(answer.id);
    owed.delete(answer.id);
    if (owed.size === 0) worker.unref();
    switch (answer.kind) {
      case 'sequenced':
        asker?.sequenced(answer.done);
        return;
      case 'integrated':
        asker?.integrated(answer.head);
        return;
      case 'refused':
        asker?.refused(stoppedBy(answer));
        return;
      default:
        answer satisfies never;
    }
  };

  const ended = ({ owed }: Thread, error: unknown): void => {
    thread = undefined;
    const stopped = new EvidenceStopped('thread_ended', undefined, { cause: error });
    if (!ending) {
      fault = 'thread_ended';
      onFault(fault, stopped);
      again = setTimeout(start, againAfterMs);
      again.unref();
    }
    for (const { refused } of owed.values()) refused(stopped);
  };

  const begin = (): Thread => {
    const { endAt, ...rest } = place;
    begun += 1;
    fault = undefined;
    const workerData: ThreadPlace = begun === 1 && endAt !== undefined ? place : rest;
    // Flags of this process, such as those of a test runner, are not for the worker.
    const worker = new Worker(program, { workerData, execArgv: [], name: 'evidence' });
    let error: unknown;
    const gone = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        ended(made, error ?? new Error(`the thread of the evidence ended with ${code}`));
        resolve();
      });
    });
    const made: Thread = { worker, owed: new Map(), gone };
    worker.on('error', (thrown) => {
      error = thrown;
    });
    worker.on('message', (answer: ThreadAnswer) => hear(made, answer));
    // It keeps no process alive by itself: what it has not come to is made by the next one.
    worker.unref();
    return made;
  };

  const running = (): Thread => {
    clearTimeout(again);
    if (ending) throw new EvidenceStopped('thread_ended');
    thread ??= begin();
    return thread;
  };

  const start = (): void => {
    if (ending) return;
    // A new one begins by itself.
    const stands = thread === undefined ? undefined : fault;
    const now = running();
    if (stands === undefined) return;
    fault = undefined;
    tell(now, { kind: 'start' });
  };

  const ask = (owing: Owed, order: (id: number) => ThreadOrder): void => {
    const now = running();
    asked += 1;
    now.owed.set(asked, owing);
    now.worker.ref();
    tell(now, order(asked));
  };
  const nothing = (): void => undefined;

  return {
    sequencer: {
      start,
      stop: async () => {
        ending = true;
        clearTimeout(again);
        const now = thread;
        if (now === undefined) return;
        now.worker.ref();
        tell(now, { kind: 'end' });
        const late = setTimeout(() => void now.worker.terminate(), END_MS);
        await now.gone;
        clearTimeout(late);
      },
      fault: () => fault,
      whenSequenced: (position, timeoutMs) =>
        new Promise((resolve) => {
          if (ending) {
            resolve(false);
            return;
          }
          const end = (done: boolean): void => {
            clearTimeout(timer);
            resolve(done);
          };
          // Beside the thread's own bound: one that hangs answers nothing.
          const timer = setTimeout(end, timeoutMs, false);
          const owing = { sequenced: end, integrated: nothing, refused: () => end(false) };
          ask(owing, (id) => ({ kind: 'sequence', id, position, timeoutMs }));
        }),
    },
    trees: {
      integrate: (organisation) =>
        new Promise((resolve, reject) => {
          const owing = { sequenced: nothing, integrated: resolve, refused: reject };
          ask(owing, (id) => ({ kind: 'integrate', id, organisation }));
        }),
      reader: (organisation) => createFileTileReader(join(place.trees, organisation)),
    },
  };
};
