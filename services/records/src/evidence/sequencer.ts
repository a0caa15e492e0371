import { LogClosed, leafOf, type EventLog, type Position, type RecordedEvent } from '@toeverlaat/event-log/sqlite';
import { EvidenceStopped, faultOf, type EvidenceFault } from './faults.js';
import type { LeafIndex, NewLeaf } from './leaf-index.js';

/** Gives every envelope of the log its index in its organisation's order, in the background. */
export type Sequencer = {
  /** Begins, or begins again after a fault. Does nothing while it runs. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly fault: () => EvidenceFault | undefined;
  /** Resolves once everything up to the position is sequenced; false when the bound ran out or it stopped. */
  readonly whenSequenced: (position: Position, timeoutMs: number) => Promise<boolean>;
};

export type SequenceStep = 'before_sequence' | 'sequenced';
/** What is read of the log. */
export type SequencedLog = Pick<EventLog, 'readStream' | 'subscribe'>;
export type SequencerOptions = {
  readonly log: SequencedLog;
  readonly index: LeafIndex;
  /** Milliseconds between two batches while nobody waits: a commit of its own for each event would cost commands time. */
  readonly pauseMs: number;
  readonly batchSize?: number;
  /** Called between the steps, for crash injection. */
  readonly at?: (step: SequenceStep) => void;
  readonly onFault: (fault: EvidenceFault, error: unknown) => void;
};

const newLeaf = (event: RecordedEvent): NewLeaf => ({
  organisation: event.organisation,
  // What the log has just checked need not be hashed once more; `checkSame` does not lean on it.
  leaf: event.leaf === undefined ? leafOf(event) : Buffer.from(event.leaf, 'hex'),
  eventId: event.eventId,
  stream: event.stream,
  revision: event.revision,
  position: event.position,
});

/**
 * Whether the log still holds what was sequenced last. A log that was replaced or restored to before does not, and its
 * next events would get indexes behind leaves that are nowhere.
 * @throws EvidenceStopped `sequence_differs`
 */
const checkSame = async (log: SequencedLog, index: LeafIndex): Promise<void> => {
  for (const organisation of index.organisations()) {
    const newest = index.at(organisation, index.size(organisation) - 1);
    if (newest === undefined) continue;
    const [event] = await log.readStream(newest.stream, { from: newest.revision, limit: 1 });
    if (event === undefined || !leafOf(event).equals(newest.leaf))
      throw new EvidenceStopped('sequence_differs', organisation);
  }
};

export const createSequencer = (options: SequencerOptions): Sequencer => {
  const { log, index, pauseMs, batchSize = 1_000, at = () => undefined, onFault } = options;
  let running: { readonly done: Promise<void>; readonly controller: AbortController } | undefined;
  let fault: EvidenceFault | undefined;
  /** Not before this run has seen that the log is still the one that was sequenced. */
  let reached: Position | undefined;
  const waiters = new Set<() => void>();
  let hurry: (() => void) | undefined;

  const wake = (): void => {
    for (const waiter of waiters) waiter();
  };

  const pause = (signal: AbortSignal): Promise<void> =>
    pauseMs === 0 || waiters.size > 0 || signal.aborted
      ? Promise.resolve()
      : new Promise((resolve) => {
          const end = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
            hurry = undefined;
            resolve();
          };
          const timer = setTimeout(end, pauseMs);
          timer.unref();
          signal.addEventListener('abort', end);
          hurry = end;
        });

  const run = async (signal: AbortSignal): Promise<void> => {
    await checkSame(log, index);
    reached = index.position();
    wake();
    const from = reached === undefined ? {} : { after: reached };
    for await (const message of log.subscribe({ ...from, signal, batchSize })) {
      if (message.next === undefined) continue;
      if (message.kind === 'events') {
        at('before_sequence');
        index.append(message.events.map(newLeaf), message.next);
        at('sequenced');
      }
      reached = message.next;
      wake();
      if (message.kind === 'caughtUp') await pause(signal);
    }
  };

  return {
    start: () => {
      if (running !== undefined) return;
      fault = undefined;
      reached = undefined;
      const controller = new AbortController();
      const done = run(controller.signal)
        .catch((error: unknown) => {
          if (error instanceof LogClosed || controller.signal.aborted) return;
          fault = faultOf(error);
          onFault(fault, error);
        })
        .finally(() => {
          running = undefined;
          wake();
        });
      running = { done, controller };
    },
    stop: async () => {
      running?.controller.abort();
      await running?.done;
    },
    fault: () => fault,
    whenSequenced: (position, timeoutMs) =>
      new Promise((resolve) => {
        const end = (answer: boolean): void => {
          clearTimeout(timer);
          waiters.delete(look);
          resolve(answer);
        };
        const look = (): void => {
          if (reached !== undefined && reached >= position) end(true);
          else if (running === undefined) end(false);
        };
        const timer = setTimeout(end, timeoutMs, false);
        waiters.add(look);
        hurry?.();
        look();
      }),
  };
};
