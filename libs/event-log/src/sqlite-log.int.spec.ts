import { canonicalBytes, eventIdOf, newCommandId } from '@toeverlaat/values';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamName } from './stream-name.js';
import { LogClosed } from './follow.js';
import type { EventLog, EventToAppend, ExpectedRevision, Position, SubscriptionMessage } from './port.js';
import { positionOf } from './position.js';
import { GENTIA, ZORGNET } from './sample.js';
import { checkLog } from './sqlite-check.js';
import { LogFormatTooNew, LogIntegrityError, LogNotRecognised } from './sqlite-format.js';
import { openSqliteEventLog, type SqliteEventLogOptions } from './sqlite-log.js';

let folder: string;
let file: string;
const opened: EventLog[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
  rmSync(folder, { recursive: true });
});

const open = (options: Partial<SqliteEventLogOptions> = {}): EventLog => {
  const log = openSqliteEventLog({ file, ...options });
  opened.push(log);
  return log;
};
const stream = (id: string, organisation = GENTIA) => streamName('sample.note', organisation, id);
const event = (note: string, size = 0): EventToAppend => {
  const eventId = eventIdOf('sample.note', newCommandId(), 0);
  const type = 'sample.NoteTaken.v1';
  return {
    eventId,
    type,
    metadata: canonicalBytes({ eventId, type }),
    data: canonicalBytes({ note, filler: 'x'.repeat(size) }),
  };
};
const append = (log: EventLog, id: string, expected: ExpectedRevision, ...events: EventToAppend[]) =>
  log.append({ organisation: GENTIA, stream: stream(id), expected, events });

/** A closed log of `count` events over three streams, the same ids in two organisations. */
const fill = async (count: number): Promise<void> => {
  const log = openSqliteEventLog({ file });
  for (let index = 0; index < count; index += 1) {
    const organisation = index % 2 === 0 ? GENTIA : ZORGNET;
    const answer = await log.append({
      organisation,
      stream: stream(`s${Math.floor(index / 2) % 3}`, organisation),
      expected: 'any',
      events: [event(`n${index}`)],
    });
    if (!answer.ok) throw new Error(answer.error.kind);
  }
  await log.close();
};
/** Changes the closed file behind the log's back, its triggers out of the way. */
const tamper = (sql: string): void => {
  const db = new DatabaseSync(file);
  db.exec('DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted;');
  db.exec(sql);
  db.close();
};
const faultAtOpen = (): LogIntegrityError => {
  try {
    open();
  } catch (error) {
    if (error instanceof LogIntegrityError) return error;
    throw error;
  }
  throw new Error('the log opened');
};

describe('SQLite log file', () => {
  it('keeps everything when closed and opened again', async () => {
    await fill(10);
    const log = open();
    expect(await log.head()).toBe(positionOf(10));
    expect((await log.readAll({ limit: 100 })).events.map((item) => item.position)).toEqual(
      Array.from({ length: 10 }, (_, index) => positionOf(index + 1)),
    );
    expect(await append(log, 's0', 'any', event('more'))).toMatchObject({
      ok: true,
      value: { position: positionOf(11) },
    });
  });

  it('is empty at first', async () => {
    const log = open();
    expect(await log.head()).toBeUndefined();
    expect(await log.readAll({ limit: 10 })).toEqual({ events: [], next: undefined, atEnd: true });
    expect(await log.readAll({ limit: 10, categories: ['sample.note'] })).toEqual({
      events: [],
      next: undefined,
      atEnd: true,
    });
  });

  it('gives positions without gaps, also after conflicts and refusals', async () => {
    const log = open();
    await append(log, 'a', 'none', event('1'));
    await append(log, 'a', 'none', event('conflict'));
    await Promise.all([append(log, 'a', 7, event('conflict')), append(log, 'b', 'none', event('2'), event('3'))]);
    await append(log, 'a', 0, event('large', 2_000_000));
    await append(log, 'a', 0, event('4'));
    expect((await log.readAll({ limit: 10 })).events.map((item) => Number(item.position))).toEqual([1, 2, 3, 4]);
  });

  it('forbids changing or deleting an event, whoever tries', async () => {
    await fill(2);
    const db = new DatabaseSync(file);
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only');
    expect(() => db.exec("UPDATE events SET type = 'other'")).toThrow('append-only');
    db.close();
  });

  it('stores an event once more only when asked to: no check of event ids', async () => {
    const log = open();
    const same = event('same');
    await append(log, 'a', 'none', same);
    expect(await append(log, 'a', 'any', same)).toMatchObject({ ok: true });
  });

  it('refuses a token of another log and a limit of nothing', async () => {
    const log = open();
    await expect(log.readAll({ after: 'C:12/P:12' as Position, limit: 10 })).rejects.toThrow('not of this log');
    await expect(log.readAll({ limit: 0 })).rejects.toThrow('limit');
    await expect(log.readStream(stream('a'), { limit: -1 })).rejects.toThrow('limit');
    await expect(log.readStream(stream('a'), { from: -1 })).rejects.toThrow('from');
  });

  it('finishes what waits before it closes, and refuses afterwards', async () => {
    const log = open();
    const waiting = Array.from({ length: 600 }, (_, index) => append(log, `s${index}`, 'none', event('x')));
    // Appends look at their request first, so they are in the queue one turn later.
    await Promise.resolve();
    const closing = log.close();
    expect(await append(log, 'late', 'none', event('x'))).toEqual({
      ok: false,
      error: { kind: 'LogUnavailable', detail: 'closed' },
    });
    await closing;
    expect((await Promise.all(waiting)).every((answer) => answer.ok)).toBe(true);
    await expect(log.head()).rejects.toThrow(LogClosed);
    expect(await open().head()).toBe(positionOf(600));
  });
});

describe('group commit', () => {
  const turnsOf = async (appends: number, maxBatch: number): Promise<number> => {
    const log = open({ maxBatch });
    let turns = 0;
    let done = false;
    const count = () => {
      if (done) return;
      turns += 1;
      setImmediate(count);
    };
    const all = Promise.all(
      Array.from({ length: appends }, (_, index) => append(log, `s${index}`, 'none', event('x'))),
    );
    setImmediate(count);
    await all;
    done = true;
    return turns;
  };

  it('takes appends that wait at the same time in one commit', async () => {
    expect(await turnsOf(100, 256)).toBeLessThanOrEqual(2);
  });

  it('gives the event loop a turn between bounded batches', async () => {
    expect(await turnsOf(100, 10)).toBeGreaterThanOrEqual(9);
  });

  it('takes an append larger than a batch whole', async () => {
    const log = open({ maxBatch: 2 });
    const events = Array.from({ length: 20 }, (_, index) => event(`n${index}`));
    expect(await append(log, 'a', 'none', ...events)).toMatchObject({ ok: true, value: { lastRevision: 19 } });
  });

  it('sees revisions of earlier appends of the same batch', async () => {
    const log = open();
    const answers = await Promise.all([
      append(log, 'a', 'none', event('1')),
      append(log, 'a', 0, event('2')),
      append(log, 'a', 0, event('conflict')),
      append(log, 'a', 1, event('3')),
      append(log, 'a', 'none', event('conflict')),
      append(log, 'a', 'any', event('4')),
    ]);
    expect(answers.map((answer) => (answer.ok ? answer.value.lastRevision : answer.error.kind))).toEqual([
      0,
      1,
      'VersionConflict',
      2,
      'StreamExists',
      3,
    ]);
  });

  it('refuses rather than queueing without bound', async () => {
    const log = open({ maxWaiting: 5 });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => append(log, `s${index}`, 'none', event('x'))),
    );
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.error.kind))).toEqual([
      ...Array.from({ length: 5 }, () => 'ok'),
      ...Array.from({ length: 3 }, () => 'LogUnavailable'),
    ]);
    expect(await append(log, 'later', 'none', event('x'))).toMatchObject({ ok: true });
  });
});

describe('a log that cannot be written', () => {
  it('is full: says so, keeps what fits, goes on reading', async () => {
    const log = open({ maxPages: 40 });
    await append(log, 'a', 'none', event('first'));
    const answers = await Promise.all([
      append(log, 'b', 'none', event('fits')),
      append(log, 'c', 'none', event('does not fit', 400_000)),
      append(log, 'd', 'none', event('fits too')),
    ]);
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.error.kind))).toEqual(['ok', 'LogFull', 'ok']);
    expect(await append(log, 'a', 0, event('small'))).toMatchObject({ ok: true });
    const { events } = await log.readAll({ limit: 10 });
    expect(events.map((item) => [Number(item.position), item.stream])).toEqual([
      [1, stream('a')],
      [2, stream('b')],
      [3, stream('d')],
      [4, stream('a')],
    ]);
    await log.close();
    expect(await checkLog(file)).toMatchObject({ ok: true, events: 4 });
  });

  it('is read-only: reads, follows, and refuses appends', async () => {
    await fill(4);
    const log = open({ readOnly: true });
    expect(await append(log, 'x', 'none', event('x'))).toMatchObject({ ok: false, error: { kind: 'LogReadOnly' } });
    expect((await log.readAll({ limit: 10 })).events).toHaveLength(4);
  });

  it('does not make a file when opened read-only', () => {
    expect(() => open({ readOnly: true })).toThrow('unable to open database file');
    expect(existsSync(file)).toBe(false);
  });

  it('surfaces an error it has no name for, and goes on', async () => {
    const log = open();
    await append(log, 'a', 'none', event('x'));
    const db = new DatabaseSync(file);
    db.exec("CREATE TRIGGER away BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END");
    await expect(append(log, 'a', 0, event('y'))).rejects.toThrow('no');
    db.exec('DROP TRIGGER away');
    db.close();
    expect(await append(log, 'a', 0, event('y'))).toMatchObject({ ok: true });
  });

  it('is locked by another process: unavailable now, fine later', async () => {
    const log = open({ busyTimeoutMs: 20 });
    await append(log, 'a', 'none', event('1'));
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await append(log, 'a', 0, event('2'))).toMatchObject({ ok: false, error: { kind: 'LogUnavailable' } });
    other.exec('ROLLBACK');
    other.close();
    expect(await append(log, 'a', 0, event('2'))).toMatchObject({ ok: true, value: { lastRevision: 1 } });
  });
});

describe('two writers on one file', () => {
  it('see each other’s revisions and wake each other’s subscriptions', async () => {
    const [one, two] = [open({ pollMs: 5 }), open({ pollMs: 5 })];
    await append(one, 'a', 'none', event('1'));
    expect(await append(two, 'a', 0, event('2'))).toMatchObject({ ok: true });
    expect(await append(one, 'a', 0, event('stale'))).toEqual({
      ok: false,
      error: { kind: 'VersionConflict', stream: stream('a'), expected: 0, actual: 1 },
    });

    const abort = new AbortController();
    const messages = one.subscribe({ signal: abort.signal })[Symbol.asyncIterator]();
    const next = async (kind: SubscriptionMessage['kind']): Promise<SubscriptionMessage> => {
      for (;;) {
        const { value, done } = await messages.next();
        if (done === true) throw new Error('ended');
        if (value.kind === kind) return value;
      }
    };
    await next('caughtUp');
    await append(two, 'a', 1, event('3'));
    expect(await next('events')).toMatchObject({ events: [{ revision: 2 }] });
    abort.abort();
    expect((await messages.next()).done).toBe(true);
  });

  it('never take a category for quiet because of what only they wrote themselves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ writer: fc.nat(2), category: fc.nat(1), reader: fc.nat(2), back: fc.nat(3) }), {
          minLength: 1,
          maxLength: 25,
        }),
        async (steps) => {
          const home = mkdtempSync(join(tmpdir(), 'event-log-'));
          const logs = [0, 1, 2].map(() => openSqliteEventLog({ file: join(home, 'log.sqlite') }));
          const written: string[] = [];
          try {
            for (const { writer, category, reader, back } of steps) {
              const name = `sample.c${category}`;
              const answer = await logs[writer]?.append({
                organisation: GENTIA,
                stream: streamName(name, GENTIA, 'a'),
                expected: 'any',
                events: [event('n')],
              });
              expect(answer?.ok).toBe(true);
              written.push(name);
              const from = Math.max(0, written.length - back);
              const asked = `sample.c${steps.length % 2}`;
              const slice = await logs[reader]?.readAll({
                limit: 100,
                categories: [asked],
                ...(from === 0 ? {} : { after: positionOf(from) }),
              });
              expect(slice?.events.length).toBe(written.slice(from).filter((one) => one === asked).length);
              expect(slice?.next).toBe(positionOf(written.length));
            }
          } finally {
            for (const log of logs) await log.close();
            rmSync(home, { recursive: true });
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('opening a file that is not right', () => {
  it('refuses a newer format and leaves it alone', async () => {
    await fill(1);
    tamper("UPDATE meta SET value = '2' WHERE name = 'format'");
    expect(() => open()).toThrow(LogFormatTooNew);
    expect(() => open()).toThrow('format 2 is newer than 1');
    await expect(checkLog(file)).rejects.toThrow(LogFormatTooNew);
  });

  it('refuses a database of something else and puts nothing in it', () => {
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    expect(() => open()).toThrow(LogNotRecognised);
    const after = new DatabaseSync(file);
    expect(after.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({ n: 1 });
    after.close();
  });

  it('refuses a file that is no database', () => {
    writeFileSync(file, 'not a database, but long enough to have had a header '.repeat(50));
    expect(() => open()).toThrow(LogIntegrityError);
  });

  it('refuses a file cut short', async () => {
    await fill(200);
    const db = new DatabaseSync(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const bytes = 6 * 4096;
    copyFileSync(file, `${file}.whole`);
    writeFileSync(file, readFileSync(`${file}.whole`).subarray(0, bytes));
    expect(() => open()).toThrow(LogIntegrityError);
    expect(await checkLog(file)).toMatchObject({ ok: false });
  });

  const damages: { what: string; sql: string; position: number; stream?: string; revision?: number }[] = [
    {
      what: 'changed data',
      sql: "UPDATE events SET data = CAST('{}' AS BLOB) WHERE position = 7",
      position: 7,
      stream: stream('s0'),
      revision: 1,
    },
    {
      what: 'changed metadata',
      sql: "UPDATE events SET metadata = CAST('{}' AS BLOB) WHERE position = 8",
      position: 8,
      stream: stream('s0', ZORGNET),
      revision: 1,
    },
    {
      what: 'bytes moved from metadata to data',
      sql: 'UPDATE events SET metadata = substr(metadata, 1, length(metadata) - 1), data = CAST(substr(metadata, -1) || data AS BLOB) WHERE position = 9',
      position: 9,
    },
    { what: 'a changed leaf', sql: 'UPDATE events SET leaf = zeroblob(32) WHERE position = 10', position: 10 },
    {
      what: 'another stream',
      sql: `UPDATE events SET stream = '${stream('s9')}', revision = 0 WHERE position = 11`,
      position: 11,
      stream: stream('s9'),
      revision: 0,
    },
    { what: 'an event taken out', sql: 'DELETE FROM events WHERE position = 7', position: 7 },
    { what: 'the end taken off', sql: 'DELETE FROM events WHERE position > 18', position: 19 },
    {
      what: 'the end taken off, counter set back',
      sql: "DELETE FROM events WHERE position = 13; UPDATE events SET position = position - 1 WHERE position > 13; UPDATE sqlite_sequence SET seq = 19 WHERE name = 'events'",
      position: 18,
      revision: 3,
    },
  ];
  it.each(damages)('names the record with $what', async ({ sql, position, stream: name, revision }) => {
    await fill(20);
    tamper(sql);
    const fault = faultAtOpen();
    expect(fault.position).toBe(positionOf(position));
    expect(fault).toMatchObject({
      ...(name === undefined ? {} : { stream: name }),
      ...(revision === undefined ? {} : { revision }),
    });
    expect(fault.message).toContain(positionOf(position));
    const full = await checkLog(file);
    expect(full).toMatchObject({ ok: false, checked: position - 1, bad: { position: positionOf(position) } });
  });

  it.each([
    { what: 'another type', sql: "UPDATE events SET type = 'sample.Other.v1' WHERE position = 5" },
    {
      what: 'another event id',
      sql: "UPDATE events SET event_id = '11111111-2222-4333-8444-555555555555' WHERE position = 5",
    },
    { what: 'another category', sql: "UPDATE events SET category = 'sample.other' WHERE position = 5" },
    { what: 'another organisation', sql: "UPDATE events SET organisation = 'zorgnet' WHERE position = 5" },
  ])('the full check finds $what, which the leaf does not cover', async ({ sql }) => {
    await fill(10);
    tamper(sql);
    expect(await checkLog(file)).toMatchObject({
      ok: false,
      checked: 4,
      bad: { position: positionOf(5), stream: stream('s2') },
    });
  });

  it('finds damage that came after opening, when it is read', async () => {
    await fill(20);
    const log = open();
    tamper("UPDATE events SET data = CAST('{}' AS BLOB) WHERE position = 7");
    await expect(log.readStream(stream('s0'))).rejects.toThrow(LogIntegrityError);
    await expect(log.readAll({ limit: 100 })).rejects.toMatchObject({ position: positionOf(7), revision: 1 });
    expect(await log.readStream(stream('s1'))).toHaveLength(3);
    expect(
      (await open({ verifyReadAll: false, openCheck: { tailEvents: 0 } }).readAll({ limit: 100 })).events,
    ).toHaveLength(20);
  });

  it('checks only the end of a large file at opening; the full check finds the rest', async () => {
    await fill(20);
    tamper("UPDATE events SET data = CAST('{}' AS BLOB) WHERE position = 3");
    await open({ openCheck: { tailEvents: 10, quickCheckBytes: 0 } }).close();
    const progress: number[] = [];
    expect(await checkLog(file, (checked) => progress.push(checked))).toMatchObject({
      ok: false,
      bad: { position: positionOf(3) },
    });
  });

  it('finds a sound log sound, beside a running program', async () => {
    await fill(2_500);
    open();
    const progress: [number, number][] = [];
    expect(await checkLog(file, (checked, total) => progress.push([checked, total]))).toEqual({
      ok: true,
      events: 2_500,
      streams: 6,
    });
    expect(progress).toEqual([
      [1_000, 2_500],
      [2_000, 2_500],
      [2_500, 2_500],
    ]);
  });
});
