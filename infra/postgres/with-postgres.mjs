// Runs a command beside a PostgreSQL server of its own: a new cluster in a temporary folder, on a free port of the
// loopback address, gone afterwards. The command finds it in TOEVERLAAT_TEST_POSTGRES. Needs PostgreSQL's own binaries
// (Debian: apt-get install postgresql). As root the server runs as the user `postgres`, which PostgreSQL demands.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = (process.env.PATH ?? '').split(':');
const packaged = '/usr/lib/postgresql';
if (existsSync(packaged))
  for (const version of readdirSync(packaged).toSorted().toReversed()) folders.push(join(packaged, version, 'bin'));
const binaries = folders.find((folder) => existsSync(join(folder, 'initdb')));
if (binaries === undefined) {
  console.error('no PostgreSQL server on this machine: install it (Debian: apt-get install postgresql)');
  process.exit(1);
}

const freePort = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
const asServer = [];
if (process.getuid?.() === 0) {
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(folder, uid, gid);
  asServer.push('setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups');
}
const run = (name, ...args) => {
  const [command, ...rest] = [...asServer, join(binaries, name), ...args];
  execFileSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder });
};
const data = join(folder, 'data');
run('initdb', '-D', data, '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C');
const options = `-p ${freePort} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=200`;
run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'server.log'), '-o', options, 'start');

const stop = () => {
  run('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
  rmSync(folder, { recursive: true, force: true });
};
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, TOEVERLAAT_TEST_POSTGRES: `postgres://owner@127.0.0.1:${freePort}/postgres` },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  stop();
  process.exit(127);
});
child.on('exit', (code) => {
  stop();
  process.exit(code ?? 1);
});
