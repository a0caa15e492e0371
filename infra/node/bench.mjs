// Builds what changed since the last time, then runs the measurements: bench.mjs <bench> … | all
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfChanged } from './build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = buildIfChanged(root, join(root, 'bench'));
if (built !== 0) {
  console.error('The build failed; nothing was measured.');
  process.exit(built);
}
const bench = spawn(process.execPath, [join(root, 'bench/dist/main.js'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => bench.kill(signal));
bench.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
