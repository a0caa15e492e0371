import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { environmentOf, type ProcessPlan } from './plan.js';

const readySchema = z.object({ kind: z.literal('ready'), port: z.number(), operationsPort: z.number() });

/** A process ended before it could be asked; what it printed says why. */
export class ProcessDidNotStart extends Error {
  override readonly name = 'ProcessDidNotStart';
}

export type SupervisorOptions = {
  /** The module that every process runs. */
  readonly entry: string;
  /** A line that a process printed. */
  readonly onLine: (name: string, line: string) => void;
  /** A process ended by itself and is started again. */
  readonly onRestart?: (name: string, how: string) => void;
  readonly compileCache?: string;
};

/** As much of a plan as it takes to run it. */
export type Runnable = Pick<ProcessPlan, 'name' | 'within' | 'settings'>;

export type Supervised<Plan extends Runnable = ProcessPlan> = {
  readonly plan: Plan;
  readonly pid: () => number | undefined;
  /** Resolves once it can be asked. @throws ProcessDidNotStart */
  readonly start: () => Promise<void>;
  /** Tells it to stop and waits until it has; one that does not is ended. */
  readonly stop: () => Promise<void>;
  /** `kill -9`, as by a machine that goes away; it is started again. Resolves once it is gone. */
  readonly kill: () => Promise<void>;
  /** Resolves when it can be asked (again). @throws ProcessDidNotStart: it is not wanted to run */
  readonly whenReady: () => Promise<void>;
};

/** What a process may take beyond its own draining before it is ended, in milliseconds. */
const STOP_MS = 30_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Keeps one process running: starts it, starts it again when it ends by itself, later each time, and stops it for good when
 * told to. A stop is complete before the next start begins.
 */
export const supervise = <Plan extends Runnable>(plan: Plan, options: SupervisorOptions): Supervised<Plan> => {
  const { entry, onLine, onRestart, compileCache } = options;
  let child: ChildProcess | undefined;
  let gone: Promise<string> = Promise.resolve('not started');
  let ready = Promise.withResolvers<undefined>();
  let wanted = false;
  let pauseMs = FIRST_PAUSE_MS;
  let waiting: NodeJS.Timeout | undefined;

  const spawn = (): Promise<void> => {
    const [command = process.execPath, ...before] = [...plan.within, process.execPath];
    const started = fork(entry, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execPath: command,
      execArgv: before,
      // A group of its own: Ctrl-C reaches the supervisor, which stops the others in order.
      detached: true,
      env: {
        PATH: process.env['PATH'],
        TZ: process.env['TZ'],
        ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
        ...environmentOf(plan.settings),
      },
    });
    child = started;
    const own = ready;
    // Somebody may never ask.
    own.promise.catch(() => undefined);
    let last = '';
    for (const stream of [started.stdout, started.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => {
          last = line;
          onLine(plan.name, line);
        });
    started.on('message', (message: unknown) => {
      if (!readySchema.safeParse(message).success) return;
      pauseMs = FIRST_PAUSE_MS;
      own.resolve(undefined);
    });
    gone = new Promise((resolve) => {
      started.once('close', (code, signal) => {
        const how = signal ?? `exit ${code ?? 'unknown'}`;
        own.reject(new ProcessDidNotStart(`${plan.name} ended (${how})${last === '' ? '' : `: ${last}`}`));
        resolve(how);
        // Who asks from now on waits for the next one, and is not told of this one that it was ready once.
        ready = Promise.withResolvers<undefined>();
        if (child === started) child = undefined;
        if (!wanted) return;
        onRestart?.(plan.name, how);
        waiting = setTimeout(() => {
          pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
          void spawn().catch(() => undefined);
        }, pauseMs);
      });
    });
    return own.promise;
  };

  return {
    plan,
    pid: () => child?.pid,
    start: async () => {
      await gone;
      wanted = true;
      try {
        await spawn();
      } catch (error) {
        // At the first start a wrong setting is told, not tried for ever.
        wanted = false;
        clearTimeout(waiting);
        throw error;
      }
    },
    stop: async () => {
      wanted = false;
      clearTimeout(waiting);
      const running = child;
      if (running === undefined) {
        ready.promise.catch(() => undefined);
        ready.reject(new ProcessDidNotStart(`${plan.name} was stopped`));
        ready = Promise.withResolvers<undefined>();
        return;
      }
      const hard = setTimeout(() => running.kill('SIGKILL'), STOP_MS);
      running.kill('SIGTERM');
      await gone;
      clearTimeout(hard);
    },
    kill: async () => {
      const running = child;
      if (running === undefined) return;
      const dead = gone;
      running.kill('SIGKILL');
      await dead;
    },
    whenReady: async () => {
      for (;;) {
        if (!wanted) throw new ProcessDidNotStart(`${plan.name} was stopped`);
        // One that ends before it is ready is followed by another, for as long as it is wanted.
        const isReady = await ready.promise.then(
          () => true,
          () => false,
        );
        if (isReady) return;
      }
    },
  };
};
