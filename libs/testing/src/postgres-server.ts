import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export type PostgresServer = {
  /** As the superuser `owner`, database `postgres`. */
  readonly url: string;
  /** The cluster's data directory, readable by whoever runs this. */
  readonly dataFolder: string;
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

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Settings every server of ours for keys must have (docs/how-to/postgresql.md): erased stays erased. */
export const ERASING_SETTINGS: Readonly<Record<string, string>> = { wal_recycle: 'off', wal_level: 'replica' };

/**
 * A new cluster in a temporary folder, on a free port of the loopback address. Needs PostgreSQL's own binaries; as root
 * the server runs as the user `postgres`, which PostgreSQL demands.
 * @throws Error when there are no binaries or the server does not start
 */
export const startPostgres = async (settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> => {
  const binaries = postgresBinaries();
  if (binaries === undefined)
    throw new Error('no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const asServer: string[] = [];
  if (process.getuid?.() === 0) {
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(folder, uid, gid);
    asServer.push('setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups');
  }
  const run = async (name: string, ...args: readonly string[]): Promise<void> => {
    const [command = '', ...rest] = [...asServer, join(binaries, name), ...args];
    await promisify(execFile)(command, rest, { cwd: folder });
  };
  const dataFolder = join(folder, 'data');
  const port = await freePort();
  const options = Object.entries({ max_connections: '200', ...ERASING_SETTINGS, ...settings })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const start = (): Promise<void> => {
    const where = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
    return run(
      'pg_ctl',
      '-D',
      dataFolder,
      '-w',
      '-l',
      join(folder, 'server.log'),
      '-o',
      `${where} ${options}`,
      'start',
    );
  };
  const remove = async (): Promise<void> => {
    await run('pg_ctl', '-D', dataFolder, '-m', 'immediate', '-w', 'stop').catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await run('initdb', '-D', dataFolder, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C');
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `postgres://owner@127.0.0.1:${port}/postgres`,
    dataFolder,
    start,
    kill: async () => {
      const [pid] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      // Until its children let go of the shared memory a new one refuses to start.
      await run('pg_ctl', '-D', dataFolder, '-m', 'immediate', '-w', 'stop').catch(() => undefined);
    },
    remove,
  };
};
