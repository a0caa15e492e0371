// Builds what changed since the last time, then runs the standalone product, or another entry of it or of another package:
//   start.mjs [--package distributed] [--entry commands/log-check] [its own flags …]
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfChanged } from './build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const args = process.argv.slice(2);
const name = args[0] === '--package' ? args.splice(0, 2)[1] : 'standalone';
// The verifier is no service.
const folder = name === 'verify' ? join(root, name) : join(root, 'services', name);
const entry = args[0] === '--entry' ? args.splice(0, 2)[1] : 'main';
const built = buildIfChanged(root, folder);
if (built !== 0) {
  console.error('The build failed; nothing was started.');
  process.exit(built);
}
// Compiled JavaScript is kept between starts, which shortens the next one.
const cache = join(root, 'node_modules', '.cache', 'node');
mkdirSync(cache, { recursive: true });
// Node's own bound of its young objects is four times as much: memory that an idle process keeps (ADR 80). The image has the same.
const flags = ['--max-semi-space-size=16'];
const product = spawn(process.execPath, [...flags, join(folder, 'dist', `${entry}.js`), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: cache, ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => product.kill(signal));
product.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
