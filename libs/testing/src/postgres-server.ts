import { endWithParent } from '@toeverlaat/kafka-broker/end-with-parent';
import { freePorts } from '@toeverlaat/kafka-broker/free-ports';
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export type PostgresServer = {
  /** As the superuser `owner`, database `postgres`. */
  readonly url: string;
  /** The cluster's data directory, readable by whoever runs this. */
  readonly dataFolder: string;
  /** What the server wrote into its log so far. */
  readonly said: () => string;
  /** Starts it again where it stood, on the same port. */
  readonly start: () => Promise<void>;
  /** `kill -9` of the postmaster, as by the machine; its children notice and end. */
  readonly kill: () => Promise<void>;
  /** Stops it and leaves nothing. */
  readonly remove: () => Promise<void>;
};

const PACKAGED = '/usr/lib/postgresql';

/** Folder of PostgreSQL's own binaries, the newest first where Debian has several; undefined when there are none. */
export const postgresBinaries = (path = process.env['PATH'] ?? ''): string | undefined => {
  const packaged = existsSync(PACKAGED)
    ? readdirSync(PACKAGED)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(PACKAGED, version, 'bin'))
    : [];
  return [...path.split(delimiter), ...packaged].find((folder) => existsSync(join(folder, 'initdb')));
};

/** Settings every server of ours for keys must have (docs/how-to/postgresql.md): erased stays erased. */
export const ERASING_SETTINGS: Readonly<Record<string, string>> = { wal_recycle: 'off', wal_level: 'replica' };

export type PostgresOptions = {
  /** An address of this machine where it listens too, and from which network it is then asked. */
  readonly also?: { readonly host: string; readonly network: string };
  /** What the server's commands are put behind, asked once, when the folder of its data is there, empty and its own. */
  readonly within?: (dataFolder: string, owner: number) => Promise<readonly string[]>;
  /** A file as the server sees it, where `within` gave it other eyes. */
  readonly seen?: (path: string) => string;
};

/**
 * A new cluster in a temporary folder, on a free port of the loopback address. Needs PostgreSQL's own binaries; as root
 * the server runs as the user `postgres`, which PostgreSQL demands. It ends with whoever started it, however that ended.
 * @throws Error when there are no binaries or the server does not start
 */
export const startPostgres = async (
  settings: Readonly<Record<string, string>> = {},
  { also, within, seen = (path) => path }: PostgresOptions = {},
): Promise<PostgresServer> => {
  const binaries = postgresBinaries();
  if (binaries === undefined)
    throw new Error('no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const watch = endWithParent(folder);
  const asServer: string[] = [];
  let owner = process.getuid?.() ?? 0;
  if (owner === 0) {
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    owner = uid;
    chownSync(folder, uid, gid);
    asServer.push('setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups');
  }
  const dataFolder = join(folder, 'data');
  if (within !== undefined) {
    mkdirSync(dataFolder, { mode: 0o700 });
    chownSync(dataFolder, owner, -1);
    asServer.unshift(...(await within(dataFolder, owner)));
  }
  const run = async (name: string, ...args: readonly string[]): Promise<void> => {
    const [command = '', ...rest] = [...asServer, join(binaries, name), ...args];
    await promisify(execFile)(command, rest, { cwd: folder });
  };
  const port = await freePorts('127.0.0.1')();
  const options = Object.entries({ max_connections: '200', ...ERASING_SETTINGS, ...settings })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const postmaster = (): number =>
    Number(readFileSync(seen(join(dataFolder, 'postmaster.pid')), 'utf8').split('\n')[0]);
  const start = async (): Promise<void> => {
    const addresses = ['127.0.0.1', ...(also === undefined ? [] : [also.host])].join(',');
    const where = `-p ${port} -k ${folder} -c listen_addresses=${addresses}`;
    const log = join(folder, 'server.log');
    await run('pg_ctl', '-D', dataFolder, '-w', '-l', log, '-o', `${where} ${options}`, 'start');
    watch.holds(postmaster(), 'QUIT');
  };
  const remove = async (): Promise<void> => {
    await run('pg_ctl', '-D', dataFolder, '-m', 'immediate', '-w', 'stop').catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
    watch.done();
  };
  try {
    await run('initdb', '-D', dataFolder, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C');
    if (also !== undefined)
      appendFileSync(seen(join(dataFolder, 'pg_hba.conf')), `host all all ${also.network} trust\n`);
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `postgres://owner@127.0.0.1:${port}/postgres`,
    dataFolder: seen(dataFolder),
    said: () => readFileSync(join(folder, 'server.log'), 'utf8'),
    start,
    kill: async () => {
      const pid = postmaster();
      process.kill(pid, 'SIGKILL');
      watch.gone(pid);
      // Until its children let go of the shared memory a new one refuses to start.
      await run('pg_ctl', '-D', dataFolder, '-m', 'immediate', '-w', 'stop').catch(() => undefined);
    },
    remove,
  };
};
