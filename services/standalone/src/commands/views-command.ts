import { openSqliteEventLog } from '@toeverlaat/event-log';
import { VIEWS_USAGE, viewsCommand } from '@toeverlaat/views';
import { existsSync } from 'node:fs';
import { buildEveryView } from '../build-views.js';
import { layoutOf } from '../layout.js';
import { serviceTable } from '../services.js';
import { say } from '../terminal.js';
import { argumentsOf, commandSettings, runCommand, WrongUse } from './command.js';

/** `views verify`: every view compared with the log, then built from it and switched; beside a running product or not. */
const steps = (words: readonly string[]): readonly (readonly string[])[] => {
  const [verb, ...rest] = words;
  return verb === 'verify'
    ? [
        ['check', ...rest],
        ['rebuild', ...rest],
      ]
    : [words];
};

await runCommand(async () => {
  const { values, positionals } = argumentsOf(process.argv.slice(2), { data: { type: 'string' } });
  if (positionals.length === 0)
    throw new WrongUse(`${VIEWS_USAGE}\nviews verify [<service>[/<view>]]         check, then rebuild`);
  const layout = layoutOf(commandSettings(values.data === undefined ? [] : ['--data', values.data]).data);
  if (!existsSync(layout.log)) throw new WrongUse(`setting data: there is no log at ${layout.log}`);
  const log = openSqliteEventLog({ file: layout.log, readOnly: true });
  try {
    let code = 0;
    for (const words of steps(positionals))
      code = Math.max(
        code,
        await viewsCommand(words, {
          folder: layout.views,
          services: serviceTable.map(({ name, views }) => ({ service: name, log, views })),
          print: say,
          rebuildEvery: () => buildEveryView({ log: layout.log, folder: layout.views }),
        }),
      );
    return code;
  } finally {
    await log.close();
  }
});
