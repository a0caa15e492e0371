import { checkLog } from '@toeverlaat/event-log';
import { existsSync } from 'node:fs';
import { layoutOf } from '../layout.js';
import { progressBar, say } from '../terminal.js';
import { commandSettings, runCommand, WrongUse } from './command.js';

await runCommand(async () => {
  const { data } = commandSettings(process.argv.slice(2));
  const { log: file } = layoutOf(data);
  if (!existsSync(file)) throw new WrongUse(`setting data: there is no log at ${file}`);
  const answer = await checkLog(file, process.stderr.isTTY ? progressBar('Checking') : undefined);
  if (answer.ok) {
    say(`${file}: ${answer.events} events in ${answer.streams} streams, every one sound`);
    return 0;
  }
  const { bad, checked } = answer;
  say(`${file}: ${checked} events are sound; the first bad record is`);
  say(`  position ${bad.position ?? 'unknown'}`);
  say(`  stream   ${bad.stream ?? 'unknown'}${bad.revision === undefined ? '' : `, revision ${bad.revision}`}`);
  say(`  reason   ${bad.reason}`);
  say('Restore the log from a backup; nothing was changed.');
  return 1;
});
