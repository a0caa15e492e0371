import { installPostgresLog } from '@toeverlaat/postgres';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { z } from 'zod';

/** No PostgreSQL on this machine, or it does not start. */
export class PostgresMissing extends Error {
  override readonly name = 'PostgresMissing';
}

export type Cluster = {
  /** As the owner of the cluster, database `postgres`. */
  readonly owner: string;
  readonly stop: () => Promise<void>;
};

const PACKAGED = '/usr/lib/postgresql';

const binaries = (): string => {
  const packaged = existsSync(PACKAGED)
    ? readdirSync(PACKAGED)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(PACKAGED, version, 'bin'))
    : [];
  const found = [...(process.env['PATH'] ?? '').split(delimiter), ...packaged].find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
  if (found === undefined)
    throw new PostgresMissing(
      'no PostgreSQL on this machine: install it (Debian: apt-get install postgresql), or take a file with --log sqlite',
    );
  return found;
};

/** PostgreSQL refuses to run as root: it then runs as its package's own user, who must be able to reach its folder. */
const asServer = (): {
  readonly prefix: readonly string[];
  readonly own: (path: string) => void;
  readonly pass: (path: string) => void;
} => {
  if (process.getuid?.() !== 0) return { prefix: [], own: () => undefined, pass: () => undefined };
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
  );
  return {
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    own: (path) => {
      chownSync(path, uid, gid);
    },
    pass: (path) => {
      chmodSync(path, 0o711);
    },
  };
};

/**
 * A server in a folder, on the loopback address, that asks for a password; made at the first start, kept for the next.
 * @throws PostgresMissing
 */
export const startCluster = async (folder: string, port: number): Promise<Cluster> => {
  const bin = binaries();
  const { prefix, own, pass } = asServer();
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'owner.password');
  const run = async (name: string, ...args: readonly string[]): Promise<void> => {
    const [command = '', ...rest] = [...prefix, join(bin, name), ...args];
    try {
      await promisify(execFile)(command, rest, { cwd: folder });
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
      throw new PostgresMissing(`${name} failed${said === '' ? `; see ${join(folder, 'server.log')}` : `: ${said}`}`);
    }
  };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  own(folder);
  pass(dirname(folder));
  if (!existsSync(join(data, 'PG_VERSION'))) {
    rmSync(data, { recursive: true, force: true });
    writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    own(passwordFile);
    const setup = ['-U', 'owner', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C'];
    await run('initdb', '-D', data, ...setup);
  }
  const password = readFileSync(passwordFile, 'utf8');
  const where = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
  // Erased stays erased: no used log segments kept, nothing of keys beyond the next checkpoint.
  const options = `${where} -c max_connections=300 -c wal_recycle=off`;
  await run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'server.log'), '-o', options, 'start');
  return {
    owner: `postgres://owner:${password}@127.0.0.1:${port}/postgres`,
    stop: () => run('pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop'),
  };
};

const ROLE = 'toeverlaat';
const savedSchema = z.strictObject({ password: z.string() });

/**
 * The database of a deployment with the log installed, and the application's role, which owns nothing.
 * @param secretFile where the role's password is kept, for the owner of the deployment alone
 * @returns how the application connects
 */
export const prepareDatabase = async (owner: string, database: string, secretFile: string): Promise<string> => {
  const password = existsSync(secretFile)
    ? savedSchema.parse(JSON.parse(readFileSync(secretFile, 'utf8'))).password
    : randomBytes(24).toString('hex');
  const role = `${ROLE}_${database}`.slice(0, 40);
  const admin = new Client({ connectionString: owner });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${database}`);
    const known = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    // Both are made of hexadecimal digits and plain letters above.
    await admin.query(`${known.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} LOGIN PASSWORD '${password}'`);
  } finally {
    await admin.end();
  }
  mkdirSync(join(secretFile, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(secretFile, `${JSON.stringify({ password })}\n`, { mode: 0o600 });
  const url = new URL(owner);
  url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await installPostgresLog(client, role);
  } finally {
    await client.end();
  }
  url.username = role;
  url.password = password;
  return url.href;
};
