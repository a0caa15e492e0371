import { openSqliteEventLog, streamName } from '@toeverlaat/event-log';
import { newCommandId, organisationId } from '@toeverlaat/values';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { sampleEvent } from './event-log-sample.js';

/**
 * Appends without end until it is killed: `writer <file> <callers>`. Each caller has a stream of its own, in both
 * organisations in turn, and continues it where the file has it. A line `stream revision eventId` goes out, unbuffered,
 * only after the append was acknowledged.
 */
const [file, callers] = process.argv.slice(2);
if (file === undefined || callers === undefined) throw new Error('usage: writer <file> <callers>');

flushCompileCache();
const log = openSqliteEventLog({ file });
const organisations = [organisationId('gentia'), organisationId('zorgnet')] as const;

const write = async (caller: number): Promise<never> => {
  const organisation = organisations[caller % 2] ?? organisations[0];
  const stream = streamName('sample.note', organisation, `caller${Math.floor(caller / 2)}`);
  let revision = (await log.readStream(stream, { direction: 'backwards', limit: 1 }))[0]?.revision ?? -1;
  for (;;) {
    // One to three events at once: all of them are there afterwards, or none.
    const events = Array.from({ length: ((revision + 1) % 3) + 1 }, () => sampleEvent(newCommandId(), 300));
    const answer = await log.append({ organisation, stream, expected: revision < 0 ? 'none' : revision, events });
    if (!answer.ok) throw new Error(answer.error.kind);
    revision = answer.value.lastRevision;
    events.forEach((event, index) => {
      writeSync(1, `${stream} ${answer.value.firstRevision + index} ${event.eventId}\n`);
    });
  }
};

await Promise.all(Array.from({ length: Number(callers) }, (_, caller) => write(caller)));
