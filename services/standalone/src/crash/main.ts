import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argumentsOf, runCommand, wholeNumber, WrongUse } from '../commands/command.js';
import { progressBar, say } from '../terminal.js';
import { crashTest } from './crash.js';

await runCommand(async () => {
  const { values, positionals } = argumentsOf(process.argv.slice(2), {
    kills: { type: 'string' },
    seed: { type: 'string' },
  });
  if (positionals.length > 0) throw new WrongUse('npm run crash -- [--kills 200] [--seed 1]');
  const kills = wholeNumber('kills', values.kills, 200, 100_000);
  const seed = wholeNumber('seed', values.seed, 1, 2 ** 31);
  const dataFolder = mkdtempSync(join(tmpdir(), 'toeverlaat-crash-'));
  const report = await crashTest({ dataFolder, kills, seed, onProgress: progressBar('Killing') });
  say(
    `${report.kills} kills (${report.killedWhileStarting} while starting), seed ${seed}: ${report.acknowledged} commands acknowledged, ` +
      `${report.repeats} sent again, ${report.inDoubt.happened + report.inDoubt.notHappened} in doubt at a kill ` +
      `(${report.inDoubt.happened} had happened), ${report.events} events, ${report.views} views rebuilt`,
  );
  for (const fault of report.faults.slice(0, 20)) say(`FAULT: ${fault}`);
  if (report.faults.length > 0) {
    say(`${report.faults.length} faults; the data are left in ${dataFolder}`);
    return 1;
  }
  say('nothing acknowledged was lost, nothing happened twice, every view is what the log says');
  rmSync(dataFolder, { recursive: true, force: true });
  return 0;
});
