// Builds (tests that kill processes run the built code), then runs every test once. Extra arguments go to Vitest.
import { spawnSync } from 'node:child_process';

const run = (command, args) => {
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? (signal ? 1 : 0));
};

run('tsc', ['-b']);
run('vitest', ['run', '--reporter=default', '--reporter=./infra/node/closing-line.mjs', ...process.argv.slice(2)]);
