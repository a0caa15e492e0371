import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Namespaces of the kernel that exist as long as this says, and no longer than the process that asked for them. */
export type OwnNamespace = {
  /** What a command is put behind to run in it. */
  readonly within: readonly string[];
  /** Runs a command in it. @throws Error with what it said */
  readonly run: (...command: readonly string[]) => void;
  /** A file as those see it who are in it. */
  readonly seen: (path: string) => string;
  readonly pid: number;
  /** Ends it; what is mounted or plugged in goes with the last process in it. */
  readonly close: () => Promise<void>;
};

/** Runs a command to its end. @throws Error with what it said */
export const run = (command: string, ...rest: readonly string[]): string => {
  const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${rest.join(' ')}: ${stderr}`);
  return stdout;
};

/**
 * Namespaces held by a process that does nothing and that the kernel ends with this one, so that nothing stays behind even
 * when a run is killed.
 * @param kind `net`: a host's own network; `mount`: its own view of the disks
 */
export const openNamespace = async (kind: 'net' | 'mount'): Promise<OwnNamespace> => {
  // Says a line once it is in there.
  const holder = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', `--${kind}`, 'sh', '-c', 'echo in; exec sleep infinity'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(holder, 'close');
  const { pid } = holder;
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => {
      throw new Error(`no namespace (${kind}) here`);
    }),
  ]);
  if (pid === undefined) throw new Error(`no namespace (${kind}) here`);
  const within = ['nsenter', `--${kind}=/proc/${pid}/ns/${kind === 'net' ? 'net' : 'mnt'}`, '--'];
  return {
    within,
    run: (...command) => {
      const [enter = '', ...rest] = [...within, ...command];
      run(enter, ...rest);
    },
    seen: (path) => `/proc/${pid}/root${path}`,
    pid,
    close: async () => {
      holder.kill('SIGKILL');
      await ended;
    },
  };
};
