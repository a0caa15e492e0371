import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { recordFiles, type Manifest } from './folder.js';
import { partOf, type Part } from './part.js';

export type PartOrder = { readonly folder: string; readonly organisation: string };

/** Records below which starting threads takes longer than going through them. */
const FEW_RECORDS = 200_000;
/** Beyond it the disk, or the one thread that joins the hashes, is the limit. */
const MOST_THREADS = 8;
/** Files that a thread is told of at a time: it has the next one when it is done, and no more lie in memory. */
const AHEAD = 2;

/** The worker is compiled JavaScript, also where this file runs as its source. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/part-worker.js' : './part-worker.js',
  import.meta.url,
);

/** How many threads go through an export of that many records. @param asked fewer or more, for tests and for who shares a machine */
export const threadsFor = (manifest: Pick<Manifest, 'size' | 'recordsPerFile'>, asked?: number): number =>
  Math.min(
    asked ?? (manifest.size < FEW_RECORDS ? 1 : Math.min(availableParallelism(), MOST_THREADS)),
    recordFiles(manifest),
  );

/** A thread and the answers it owes, in the order it was asked. */
const openWorker = (order: PartOrder) => {
  const owed: { readonly resolve: (part: Part) => void; readonly reject: (error: unknown) => void }[] = [];
  // Flags of this process, such as those of a test runner, are not for the worker.
  const worker = new Worker(workerFile, { workerData: order, execArgv: [] });
  let gone: unknown;
  const fail = (error: unknown): void => {
    gone ??= error;
    for (const { reject } of owed.splice(0)) reject(gone);
  };
  worker.on('message', (part: Part) => owed.shift()?.resolve(part));
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a thread of the verifier ended with ${code}`)));
  return {
    ask: (number: number): Promise<Part> => {
      const answer = new Promise<Part>((resolve, reject) => {
        if (gone === undefined) owed.push({ resolve, reject });
        else reject(gone);
      });
      // Whoever stops at an earlier file leaves this one unheard.
      answer.catch(() => undefined);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(number);
      return answer;
    },
    end: async (): Promise<void> => {
      await worker.terminate();
    },
  };
};

/** What each file of records gives, in the order of the files, however many threads go through them. */
export const partsOf = async function* (
  folder: string,
  manifest: Pick<Manifest, 'organisation' | 'size' | 'recordsPerFile'>,
  asked?: number,
): AsyncGenerator<Part> {
  const { organisation } = manifest;
  const files = recordFiles(manifest);
  const threads = threadsFor(manifest, asked);
  if (threads <= 1) {
    for (let number = 0; number < files; number += 1) yield partOf(folder, organisation, number);
    return;
  }
  const workers = Array.from({ length: threads }, () => openWorker({ folder, organisation }));
  try {
    const coming: (Promise<Part> | undefined)[] = [];
    let told = 0;
    const tell = (): void => {
      if (told < files) coming.push(workers[told % threads]?.ask(told));
      told += 1;
    };
    for (let ahead = 0; ahead < threads * AHEAD; ahead += 1) tell();
    for (let next = coming.shift(); next !== undefined; next = coming.shift()) {
      const part = await next;
      tell();
      yield part;
    }
  } finally {
    await Promise.all(workers.map(({ end }) => end()));
  }
};
