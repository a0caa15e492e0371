import { copyLog, type CopyRefusal, type EventLog } from '@toeverlaat/event-log';
import { complain, ownerOnly, refusalOf, say } from '@toeverlaat/standalone';
import { silentLogger } from '@toeverlaat/telemetry';
import { assertNever } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openLog } from '../adapters.js';
import { refusalOfDistributed } from '../refusals.js';
import { logArgument } from './log-argument.js';

const USE = `Copies a log into another: the same leaves in the same order per stream, checked afterwards.

  npm run log:copy -- --from <log> --to <log>

A log is sqlite:<file>, or env:<NAME> where the environment variable NAME holds postgres://… or kurrentdb://…, so that no
password stands in a list of processes. Nothing may write to the target; stop the product before the last run. What was cut
off goes on when it is run again.`;

const reasonOf = (refusal: CopyRefusal): string => {
  switch (refusal.kind) {
    case 'TargetHoldsOther':
      return `the target holds ${refusal.stream} otherwise than the source, or the source does not have it: nothing was copied`;
    case 'NotTaken':
      return `the target did not take an append (${refusal.error.kind}): run it again, it goes on from there`;
    case 'Differs':
      return `${refusal.stream} differs in the target: do not use it`;
    default:
      return assertNever(refusal);
  }
};

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: { from: { type: 'string' }, to: { type: 'string' }, help: { type: 'boolean' } },
    strict: true,
  });
  if (values.help === true) {
    say(USE);
    return 0;
  }
  const [source, target] = [logArgument('from', values.from), logArgument('to', values.to)];
  if (source.kind === 'sqlite' && !existsSync(source.file)) throw new Error('--from: there is no such file');
  const logs: EventLog[] = [];
  try {
    const from = await openLog(source, silentLogger());
    logs.push(from);
    const to = await openLog(target, silentLogger());
    logs.push(to);
    let shown = 0;
    const answer = await copyLog({
      from,
      to,
      // KurrentDB takes calls as they come, not in the order in which they were made.
      window: target.kind === 'kurrentdb' ? 1 : 64,
      onProgress: ({ phase, events }) => {
        if (events - shown < 10_000 && events >= shown) return;
        shown = events;
        complain(`${phase} ${events}`);
      },
    });
    if (!answer.ok) {
      complain(reasonOf(answer.error));
      return 1;
    }
    const { events, streams, copied, digest } = answer.value;
    say(`${copied} events copied; ${events} events in ${streams} streams are the same in both`);
    say(`sha256 of all leaves ${digest}`);
    return 0;
  } finally {
    for (const log of logs) await log.close();
  }
};

ownerOnly();
try {
  process.exitCode = await run();
} catch (error) {
  complain(refusalOf(error) ?? refusalOfDistributed(error) ?? (error instanceof Error ? error.message : 'failed'));
  process.exitCode = 3;
}
