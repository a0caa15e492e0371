import {
  clear,
  code,
  createCodec,
  encodeMetadata,
  eventType,
  leafOf,
  openSqliteEventLog,
  streamName,
  text,
  plainText,
  type EventToAppend,
} from '@toeverlaat/event-log';
import { openFileSealing } from '@toeverlaat/sealing';
import { organisationId, systemClock, uuidV5, type CommandId } from '@toeverlaat/values';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { compare, inFolder, printTable, seconds, withCallers, type Sample } from './harness.js';

const Noted = eventType('bench', 'Noted', 1, {
  noteId: clear(z.string()),
  site: code(z.string()),
  heldOn: code(z.string()),
  words: text(500),
});
const codec = createCodec({ events: [Noted], recordSubject: (id) => `case/${id}` });
const organisation = organisationId('gentia');
const STREAMS = 200;
const ROUNDS = 5;

const commandOf = (round: string, n: number): CommandId => uuidV5('bench', round, String(n)) as CommandId;

/** The same event every variant stores: about 1.4 kB with three sealed fields. */
const domainEvent = (n: number) => ({
  type: 'Noted' as const,
  data: { noteId: String(n), site: 'ghent', heldOn: '2026-03-02', words: plainText('x'.repeat(200)) },
});

const metadataOf = (commandId: CommandId, eventId: string) =>
  encodeMetadata({
    v: 1,
    eventId,
    type: Noted.type,
    organisation,
    recordedAt: '2026-03-02T09:00:00.000Z',
    actor: { pseudonym: 'abcdefghijklmnopqrstuvwxyz', capacity: 'counsellor' },
    purpose: 'handle_case',
    commandId,
    fingerprint: 'f'.repeat(43),
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '2026.1',
    lawVersion: '2026.1',
  });

const run = async (callers: number, count: number) =>
  inFolder(async (folder) => {
    const sealing = await openFileSealing({
      dataFolder: join(folder, 'keys'),
      rootKeyFile: join(folder, 'root.key'),
      clock: systemClock,
      createRootKey: true,
    });
    const encode = async (round: string, n: number): Promise<EventToAppend & { readonly stream: string }> => {
      const streamId = `s${n % STREAMS}`;
      const stream = streamName('bench.note', organisation, streamId);
      const commandId = commandOf(round, n);
      const encoded = await codec.encode(sealing, { organisation, stream, streamId, commandId }, [domainEvent(n)]);
      const [event] = encoded.ok ? encoded.value : [];
      if (event === undefined) throw new Error('not encoded');
      return { ...event, stream, metadata: metadataOf(commandId, event.eventId) };
    };
    for (let n = 0; n < STREAMS; n += 1) await encode('warm', n);

    let round = 0;
    const sealed = async (): Promise<Sample> => {
      round += 1;
      const log = openSqliteEventLog({ file: join(folder, `log-${round}.sqlite`) });
      const sample = await withCallers(callers, count, async (n) => {
        const { stream, ...event } = await encode(String(round), n);
        const appended = await log.append({ organisation, stream, expected: 'any', events: [event] });
        if (!appended.ok) throw new Error(appended.error.kind);
      });
      await log.close();
      return sample;
    };

    /** The same events, encoded and sealed before the clock starts: what the log adds (leaf, index, grouping, checks). */
    const plain = async (): Promise<Sample> => {
      round += 1;
      const rows = await Promise.all(Array.from({ length: count }, (_, n) => encode(String(round), n)));
      const log = openSqliteEventLog({ file: join(folder, `plain-${round}.sqlite`) });
      const sample = await withCallers(callers, count, async (n) => {
        const row = rows[n];
        if (row === undefined) throw new Error('no row');
        const { stream, ...event } = row;
        const appended = await log.append({ organisation, stream, expected: 'any', events: [event] });
        if (!appended.ok) throw new Error(appended.error.kind);
      });
      await log.close();
      return sample;
    };

    /** Encoding and sealing alone: nothing is stored. */
    const encoding = (): Promise<Sample> => {
      round += 1;
      return withCallers(callers, count, async (n) => {
        await encode(String(round), n);
      });
    };

    /** What SQLite itself takes for the same bytes: same durability, same columns, and as many rows in a commit as there are callers. */
    const raw = async (): Promise<Sample> => {
      round += 1;
      const rows = await Promise.all(Array.from({ length: count }, (_, n) => encode(String(round), n)));
      const leaves = rows.map((row, n) =>
        leafOf({ stream: row.stream, revision: n, metadata: row.metadata, data: row.data }),
      );
      const db = new DatabaseSync(join(folder, `raw-${round}.sqlite`));
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, category TEXT NOT NULL, organisation TEXT NOT NULL,
          revision INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, metadata BLOB NOT NULL, data BLOB NOT NULL, leaf BLOB NOT NULL,
          UNIQUE (stream, revision)) STRICT`);
      const insert = db.prepare(
        'INSERT INTO events (stream, category, organisation, revision, event_id, type, metadata, data, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      );
      const begin = db.prepare('BEGIN IMMEDIATE');
      const commit = db.prepare('COMMIT');
      const revisions = new Map<string, number>();
      const taken = await seconds(() => {
        for (let at = 0; at < rows.length; at += callers) {
          begin.run();
          for (const [offset, row] of rows.slice(at, at + callers).entries()) {
            const revision = revisions.get(row.stream) ?? 0;
            revisions.set(row.stream, revision + 1);
            insert.run(
              row.stream,
              'bench.note',
              organisation,
              revision,
              row.eventId,
              row.type,
              row.metadata,
              row.data,
              leaves[at + offset] ?? row.data,
            );
          }
          commit.run();
        }
      });
      db.close();
      return { operations: count, seconds: taken };
    };

    const rates = await compare(ROUNDS, { sealed, raw, plain, encoding });
    await sealing.close();
    return rates;
  });

/** Figure 1: sealed durable append beside a raw SQLite insert of the same bytes. Aim: at least 0.8 of it. */
export const append = async (): Promise<void> => {
  const rows: (string | number)[][] = [];
  const where: (string | number)[][] = [];
  for (const [callers, count] of [
    [1, 4_000],
    [64, 20_000],
  ] as const) {
    const rates = await run(callers, count);
    rows.push([callers, rates.sealed, rates.raw, rates.sealed / rates.raw]);
    const each = (rate: number): number => 1_000_000 / rate;
    where.push(
      [callers, 'raw insert: SQLite and its fsync', each(rates.raw)],
      [callers, '+ leaf, index of positions, checks, grouping (the log)', each(rates.plain) - each(rates.raw)],
      [callers, '+ schema, canonical JSON, sealing of three fields', each(rates.sealed) - each(rates.plain)],
      [callers, '= sealed append', each(rates.sealed)],
      [callers, '(encoding and sealing alone, storing nothing)', each(rates.encoding)],
    );
  }
  printTable(
    'Sealed durable append, events/s',
    ['callers', 'sealed append', 'raw SQLite insert, same bytes and grouping', 'ratio (aim 0.8)'],
    rows,
  );
  printTable('Where the time of an append goes', ['callers', 'part', 'µs per event'], where);
};
