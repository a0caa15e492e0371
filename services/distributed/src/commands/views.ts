import { complain, ownerOnly, refusalOf, say } from '@toeverlaat/standalone';
import { silentLogger } from '@toeverlaat/telemetry';
import { VIEWS_USAGE } from '@toeverlaat/views';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openLog } from '../adapters.js';
import { processViews } from '../process-views.js';
import { refusalOfDistributed } from '../refusals.js';
import { readProcessSettings, type LogSetting } from '../settings.js';
import { logArgument } from './log-argument.js';

const USE = `Looks at the view files of one process, compares them with the log, builds or publishes them; beside the process or not.

In its container, with its own settings:   node services/distributed/dist/commands/views.js <what>
Elsewhere: npm run views:distributed -- --log env:<NAME>|sqlite:<file> --data <folder of the process> [--into <folder>] <what>

${VIEWS_USAGE}
views publish                              every view to where cold replicas look (publishedViews, or --into)`;

type Where = { readonly log: LogSetting; readonly data: string; readonly publishedViews: string | undefined };

/** @throws Error naming the flag or the setting that is wrong */
const whereOf = (given: { readonly log?: string; readonly data?: string; readonly into?: string }): Where => {
  const into = given.into === undefined ? undefined : resolve(given.into);
  if (given.log !== undefined || given.data !== undefined) {
    if (given.data === undefined) throw new Error('--data: the folder of the process');
    return { log: logArgument('log', given.log), data: resolve(given.data), publishedViews: into };
  }
  const settings = readProcessSettings([], process.env);
  if (!settings.ok)
    throw new Error(`setting ${settings.error.setting} (${settings.error.rule}): ${settings.error.help}`);
  const { log, data, publishedViews } = settings.value;
  if (log === undefined) throw new Error('the gateway has no views');
  return { log, data, publishedViews: into ?? publishedViews };
};

const run = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: {
      log: { type: 'string' },
      data: { type: 'string' },
      into: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
    strict: true,
  });
  if (values.help || positionals.length === 0) {
    say(USE);
    return values.help ? 0 : 2;
  }
  const { log: setting, data, publishedViews } = whereOf(values);
  const log = await openLog(setting, silentLogger());
  try {
    return await processViews(positionals, { log, data, publishedViews, print: say });
  } finally {
    await log.close();
  }
};

ownerOnly();
try {
  process.exitCode = await run();
} catch (error) {
  complain(refusalOf(error) ?? refusalOfDistributed(error) ?? (error instanceof Error ? error.message : 'failed'));
  process.exitCode = 3;
}
