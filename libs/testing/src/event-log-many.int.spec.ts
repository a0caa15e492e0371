import { checkLog, openSqliteEventLog, parsePosition, type RecordedEvent } from '@toeverlaat/event-log';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runScript } from './event-log-process.js';

const WRITERS = ['a', 'b', 'c'];
const APPENDS = 120;

/* The smallest distributed deployment: several processes of one host on one file. */
it('three processes write one SQLite file at once; readers see every position, once and in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'event-log-many-'));
  const file = join(folder, 'log.sqlite');
  // Made here, so that all three find it and none is alone.
  const log = openSqliteEventLog({ file, pollMs: 5 });
  try {
    const processes = WRITERS.map((name) =>
      runScript(join(import.meta.dirname, 'event-log-many-writer.ts'), [file, name, String(APPENDS)]),
    );
    const stop = new AbortController();
    const seen: RecordedEvent[] = [];
    const following = (async () => {
      for await (const message of log.subscribe({ signal: stop.signal, batchSize: 50 })) {
        if (message.kind === 'events') seen.push(...message.events);
        if (seen.length >= WRITERS.length * APPENDS * 2) stop.abort();
      }
    })();
    const acknowledged = (
      await Promise.all(
        processes.map(async (writer) => {
          const lines: string[] = [];
          for await (const line of writer.lines) lines.push(line);
          const { code } = await writer.exited;
          if (code !== 0) throw new Error(writer.errors());
          return lines;
        }),
      )
    ).flat();
    await following;
    expect(acknowledged).toHaveLength(WRITERS.length * APPENDS * 2);
    expect(seen.map(({ position }) => parsePosition(position))).toEqual(seen.map((_, index) => index + 1));
    expect(seen.map(({ stream, revision, eventId }) => `${stream} ${revision} ${eventId}`).toSorted()).toEqual(
      acknowledged.toSorted(),
    );
    for (const stream of new Set(seen.map((event) => event.stream))) {
      const own = seen.filter((event) => event.stream === stream);
      expect(own.map(({ revision }) => revision)).toEqual(own.map((_, index) => index));
    }
    expect(await checkLog(file)).toMatchObject({ ok: true, events: acknowledged.length });
  } finally {
    await log.close();
    await rm(folder, { recursive: true });
  }
});
