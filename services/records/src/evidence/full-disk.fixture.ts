import { createMemoryEventLog } from '@toeverlaat/event-log';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createEvidenceWorld, GENTIA, rootFromLog, writeBoth, ZORGNET } from './evidence.fixture.js';

/*
 * A process of its own whose evidence stands, in whole or in part, on a small file system that is mounted for it alone: others fill
 * it, more room is given, and it says on its last line what it saw. `full-disk.int.spec.ts` starts it in a mount namespace.
 */

const [folder = '', mount = ''] = process.argv.slice(2);
const log = createMemoryEventLog();
const world = createEvidenceWorld();
await writeBoth(log, 50);
const evidence = world.open({ log, folder });
const checkpoints = async (): Promise<number> => (await evidence.parts.streams.checkpoints(GENTIA)).length;
const faults = async (): Promise<readonly string[]> => {
  const { fault, organisations } = await evidence.status();
  return [...new Set([fault, ...organisations.map((one) => one.fault)].filter((one) => one !== undefined))];
};

await evidence.look();
const before = { signed: await checkpoints(), faults: await faults() };

try {
  execFileSync('dd', ['if=/dev/zero', `of=${join(mount, 'others')}`, 'bs=4096', 'status=none'], { stdio: 'ignore' });
} catch {
  // It ends when there is no room left, which is what it is for.
}
await writeBoth(log, 2_500, 50);
world.hoursLater(1);
await evidence.look();
await evidence.look();
const full = { signed: await checkpoints(), faults: await faults() };

execFileSync('mount', ['-o', 'remount,size=128m', mount]);
await evidence.look();
const after = { signed: await checkpoints(), faults: await faults() };
const sound: boolean[] = [];
for (const organisation of [GENTIA, ZORGNET]) {
  const { size, root } = evidence.parts.index.integrated(organisation);
  sound.push(size > 2_500 && root === (await rootFromLog(log, organisation, size)));
}
await evidence.stop();
const leftBehind = readdirSync(join(folder, 'trees'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /[0-9a-f]{8}-[0-9a-f]{4}-/.test(file),
);
process.stdout.write(`${JSON.stringify({ before, full, after, sound, leftBehind })}\n`);
