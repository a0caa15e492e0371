import { openSqliteEventLog, streamName } from '@toeverlaat/event-log';
import { organisationId } from '@toeverlaat/values';
import { writeSync } from 'node:fs';
import { sampleEvent } from './event-log-sample.js';

/**
 * One of several processes on one file: `writer <file> <name> <count>`. Appends to a stream that all share and to one of its
 * own, in both organisations in turn, and says `stream revision eventId` of each event after it was acknowledged. An
 * append that another process kept waiting for too long is tried again, as a command would be.
 */
const [file, name, count] = process.argv.slice(2);
if (file === undefined || name === undefined || count === undefined)
  throw new Error('usage: writer <file> <name> <count>');

const log = openSqliteEventLog({ file });
const organisations = [organisationId('gentia'), organisationId('zorgnet')] as const;

for (let n = 0; n < Number(count); n += 1) {
  const organisation = organisations[n % 2] ?? organisations[0];
  const stream = streamName('sample.note', organisation, n % 4 < 2 ? 'shared' : name);
  const events = [sampleEvent(`${name}:${n}`, 200), sampleEvent(`${name}:${n}+`, 200)];
  for (;;) {
    const answer = await log.append({ organisation, stream, expected: 'any', events });
    if (!answer.ok && answer.error.kind === 'LogUnavailable') continue;
    if (!answer.ok) throw new Error(answer.error.kind);
    const { firstRevision } = answer.value;
    events.forEach((event, index) => writeSync(1, `${stream} ${firstRevision + index} ${event.eventId}\n`));
    break;
  }
}
await log.close();
