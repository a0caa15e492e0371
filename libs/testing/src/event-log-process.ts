import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export type ScriptProcess = {
  readonly pid: number | undefined;
  /** Whole lines of the process's output, in order; ends when the process does. */
  readonly lines: AsyncIterable<string>;
  /** `kill -9`: no handler of the process runs. */
  readonly kill: () => void;
  /** What the process wrote to its error output so far. */
  readonly errors: () => string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

/** Spares a second of each start; a script that will be killed calls `flushCompileCache` once it is loaded. */
const COMPILE_CACHE = join(import.meta.dirname, '../../../node_modules/.cache/scripts');

/**
 * Runs a TypeScript file of this workspace in a process of its own, from source: for tests that kill it.
 * @param script absolute path of the `.ts` file
 */
export const runScript = (script: string, args: readonly string[]): ScriptProcess => {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(import.meta.dirname, 'event-log-typescript.mjs'),
      script,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: COMPILE_CACHE } },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return {
    pid: child.pid,
    lines: createInterface({ input: child.stdout }),
    kill: () => {
      child.kill('SIGKILL');
    },
    errors: () => errors,
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
  };
};
