import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answerSchema, type Ask } from './protocol.js';

type Asked = Ask extends infer A ? (A extends Ask ? Omit<A, 'id'> : never) : never;

/** The process died before it answered. What it had begun may have happened or not. */
export class Died extends Error {
  override readonly name = 'Died';
}

export type RunningProduct = {
  readonly ask: (ask: Asked) => Promise<unknown>;
  readonly kill: () => Promise<void>;
  readonly whenGone: Promise<void>;
};

/** The built child, also when this module itself runs from its source in a test. */
const childFile = (): string => {
  const built = fileURLToPath(new URL('../../dist/crash/child.js', import.meta.url));
  if (!existsSync(built)) throw new Error(`${built} is not built: npm run build`);
  return built;
};

/**
 * Starts the product on a data folder in a process of its own.
 * @returns ready: false when it died while it started, which a kill may make it do
 */
export const startProduct = (
  dataFolder: string,
): RunningProduct & { readonly whenReady: Promise<boolean>; readonly complaints: () => string } => {
  const child: ChildProcess = fork(childFile(), ['--data', dataFolder, '--port', '0', '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../../node_modules/.cache/node', import.meta.url)),
    },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-4_000);
    });
  let ids = 0;
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const ready = Promise.withResolvers<boolean>();
  const gone = Promise.withResolvers<undefined>();
  child.on('message', (message: unknown) => {
    const answer = answerSchema.parse(message);
    if (answer.kind === 'ready') {
      ready.resolve(true);
      return;
    }
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.kind === 'answer') waiter?.resolve(answer.value);
    else waiter?.reject(new Error(answer.reason));
  });
  // `close` comes after the last message was read: an acknowledgement that was sent is never taken for lost.
  child.on('close', () => {
    ready.resolve(false);
    for (const { reject } of waiting.values()) reject(new Died('killed'));
    waiting.clear();
    gone.resolve(undefined);
  });
  return {
    whenReady: ready.promise,
    whenGone: gone.promise,
    complaints: () => printed,
    ask: (ask) => {
      ids += 1;
      const id = ids;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        if (!child.connected) {
          waiting.delete(id);
          reject(new Died('not connected'));
          return;
        }
        child.send({ ...ask, id }, (error) => {
          if (error === null || !waiting.delete(id)) return;
          reject(new Died(error.message));
        });
      });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone.promise;
    },
  };
};
