// Runs a command beside a PostgreSQL server of its own: a new cluster in a temporary folder, on a free port of the
// loopback address, gone afterwards. The command finds it in TOEVERLAAT_TEST_POSTGRES. Needs PostgreSQL's own binaries
// (Debian: apt-get install postgresql).
import { spawn, spawnSync } from 'node:child_process';

// The server's script is TypeScript, which the workspace's own Node runs as it is.
if (Number(process.versions.node.split('.')[0]) < 24) {
  const launcher = new URL('../node/run.mjs', import.meta.url).pathname;
  const { status } = spawnSync(process.execPath, [launcher, 'node', ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
const { startPostgres } = await import('../../libs/testing/src/postgres-server.ts');

const server = await startPostgres().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, TOEVERLAAT_TEST_POSTGRES: server.url } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const end = async (code) => {
  await server.remove();
  process.exit(code);
};
child.on('error', (error) => {
  console.error(error.message);
  void end(127);
});
child.on('exit', (code) => void end(code ?? 1));
