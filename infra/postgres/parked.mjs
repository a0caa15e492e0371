// Builds what it needs, then lists, shows, replays or discards what the services' reactions parked on PostgreSQL.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' };
const built = spawnSync('tsc', ['-b', 'libs/postgres'], options);
if (built.status !== 0) process.exit(built.status ?? 1);
const done = spawnSync(process.execPath, ['libs/postgres/dist/commands/parked.js', ...process.argv.slice(2)], options);
process.exit(done.status ?? 1);
