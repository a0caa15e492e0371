import {
  createMemoryEventLog,
  encodeMetadata,
  leafHexOf,
  LogUnreachable,
  streamName,
  type EventLog,
  type EventToAppend,
  type Position,
  type RecordedEvent,
  type SubscriptionState,
} from '@toeverlaat/event-log';
import { eventLogContract } from '@toeverlaat/testing/event-log-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { openWire } from '@toeverlaat/testing/wire';
import { canonicalBytes, eventIdOf, newCommandId, organisationId } from '@toeverlaat/values';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPostgresEventLog, PostgresLogUnusable } from './postgres-log.js';
import { openPool, RolledBack, scoped, SCOPE } from './connection.js';
import { createTestDatabase, withClient, type TestDatabase } from './test-database.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

const event = (note: string): EventToAppend => {
  const commandId = newCommandId();
  const eventId = eventIdOf('sample.note', commandId, 0);
  const metadata = encodeMetadata({
    v: 1,
    eventId,
    type: 'sample.Noted.v1',
    organisation: gentia,
    recordedAt: '2026-03-02T09:00:00.000Z',
    actor: { pseudonym: 'p', capacity: 'counsellor' },
    purpose: 'test',
    commandId,
    fingerprint: '',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '1',
    lawVersion: '1',
  });
  return { eventId, type: 'sample.Noted.v1', metadata, data: canonicalBytes({ note }) };
};

describeWith('postgres', 'the PostgreSQL log', (address) => {
  let database: TestDatabase;
  const logs: EventLog[] = [];
  const open = async (): Promise<EventLog> => {
    const log = await openPostgresEventLog({ connectionString: database.application });
    logs.push(log);
    return log;
  };
  beforeAll(async () => {
    database = await createTestDatabase(address);
  });
  afterAll(async () => {
    await Promise.all(logs.map((log) => log.close()));
  });

  eventLogContract('PostgreSQL', async () => {
    database ??= await createTestDatabase(address);
    const log = await openPostgresEventLog({ connectionString: database.application });
    return { log, dispose: () => log.close() };
  });

  const asApplication = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = new Client({ connectionString: database.application });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  it('gives the application no way to change or delete an event', async () => {
    const log = await open();
    await log.append({
      organisation: gentia,
      stream: streamName('sample.rights', gentia, 'one'),
      expected: 'none',
      events: [event('a')],
    });
    for (const statement of [
      `UPDATE toeverlaat_log.events SET data = ''`,
      'DELETE FROM toeverlaat_log.events',
      'TRUNCATE toeverlaat_log.events',
      'ALTER TABLE toeverlaat_log.events DISABLE ROW LEVEL SECURITY',
      'DROP TABLE toeverlaat_log.events',
    ])
      await asApplication(async (client) => {
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      });
  });

  it('shows and takes only rows of the organisations that a transaction names; none when it names none', async () => {
    const log = await open();
    for (const organisation of [gentia, zorgnet])
      await log.append({
        organisation,
        stream: streamName('sample.rls', organisation, 'one'),
        expected: 'none',
        events: [event('a')],
      });
    await asApplication(async (client) => {
      const seen = async (scope?: string) => {
        await client.query('BEGIN');
        if (scope !== undefined) await client.query('SELECT set_config($1, $2, true)', [SCOPE, scope]);
        const { rows } = await client.query<{ organisation: string }>(
          `SELECT organisation FROM toeverlaat_log.events WHERE category = 'sample.rls' ORDER BY organisation`,
        );
        await client.query('COMMIT');
        return rows.map((row) => row.organisation);
      };
      expect(await seen()).toEqual([]);
      expect(await seen('gentia')).toEqual(['gentia']);
      expect(await seen('*')).toEqual(['gentia', 'zorgnet']);
      await client.query('BEGIN');
      await client.query('SELECT set_config($1, $2, true)', [SCOPE, 'gentia']);
      await expect(
        client.query(
          `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
           VALUES ('sample.rls-zorgnet_one', 'sample.rls', 'zorgnet', 1, gen_random_uuid(), 't', '', '', decode(repeat('00', 32), 'hex'))`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('gives nobody the choice of where an event stands', async () => {
    await open();
    await asApplication(async (client) => {
      await client.query('SELECT set_config($1, $2, false)', [SCOPE, 'gentia']);
      await expect(
        client.query(
          `INSERT INTO toeverlaat_log.events (txid, stream, category, organisation, revision, event_id, type, metadata, data, leaf)
           VALUES ('1', 'sample.x-gentia_x', 'sample.x', 'gentia', 0, gen_random_uuid(), 't', '', '', decode(repeat('00', 32), 'hex'))`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('refuses a log with transactions of another server, and one beside the keys', async () => {
    const other = await createTestDatabase(address);
    await withClient(other.owner, (client) =>
      client.query(
        `INSERT INTO toeverlaat_log.events (txid, stream, category, organisation, revision, event_id, type, metadata, data, leaf)
         VALUES ('99999999999', 'sample.x-gentia_x', 'sample.x', 'gentia', 0, gen_random_uuid(), 't', '', '', decode(repeat('00', 32), 'hex'))`,
      ),
    );
    await expect(openPostgresEventLog({ connectionString: other.application })).rejects.toThrow('logical dump');
    await withClient(other.owner, (client) =>
      client.query('DELETE FROM toeverlaat_log.events; CREATE SCHEMA toeverlaat_keyring'),
    );
    await expect(openPostgresEventLog({ connectionString: other.application })).rejects.toThrow('same database');
  });

  it('keeps large appends that wait together in transactions of a bounded size', async () => {
    const log = await open();
    const large = (): EventToAppend => ({ ...event('l'), data: new Uint8Array(1_000_000) });
    const streams = Array.from({ length: 12 }, (_, n) => streamName('sample.large', gentia, `s${n}`));
    const answers = await Promise.all(
      streams.map((stream) =>
        log.append({ organisation: gentia, stream, expected: 'none', events: [large(), large()] }),
      ),
    );
    expect(answers.every((answer) => answer.ok)).toBe(true);
    const transactions = new Set(answers.map((answer) => (answer.ok ? answer.value.position.slice(0, 20) : '')));
    expect(transactions.size).toBeGreaterThan(1);
  });

  it('never lets a reader pass a position that a running transaction may still fill', async () => {
    const writer = await open();
    const reader = await open();
    const category = 'sample.gap';
    const slow = new Client({ connectionString: database.application });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query('SELECT set_config($1, $2, true)', [SCOPE, 'gentia']);
    const late = event('late');
    await slow.query(
      `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
       VALUES ($1, $2, 'gentia', 0, $3, $4, $5, $6, decode($7, 'hex'))`,
      [
        streamName(category, gentia, 'slow'),
        category,
        late.eventId,
        late.type,
        Buffer.from(late.metadata),
        Buffer.from(late.data),
        '00'.repeat(32),
      ],
    );
    // A later transaction commits first.
    const quick = await writer.append({
      organisation: gentia,
      stream: streamName(category, gentia, 'quick'),
      expected: 'none',
      events: [event('quick')],
    });
    expect(quick.ok).toBe(true);
    const before = await reader.readAll({ categories: [category], limit: 10 });
    expect(before).toMatchObject({ events: [], atEnd: true });
    const passed: Position | undefined = before.next;
    await slow.query('ROLLBACK');
    await slow.end();
    const after = await reader.readAll({
      categories: [category],
      limit: 10,
      ...(passed === undefined ? {} : { after: passed }),
    });
    expect(after.events.map((one) => one.stream)).toEqual([streamName(category, gentia, 'quick')]);
  });

  const insert = (client: Pick<Client, 'query'>, category: string, id: string) => {
    const { eventId, type, metadata, data } = event(id);
    const stream = streamName(category, gentia, id);
    const leaf = leafHexOf({ stream, revision: 0, metadata, data });
    return client.query(
      `INSERT INTO toeverlaat_log.events (stream, category, organisation, revision, event_id, type, metadata, data, leaf)
       VALUES ($1, $2, 'gentia', 0, $3, $4, $5, $6, decode($7, 'hex'))`,
      [stream, category, eventId, type, Buffer.from(metadata), Buffer.from(data), leaf],
    );
  };
  const scopedByHand = async (client: Client): Promise<void> => {
    await client.query('BEGIN');
    await client.query('SELECT set_config($1, $2, true)', [SCOPE, 'gentia']);
  };
  /** What a subscription delivers of a category, until so many events came. */
  const followed = async (log: EventLog, category: string, count: number): Promise<readonly string[]> => {
    const stop = new AbortController();
    const streams: string[] = [];
    for await (const message of log.subscribe({ categories: [category], signal: stop.signal })) {
      if (message.kind === 'events') streams.push(...message.events.map(({ stream }) => stream));
      if (streams.length >= count) stop.abort();
    }
    return streams;
  };

  it('is followed past a writer that ended between its commit and its notification', async () => {
    const reader = await open();
    const category = 'sample.silent';
    const both = [followed(reader, category, 2), followed(reader, category, 2)];
    await asApplication(async (client) => {
      for (const id of ['one', 'two']) {
        await scopedByHand(client);
        await insert(client, category, id);
        await client.query('COMMIT');
      }
    });
    const streams = ['one', 'two'].map((id) => streamName(category, gentia, id));
    expect(await Promise.all(both)).toEqual([streams, streams]);
  }, 180_000);

  it('is followed again soon after a way that was cut half-open, however long a statement may take', async () => {
    const wire = await openWire(Number(new URL(database.application).port || '5432'));
    const over = new URL(database.application);
    over.port = String(wire.port);
    const reader = await openPostgresEventLog({
      connectionString: over.href,
      statementTimeoutMs: 3_600_000,
      connectTimeoutMs: 2_000,
      followMs: 500,
    });
    const writer = await open();
    const stop = new AbortController();
    try {
      const category = 'sample.cut';
      const append = (id: string) =>
        writer.append({
          organisation: gentia,
          stream: streamName(category, gentia, id),
          expected: 'none',
          events: [event(id)],
        });
      const ids = ['before', 'meanwhile', 'after'];
      const seen = new Map(ids.map((id) => [streamName(category, gentia, id), Promise.withResolvers<undefined>()]));
      const streams: string[] = [];
      const isSeen = (id: string) => seen.get(streamName(category, gentia, id))?.promise;
      const waits = Promise.withResolvers<undefined>();
      const onState = ({ kind }: SubscriptionState): void => {
        if (kind === 'retrying') waits.resolve(undefined);
      };
      const following = (async () => {
        for await (const message of reader.subscribe({ categories: [category], signal: stop.signal, onState }))
          if (message.kind === 'events')
            for (const { stream } of message.events) {
              streams.push(stream);
              seen.get(stream)?.resolve(undefined);
            }
      })();
      await append('before');
      await isSeen('before');
      wire.cut();
      await append('meanwhile');
      await waits.promise;
      wire.heal();
      await isSeen('meanwhile');
      await append('after');
      await isSeen('after');
      stop.abort();
      await following;
      expect(streams).toEqual([...seen.keys()]);
    } finally {
      stop.abort();
      await wire.close();
      await reader.close();
    }
  }, 180_000);

  it('gives out what a running transaction hid, whoever appended it, once that one has ended', async () => {
    const writer = await open();
    const reader = await open();
    const category = 'sample.hidden';
    const slow = new Client({ connectionString: database.application });
    await slow.connect();
    await scopedByHand(slow);
    await insert(slow, 'sample.slow', `s${newCommandId()}`);
    const following = followed(reader, category, 1);
    const stream = streamName(category, gentia, 'quick');
    const answer = await writer.append({ organisation: gentia, stream, expected: 'none', events: [event('quick')] });
    expect(answer.ok).toBe(true);
    await slow.query('ROLLBACK');
    await slow.end();
    expect(await following).toEqual([stream]);
  }, 180_000);

  it('takes back what was sent along with a statement that is refused, and keeps the connection', async () => {
    const pool = openPool({ connectionString: database.application, maxConnections: 1 });
    const category = 'sample.refused';
    try {
      const both = scoped(pool, [gentia], async (client, last) => {
        await Promise.all([insert(client, category, 'twice'), last(insert(client, category, 'twice'))]);
      });
      await expect(both).rejects.toMatchObject({ code: '23505' });
      // Somebody swallows a refusal: the commit that follows is none, and says so.
      const swallowed = scoped(pool, [gentia], async (client) => {
        await insert(client, category, 'other');
        await insert(client, category, 'other').catch(() => undefined);
      });
      await expect(swallowed).rejects.toBeInstanceOf(RolledBack);
      const found = scoped(pool, [gentia], (client, last) =>
        last(client.query('SELECT 1 FROM toeverlaat_log.events WHERE category = $1', [category])),
      );
      expect((await found).rowCount).toBe(0);
      // The scope ended with the transaction.
      expect((await pool.query('SELECT 1 FROM toeverlaat_log.events')).rowCount).toBe(0);
      expect(pool.totalCount).toBe(1);
    } finally {
      await pool.end();
    }
  });

  it('orders what many processes write: one wins each revision, no reader sees a gap', async () => {
    const writers = await Promise.all([open(), open(), open(), open()]);
    const category = 'sample.many';
    const stream = streamName(category, gentia, 'contended');
    const answers = await Promise.all(
      writers.flatMap((log, writer) =>
        Array.from({ length: 25 }, (_, n) =>
          log.append({
            organisation: gentia,
            stream,
            expected: 'any',
            events: [event(`${writer}-${n}`), event(`${writer}-${n}+`)],
          }),
        ),
      ),
    );
    expect(answers.every((answer) => answer.ok)).toBe(true);
    const events = await (await open()).readStream(stream);
    expect(events.map((one) => one.revision)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('has the leaves of any other log', async () => {
    const memory = createMemoryEventLog();
    const log = await open();
    const stream = streamName('sample.leaf', gentia, 'one');
    const request = { organisation: gentia, stream, expected: 'none', events: [event('a')] } as const;
    await log.append(request);
    await memory.append(request);
    const [stored] = await log.readStream(stream);
    const [kept] = await memory.readStream(stream);
    expect(stored && { metadata: Buffer.from(stored.metadata), data: Buffer.from(stored.data) }).toEqual(
      kept && { metadata: Buffer.from(kept.metadata), data: Buffer.from(kept.data) },
    );
  });

  it('tells a damaged row by name', async () => {
    const log = await open();
    const stream = streamName('sample.damage', gentia, 'one');
    await log.append({ organisation: gentia, stream, expected: 'none', events: [event('a')] });
    const owner = new Client({ connectionString: database.owner });
    await owner.connect();
    await owner.query(`UPDATE toeverlaat_log.events SET data = 'x' WHERE stream = $1`, [stream]);
    await owner.end();
    await expect(log.readStream(stream)).rejects.toThrow(`${stream}@0`);
    const repair = new Client({ connectionString: database.owner });
    await repair.connect();
    await repair.query('DELETE FROM toeverlaat_log.events WHERE stream = $1', [stream]);
    await repair.end();
  });

  it('refuses a database without a log, and a server that is not there', async () => {
    await expect(openPostgresEventLog({ connectionString: address })).rejects.toBeInstanceOf(PostgresLogUnusable);
    await expect(
      openPostgresEventLog({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }),
    ).rejects.toBeInstanceOf(PostgresLogUnusable);
  });
});

const binaries = postgresBinaries() === undefined ? ' [needs postgres: its server binaries on this machine]' : '';
(binaries === '' ? describe : describe.skip)(`the log on a PostgreSQL of its own${binaries}`, () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startPostgres();
    database = await createTestDatabase(server.url);
  });
  afterAll(() => server.remove());

  it('loses nothing acknowledged when the server is killed, types what it cannot answer, and goes on by itself', async () => {
    const logs = await Promise.all(
      [0, 1, 2].map(() => openPostgresEventLog({ connectionString: database.application, pollMs: 50 })),
    );
    const acknowledged: string[] = [];
    const refusals = new Set<string>();
    const writing = { on: true };
    const writers = logs.map(async (log, writer) => {
      const organisation = writer % 2 === 0 ? gentia : zorgnet;
      const stream = streamName('sample.killed', organisation, `w${writer}`);
      for (let n = 0; writing.on; n += 1) {
        const events = [event(`${writer}:${n}`), event(`${writer}:${n}+`)];
        const answer = await log.append({ organisation, stream, expected: 'any', events });
        if (answer.ok) acknowledged.push(...events.map(({ eventId }) => `${stream} ${eventId}`));
        else refusals.add(answer.error.kind);
      }
    });
    const stop = new AbortController();
    const states: SubscriptionState['kind'][] = [];
    const followed: RecordedEvent[] = [];
    let target = '';
    const reached = Promise.withResolvers<undefined>();
    const following = (async () => {
      const reader = logs[0];
      if (reader === undefined) throw new Error('no log');
      const options = { signal: stop.signal, onState: (state: SubscriptionState) => states.push(state.kind) };
      for await (const message of reader.subscribe(options)) {
        if (message.kind === 'events') followed.push(...message.events);
        if (target !== '' && (message.next ?? '') >= target) reached.resolve(undefined);
      }
    })();
    const more = async (count: number): Promise<void> => {
      const until = acknowledged.length + count;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(until), { timeout: 30_000 });
    };
    for (let round = 0; round < 3; round += 1) {
      await more(30);
      await server.kill();
      await expect(logs[1]?.readAll({ limit: 1 })).rejects.toBeInstanceOf(LogUnreachable);
      await server.start();
      await more(10);
    }
    writing.on = false;
    await Promise.all(writers);
    expect([...refusals]).toEqual(['LogUnavailable']);
    const end = await logs[2]?.append({
      organisation: gentia,
      stream: streamName('sample.killed', gentia, 'end'),
      expected: 'none',
      events: [event('end')],
    });
    target = end?.ok === true ? end.value.position : '';
    await reached.promise;
    stop.abort();
    await following;
    expect(states).toContain('retrying');
    const stored = followed.map(({ stream, eventId }) => `${stream} ${eventId}`);
    const found = new Set(stored);
    expect(acknowledged.filter((one) => !found.has(one))).toEqual([]);
    // Once each, in the order of the positions, every append whole.
    expect(found.size).toBe(stored.length);
    const positions = followed.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted());
    for (const writer of [0, 1, 2]) {
      const stream = streamName('sample.killed', writer % 2 === 0 ? gentia : zorgnet, `w${writer}`);
      const own = followed.filter((one) => one.stream === stream);
      expect(own.map(({ revision }) => revision)).toEqual(own.map((_, n) => n));
      expect(own.length % 2).toBe(0);
    }
    await Promise.all(logs.map((log) => log.close()));
  });

  it('refuses a server that may forget what it acknowledged', async () => {
    const role = new URL(database.application).username;
    await withClient(server.url, (admin) => admin.query(`ALTER ROLE ${role} SET synchronous_commit = off`));
    await expect(openPostgresEventLog({ connectionString: database.application })).rejects.toThrow(
      'synchronous_commit',
    );
  });
});
