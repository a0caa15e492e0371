import { serviceNames, type ServiceName } from '@toeverlaat/contracts';
import {
  EVERY_CLASS,
  EVERY_OWNER,
  EVERY_SERVICE,
  installPostgresBlobs,
  installPostgresKeyring,
  installPostgresLog,
  installPostgresMessaging,
  installPostgresVault,
} from '@toeverlaat/postgres';
import { endWithParent } from '@toeverlaat/kafka-broker/end-with-parent';
import { serviceTable } from '@toeverlaat/standalone';
import { execFile, execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
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
 * A server in a folder, on the loopback address, that asks for a password; made at the first start, kept for the next. It ends
 * with whoever started it, however that ended: what stayed would be in the way of the next start.
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
  const watch = endWithParent();
  watch.holds(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'QUIT');
  return {
    owner: `postgres://owner:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await run('pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop');
      watch.done();
    },
  };
};

/** How one process reaches its stores; each with its own role, all secrets. */
export type Connections = {
  readonly log: string;
  readonly vault: string;
  readonly keyring: string;
  readonly blobs: string;
  readonly messaging: string;
};

export type Databases = {
  /** As the role of one service, which may use the keys of its own record classes alone (design §2). */
  readonly of: (service: ServiceName) => Connections;
  /** As the role that plays the demonstration: every record class. */
  readonly keeper: Connections;
  /** As the role that starts and drops epochs of keys: it reads the log and appends nothing (ADR 59). */
  readonly rotation: Pick<Connections, 'log' | 'vault' | 'keyring'>;
  /** As the role of whoever runs the deployment: looks at what was parked, and reads the log, all ciphertext, to copy it. */
  readonly operator: Pick<Connections, 'messaging' | 'log'>;
};

const savedSchema = z.strictObject({ password: z.string().regex(/^[0-9a-f]{48}$/u) });

const passwordIn = (file: string): string => {
  if (existsSync(file)) return savedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).password;
  const password = randomBytes(24).toString('hex');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify({ password })}\n`, { mode: 0o600 });
  return password;
};

const connected = async (url: string, work: (client: Client) => Promise<void>): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
};

const KEEPER = 'keeper';
const ROTATION = 'rotation';
const OPERATOR = 'operator';
type Who = ServiceName | typeof KEEPER | typeof ROTATION | typeof OPERATOR;
const EVERYBODY: readonly Who[] = [...serviceNames, KEEPER, ROTATION, OPERATOR];
const STORES = ['log', 'vault', 'keyring', 'blobs', 'messaging'] as const;

/**
 * The databases of a deployment: log, vault, keyring, attachments and positions of messages apart, so that each is backed up for as long as it may
 * be (design §4); a role per service that owns nothing. Made at the first start, found again at the next.
 * @param name first part of the names of databases and roles
 * @param secretFile where the secret is kept of which the roles' passwords are made, each its own: for the owner of the
 * deployment alone
 */
export const prepareDatabases = async (owner: string, name: string, secretFile: string): Promise<Databases> => {
  const secret = passwordIn(secretFile);
  const passwordOf = (role: string): string => createHmac('sha256', secret).update(role).digest('hex');
  const roleOf = (who: Who): string => `${name}_${who}`;
  const at = (store: (typeof STORES)[number], role?: string): string => {
    const url = new URL(owner);
    url.pathname = `/${name}_${store}`;
    if (role !== undefined) {
      url.username = role;
      url.password = passwordOf(role);
    }
    return url.href;
  };
  await connected(owner, async (admin) => {
    for (const store of STORES) {
      const database = `${name}_${store}`;
      const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      // A name of plain letters and digits, as the password is.
      if (rowCount === 0) await admin.query(`CREATE DATABASE ${database}`);
    }
    for (const role of EVERYBODY.map(roleOf)) {
      const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      await admin.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} LOGIN PASSWORD '${passwordOf(role)}'`);
    }
  });
  const perService = <T>(of: (service: ServiceName) => T): Readonly<Record<string, T>> =>
    Object.fromEntries(serviceNames.map((service) => [roleOf(service), of(service)]));
  const credentials = {
    ...Object.fromEntries(serviceTable.map((entry) => [roleOf(entry.name), entry.keys])),
    [roleOf(KEEPER)]: [EVERY_CLASS],
    [roleOf(ROTATION)]: [EVERY_CLASS],
  };
  await connected(at('log'), (client) =>
    installPostgresLog(client, {
      ...perService((service) => [service]),
      [roleOf(KEEPER)]: [EVERY_SERVICE],
      [roleOf(ROTATION)]: [],
      [roleOf(OPERATOR)]: [],
    }),
  );
  await connected(at('vault'), (client) => installPostgresVault(client, credentials));
  await connected(at('keyring'), (client) => installPostgresKeyring(client, credentials));
  const keeping = serviceTable.filter(({ keepsBlobs }) => keepsBlobs === true).map((entry) => roleOf(entry.name));
  await connected(at('blobs'), (client) => installPostgresBlobs(client, [...keeping, roleOf(KEEPER)]));
  await connected(at('messaging'), (client) =>
    installPostgresMessaging(client, {
      ...perService((service) => service),
      [roleOf(KEEPER)]: EVERY_OWNER,
      [roleOf(OPERATOR)]: EVERY_OWNER,
    }),
  );
  const connectionsOf = (role: string): Connections => ({
    log: at('log', role),
    vault: at('vault', role),
    keyring: at('keyring', role),
    blobs: at('blobs', role),
    messaging: at('messaging', role),
  });
  const { log, vault, keyring } = connectionsOf(roleOf(ROTATION));
  return {
    of: (service) => connectionsOf(roleOf(service)),
    keeper: connectionsOf(roleOf(KEEPER)),
    rotation: { log, vault, keyring },
    operator: { messaging: at('messaging', roleOf(OPERATOR)), log: at('log', roleOf(OPERATOR)) },
  };
};

/** Takes everything away that `prepareDatabases` made: for tests on a server that others use. */
export const removeDatabases = (owner: string, name: string): Promise<void> =>
  connected(owner, async (admin) => {
    for (const store of STORES) await admin.query(`DROP DATABASE IF EXISTS ${name}_${store} WITH (FORCE)`);
    for (const who of EVERYBODY) await admin.query(`DROP ROLE IF EXISTS ${name}_${who}`);
  });
