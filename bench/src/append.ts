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
import { createCipheriv, createSecretKey, hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openEmmett, type Emmett } from './emmett.js';
import { compare, inFolder, note, printTable, sampled, withCallers, type Measured, type Sample } from './harness.js';

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

const run = async (callers: number, count: number, emmett: Emmett | undefined) =>
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
      const sample = await sampled(count, () => {
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
      return sample;
    };

    /**
     * What no implementation on this thread can leave out: AES-256-GCM of the three fields with their associated data, their
     * ciphertexts as text, the event and its envelope as JSON, SHA-256 of the leaf. Keys and values are ready, nothing is checked.
     */
    const floor = async (): Promise<Sample> => {
      const { data, metadata, stream } = await encode('floor', 1);
      const event = JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown>;
      const envelope: unknown = JSON.parse(Buffer.from(metadata).toString('utf8'));
      const key = createSecretKey(randomBytes(32));
      const associated = randomBytes(220);
      const plaintexts = [32, 32, 256].map((size) => randomBytes(size));
      const nonces = randomBytes(12 * plaintexts.length);
      const leaf = Buffer.alloc(data.length + metadata.length + stream.length + 25);
      let made = 0;
      return sampled(count, () => {
        for (let n = 0; n < count; n += 1) {
          for (const [index, plaintext] of plaintexts.entries()) {
            const cipher = createCipheriv('aes-256-gcm', key, nonces.subarray(12 * index, 12 * index + 12), {
              authTagLength: 16,
            });
            cipher.setAAD(associated);
            const sealedBytes = cipher.update(plaintext);
            cipher.final();
            made += sealedBytes.toString('base64url').length + cipher.getAuthTag().length;
          }
          made += Buffer.from(JSON.stringify(event)).length + Buffer.from(JSON.stringify(envelope)).length;
          made += hash('sha256', leaf, 'hex').length;
        }
        if (made === 0) throw new Error('nothing was made');
      });
    };

    /** emmett's store, handed the same sealed event ready made: what it adds is JSON, its function, PostgreSQL's commit. */
    const rival = async (store: Emmett): Promise<Sample> => {
      round += 1;
      const few = Math.ceil(count / 10);
      const rows = await Promise.all(Array.from({ length: few }, (_, n) => encode(String(round), n)));
      const events = rows.map(({ stream, type, data, metadata }) => ({
        stream: `${stream}-${round}`,
        type,
        data: JSON.parse(Buffer.from(data).toString('utf8')) as Record<string, unknown>,
        metadata: JSON.parse(Buffer.from(metadata).toString('utf8')) as Record<string, unknown>,
      }));
      return withCallers(callers, few, async (n) => {
        const event = events[n];
        if (event !== undefined) await store.append(event.stream, event);
      });
    };

    const none = (): Promise<Sample> => Promise.resolve({ operations: 1, seconds: Number.NaN, cpuSeconds: Number.NaN });
    const rates = await compare(ROUNDS, {
      sealed,
      raw,
      plain,
      encoding,
      floor,
      emmett: () => (emmett === undefined ? none() : rival(emmett)),
    });
    await sealing.close();
    return rates;
  });

/**
 * Figure 1: sealed durable append beside a raw SQLite insert of the same bytes, and beside emmett's PostgreSQL store where it and
 * a server are there. Aim: at least 0.8 of the raw insert.
 */
export const append = async (): Promise<void> => {
  const rows: (string | number)[][] = [];
  const where: (string | number)[][] = [];
  const emmett = await openEmmett();
  if (!emmett.ok) note(`append: without emmett's store: ${emmett.why}`);
  try {
    for (const [callers, count] of [
      [1, 4_000],
      [64, 20_000],
    ] as const) {
      const rates = await run(callers, count, emmett.ok ? emmett.store : undefined);
      const each = ({ rate }: Measured): number => 1_000_000 / rate;
      const withCrypto = each(rates.raw) + each(rates.floor);
      rows.push([
        callers,
        rates.sealed.rate,
        rates.raw.rate,
        rates.sealed.rate / rates.raw.rate,
        1_000_000 / withCrypto,
        withCrypto / each(rates.sealed),
        emmett.ok ? rates.emmett.rate : 'not there',
        emmett.ok ? rates.sealed.rate / rates.emmett.rate : '',
      ]);
      const part = (what: string, taken: number, cpu: number | string): (string | number)[] => [
        callers,
        what,
        taken,
        cpu,
      ];
      where.push(
        part('raw insert: SQLite and its fsync', each(rates.raw), rates.raw.cpuMicros),
        part('+ leaf, categories, checks, grouping (the log)', each(rates.plain) - each(rates.raw), ''),
        part('+ schema, canonical JSON, sealing of three fields', each(rates.sealed) - each(rates.plain), ''),
        part('= sealed append', each(rates.sealed), rates.sealed.cpuMicros),
        part('encoding and sealing alone, storing nothing', each(rates.encoding), rates.encoding.cpuMicros),
        part('mandatory: 3 AES-256-GCM, base64url, JSON, SHA-256', each(rates.floor), rates.floor.cpuMicros),
      );
    }
  } finally {
    if (emmett.ok) await emmett.close();
  }
  printTable(
    'Sealed durable append, events/s',
    [
      'callers',
      'sealed append',
      'raw SQLite insert, same bytes and grouping',
      'ratio (aim 0.8)',
      'raw insert + mandatory crypto and JSON',
      'ratio to that',
      "emmett's PostgreSQL store, sealed beforehand",
      'times emmett',
    ],
    rows,
  );
  printTable('Where the time of an append goes', ['callers', 'part', 'µs per event', 'CPU µs per event'], where);
};
