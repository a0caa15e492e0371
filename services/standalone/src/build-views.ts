import { openSqliteEventLog, parsePosition, type Position } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import { rebuildAll, ViewStopped, type RebuiltView } from '@toeverlaat/views';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { serviceTable } from './services.js';

/** The file of the log and the folder of the views. */
export type BuildPlace = { readonly log: string; readonly folder: string };
export type BuildOrder = { readonly kind: 'build'; readonly service: string } | { readonly kind: 'end' };
export type BuildAnswer =
  | { readonly kind: 'built'; readonly views: readonly RebuiltView[] }
  | {
      readonly kind: 'stopped';
      readonly view: string;
      readonly position: Position;
      readonly index: number;
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly message: string };

export type BuiltService = { readonly service: string; readonly views: readonly RebuiltView[] };

export type BuildOptions = BuildPlace & {
  /** As many as there are processors when left out; a short log is built in this thread, which has nothing to load. */
  readonly threads?: number;
  readonly onService?: (service: string) => void;
};

/** Events below which starting threads takes longer than building. */
const FEW_EVENTS = 200_000;
/** The services with the most events come first, so that no thread is left with a long one at the end. */
const LONGEST_FIRST = ['records', 'case', 'intake'];
const rank = (name: string): number => {
  const at = LONGEST_FIRST.indexOf(name);
  return at < 0 ? LONGEST_FIRST.length : at;
};

/** The worker is compiled JavaScript, also where this file runs as its source. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/build-views-worker.js' : './build-views-worker.js',
  import.meta.url,
);

/**
 * Builds every view of every service from the log and puts the rows in their places, several services at a time: each view
 * is written by one thread alone, so that rows and hashes are those of building one after the other.
 * @throws ViewStopped when a view cannot take an event; other services may have been built by then
 */
export const buildEveryView = async (options: BuildOptions): Promise<readonly BuiltService[]> => {
  const { log: file, folder, onService = () => undefined } = options;
  const log = openSqliteEventLog({ file, readOnly: true });
  const built = new Map<string, readonly RebuiltView[]>();
  const answers = (): readonly BuiltService[] =>
    serviceTable.map(({ name }) => ({ service: name, views: built.get(name) ?? [] }));
  try {
    const head = await log.head();
    const few = head === undefined || parsePosition(head) < FEW_EVENTS;
    const threads = Math.min(options.threads ?? (few ? 1 : availableParallelism()), serviceTable.length);
    if (threads === 1) {
      for (const { name, views } of serviceTable) {
        onService(name);
        built.set(name, await rebuildAll({ log, folder, service: name, views }));
      }
      return answers();
    }
  } finally {
    await log.close();
  }

  const waiting = serviceTable.map(({ name }) => name as string).toSorted((a, b) => rank(a) - rank(b));
  const thread = async (): Promise<void> => {
    const place: BuildPlace = { log: file, folder };
    // Flags of this process, such as those of a test runner, are not for the worker.
    const worker = new Worker(workerFile, { workerData: place, execArgv: [] });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    const tell = (order: BuildOrder): void => worker.postMessage(order);
    try {
      for (let service = waiting.shift(); service !== undefined; service = waiting.shift()) {
        onService(service);
        tell({ kind: 'build', service });
        const [answer] = (await once(worker, 'message')) as readonly BuildAnswer[];
        if (answer === undefined) throw new InvariantBroken('a thread answered nothing');
        switch (answer.kind) {
          case 'built':
            built.set(service, answer.views);
            break;
          case 'stopped':
            throw new ViewStopped(answer.view, answer.position, answer.index, new Error(answer.message));
          case 'failed':
            throw new Error(answer.message);
        }
      }
      tell({ kind: 'end' });
      await once(worker, 'exit');
    } finally {
      waiting.length = 0;
      await worker.terminate();
    }
  };
  const done = await Promise.allSettled(Array.from({ length: options.threads ?? availableParallelism() }, thread));
  for (const one of done) if (one.status === 'rejected') throw one.reason;
  return answers();
};
