import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What the seeding process is told, as JSON in its environment: the connection holds a password. */
export type SeedInput = {
  readonly data: string;
  /** Settings by name: log, vault and keyring or keys, blobs, messaging. */
  readonly stores: Readonly<Record<string, string>>;
  readonly rootKey: string;
  readonly publishedViews: string;
  readonly cases: number;
  readonly seed: number;
  /** Whose tokens the people sign in with; the demonstration's own provider when left out. */
  readonly oidcIssuer?: string | undefined;
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** `organisations`: founded, with nothing played in them: for tests that play for themselves. */
  readonly play: 'everything' | 'organisations';
};

/** The demonstration could not be played; what was printed says why. Starting again goes on where it stood. */
export class SeedFailed extends Error {
  override readonly name = 'SeedFailed';
}

/** Plays the demonstration in a process of its own, which ends with it. @throws SeedFailed */
export const runSeed = (entry: string, input: SeedInput, onLine: (line: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = fork(entry, [], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      env: { PATH: process.env['PATH'], TOEVERLAAT_SEED_INPUT: JSON.stringify(input) },
    });
    let last = '';
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => {
          last = line;
          onLine(line);
        });
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new SeedFailed(`the demonstration ended with ${signal ?? `exit ${code ?? 'unknown'}`}: ${last}`));
    });
  });
