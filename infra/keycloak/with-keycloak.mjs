// Runs a command beside a Keycloak of its own with the demonstration's realm: with-keycloak.mjs <command …>. Fetched from Maven
// Central with the machine's Java and Maven, in a temporary folder, on a free port of the loopback address, gone afterwards. Tests
// find its realm in TOEVERLAAT_TEST_KEYCLOAK. Two more clients than the demonstration has: one whose tokens are meant for somebody
// else, and one whose tokens last a second.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '26.4.5';
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'keycloak', VERSION);
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('with-keycloak.mjs <command …>');
  process.exit(2);
}
const refuse = (why) => {
  console.error(`no Keycloak can be started here: ${why}`);
  process.exit(1);
};
const run = (program, ...given) => {
  const done = spawnSync(program, given, { encoding: 'utf8' });
  if (done.status !== 0)
    refuse(`${program} ${given[0] ?? ''}: ${done.error?.message ?? (done.stderr || done.stdout).trim()}`);
};

if (!existsSync(cache)) {
  const into = `${cache}.${process.pid}`;
  mkdirSync(into, { recursive: true });
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
  // Copied under another name first: nobody starts half of it.
  run('mvn', '-q', '-B', 'dependency:get', `-Dartifact=${artifact}`, '-Dtransitive=false');
  run('mvn', '-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${into}`);
  run('jar', '--version');
  const unpacked = spawnSync('jar', ['xf', `keycloak-quarkus-dist-${VERSION}.zip`], { cwd: into, encoding: 'utf8' });
  if (unpacked.status !== 0) refuse(unpacked.stderr);
  renameSync(join(into, `keycloak-${VERSION}`), cache);
  rmSync(into, { recursive: true, force: true });
}

const realm = JSON.parse(readFileSync(new URL('realm.json', import.meta.url), 'utf8'));
const [web] = realm.clients;
const notAudience = ({ name }) => name !== 'audience';
realm.clients.push(
  { ...web, clientId: 'somebody-else', protocolMappers: web.protocolMappers.filter(notAudience) },
  { ...web, clientId: 'a-second', attributes: { ...web.attributes, 'access.token.lifespan': '1' } },
);

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const home = mkdtempSync(join(tmpdir(), 'toeverlaat-keycloak-'));
cpSync(cache, home, { recursive: true });
mkdirSync(join(home, 'data', 'import'), { recursive: true });
writeFileSync(join(home, 'data', 'import', 'realm.json'), JSON.stringify(realm));
const port = await freePort();
// Its scripts may have lost their mode in the archive.
const server = spawn(
  'sh',
  [join(home, 'bin', 'kc.sh'), 'start-dev', '--import-realm', '--http-host=127.0.0.1', `--http-port=${port}`],
  { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m' } },
);
let said = '';
for (const stream of [server.stdout, server.stderr])
  stream.on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
const end = (code) => {
  // With the Java process that its script started.
  if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGTERM');
  rmSync(home, { recursive: true, force: true });
  process.exit(code);
};
const address = `http://127.0.0.1:${port}/realms/${realm.realm}`;
for (;;) {
  if (server.exitCode !== null) {
    console.error(said);
    refuse(`it ended with ${server.exitCode}`);
  }
  const answer = await fetch(`${address}/.well-known/openid-configuration`).catch(() => undefined);
  if (answer?.ok === true) break;
  await new Promise((resolve) => setTimeout(resolve, 500));
}
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, TOEVERLAAT_TEST_KEYCLOAK: address } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  end(127);
});
child.on('exit', (code) => end(code ?? 1));
