// Builds what it needs, then compares the topics of a cluster with topics.json, or applies it: topics.mjs [flags …]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' };
const built = spawnSync('tsc', ['-b', 'libs/kafka'], options);
if (built.status !== 0) process.exit(built.status ?? 1);
const done = spawnSync(process.execPath, ['libs/kafka/dist/commands/topics.js', ...process.argv.slice(2)], options);
process.exit(done.status ?? 1);
