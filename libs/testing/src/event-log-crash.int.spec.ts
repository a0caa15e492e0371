import { checkLog, openSqliteEventLog, type RecordedEvent } from '@toeverlaat/event-log';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from './event-log-process.js';

/** More by `EVENT_LOG_KILLS=200 vitest run libs/testing/src/event-log-crash`. */
const KILLS = Number(process.env['EVENT_LOG_KILLS'] ?? 20);
const WRITER = join(import.meta.dirname, 'event-log-crash-writer.ts');

type Acknowledged = { readonly stream: string; readonly revision: number; readonly eventId: string };

/** Kills the writer after so many acknowledgements; whatever it acknowledged until then counts. */
const writeAndKill = async (file: string, callers: number, after: number): Promise<Acknowledged[]> => {
  const writer = runScript(WRITER, [file, String(callers)]);
  const acknowledged: Acknowledged[] = [];
  for await (const line of writer.lines) {
    const [stream, revision, eventId] = line.split(' ');
    if (stream === undefined || revision === undefined || eventId?.length !== 36) continue;
    acknowledged.push({ stream, revision: Number(revision), eventId });
    if (acknowledged.length === after) writer.kill();
  }
  const { signal } = await writer.exited;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${writer.errors()}`);
  return acknowledged;
};

describe('SQLite log under kill -9', () => {
  it(
    `loses nothing acknowledged and keeps appends whole, ${KILLS} times on one file`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'event-log-crash-'));
      const file = join(folder, 'log.sqlite');
      try {
        const all: Acknowledged[] = [];
        for (let kill = 0; kill < KILLS; kill += 1) {
          // Different callers and different moments: in the first batch, between batches, in a checkpoint.
          all.push(...(await writeAndKill(file, [1, 4, 16][kill % 3] ?? 1, 1 + ((kill * 37) % 211))));

          const log = openSqliteEventLog({ file });
          const streams = new Map<string, readonly RecordedEvent[]>();
          for (const { stream } of all) if (!streams.has(stream)) streams.set(stream, await log.readStream(stream));
          await log.close();
          const lost = all.filter(
            ({ stream, revision, eventId }) => streams.get(stream)?.[revision]?.eventId !== eventId,
          );
          expect(lost).toEqual([]);
          // The writer appends one, two, then three events at once: no stream ends inside an append.
          for (const events of streams.values()) {
            let next = 0;
            while (next < events.length) next += (next % 3) + 1;
            expect(next).toBe(events.length);
          }
        }
        expect(await checkLog(file)).toMatchObject({ ok: true });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    KILLS * 5_000 + 20_000,
  );
});
