import { say } from '../terminal.js';
import { commandSettings, runCommand } from './command.js';
import { differs, rebuildViews } from './views.js';

await runCommand(async () => {
  const { data } = commandSettings(process.argv.slice(2));
  const answers = await rebuildViews(data);
  for (const answer of answers) {
    const verdict = differs(answer)
      ? `DIFFERS from the file, which said ${answer.before ?? '-'}`
      : answer.before === undefined
        ? 'built (there was no usable file)'
        : 'the same';
    say(`${answer.rebuilt}  ${answer.view} v${answer.version}  ${answer.events} events  ${verdict}`);
  }
  const wrong = answers.filter(differs).length;
  say(
    wrong === 0
      ? `${answers.length} views rebuilt`
      : `${wrong} of ${answers.length} views differed; they are right now`,
  );
  return wrong === 0 ? 0 : 1;
});
