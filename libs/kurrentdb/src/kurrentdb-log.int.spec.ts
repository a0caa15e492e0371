import {
  DamagedEvent,
  LogUnreachable,
  streamName,
  type AppendRequest,
  type EventLog,
  type EventToAppend,
  type RecordedEvent,
  type SubscriptionState,
} from '@toeverlaat/event-log';
import { writeCertificates } from '@toeverlaat/grpc';
import { eventLogContract } from '@toeverlaat/testing/event-log-contract';
import { canonicalBytes, eventIdOf, newCommandId, organisationId } from '@toeverlaat/values';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KurrentLogUnusable, openKurrentEventLog } from './kurrentdb-log.js';
import { startStandIn, type StandIn } from './stand-in.js';

/** A door in front of a server: takes connections and says nothing on them, until it is told to let new ones through. */
const startSilentDoor = async (
  port: number,
): Promise<{ readonly port: number; readonly answer: () => void; readonly close: () => void }> => {
  const open = new Set<Socket>();
  let answering = false;
  const door = createServer((caller) => {
    open.add(caller);
    caller.on('error', () => undefined).on('close', () => open.delete(caller));
    if (!answering) return;
    const server = createConnection(port, '127.0.0.1');
    server.on('error', () => caller.destroy()).on('close', () => caller.destroy());
    caller.on('close', () => server.destroy());
    caller.pipe(server).pipe(caller);
  });
  await new Promise<void>((resolve) => {
    door.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (door.address() as AddressInfo).port,
    answer: () => {
      answering = true;
    },
    close: () => {
      door.close();
      for (const caller of open) caller.destroy();
    },
  };
};

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

eventLogContract('KurrentDB client before a stand-in of the server', async () => {
  const standIn = await startStandIn();
  return {
    log: openKurrentEventLog({ connectionString: standIn.address }),
    dispose: async () => standIn.stop(),
  };
});

describe('the KurrentDB adapter', () => {
  let standIn: StandIn;
  let log: EventLog;
  const reports: string[] = [];
  beforeEach(async () => {
    standIn = await startStandIn();
    reports.length = 0;
    log = openKurrentEventLog({
      connectionString: standIn.address,
      pollMs: 20,
      onError: (detail) => reports.push(detail),
    });
  });
  afterEach(async () => {
    await log.close();
    standIn.stop();
  });

  const event = (note: string, commandId = newCommandId()): EventToAppend => ({
    eventId: eventIdOf('sample.note', commandId, 0),
    type: 'sample.Noted.v1',
    metadata: canonicalBytes({ note: `envelope of ${note}` }),
    data: canonicalBytes({ note }),
  });
  const notes = (events: readonly RecordedEvent[]): string[] =>
    events.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { note: string }).note);
  /**
   * Sends until it is taken, as whoever got `LogUnavailable` does: the client may still be putting its connection together
   * when the server answers again. Where an answer was lost, the next finds the event standing.
   */
  const taken = (request: AppendRequest): Promise<void> =>
    vi.waitFor(
      async () => {
        const answer = await log.append(request);
        expect(answer.ok ? 'taken' : answer.error.kind).toMatch(/^(taken|VersionConflict)$/);
      },
      { timeout: 120_000 },
    );
  const stream = (organisation = gentia, id = 'one'): string => streamName('sample.note', organisation, id);

  it('never takes the same event ids for a repeat: the revision decides, and `any` appends', async () => {
    const commandId = newCommandId();
    const first = {
      organisation: gentia,
      stream: stream(),
      expected: 'none',
      events: [event('a', commandId)],
    } as const;
    const second = { ...first, events: [event('other body', commandId)] };
    expect((await log.append(first)).ok).toBe(true);
    expect(await log.append(second)).toEqual({
      ok: false,
      error: { kind: 'StreamExists', stream: stream(), actual: 0 },
    });
    const access = { ...second, stream: stream(gentia, 'access'), expected: 'any' } as const;
    await log.append(access);
    await log.append(access);
    const stored = await log.readStream(access.stream);
    expect(stored.map(({ eventId }) => eventId)).toEqual([access.events[0]?.eventId, access.events[0]?.eventId]);
  });

  it('gives back bytes that are no JSON, and an envelope that is not canonical, as they were', async () => {
    const odd: EventToAppend = {
      ...event('x'),
      metadata: Buffer.from('{"b": 1,  "a":2}'),
      data: Buffer.from([0, 255, 1, 254]),
    };
    await log.append({ organisation: gentia, stream: stream(), expected: 'none', events: [odd] });
    const [read] = await log.readStream(stream());
    expect(Buffer.from(read?.metadata ?? [])).toEqual(odd.metadata);
    expect(Buffer.from(read?.data ?? [])).toEqual(odd.data);
  });

  it('tells an append that the server finds too large, with what it takes', async () => {
    const large = (): EventToAppend => ({ ...event('l'), data: new Uint8Array(700_000) });
    const events = [large(), large()];
    const refused = await log.append({ organisation: gentia, stream: stream(), expected: 'none', events });
    expect(refused).toMatchObject({ error: { kind: 'EventTooLarge', limit: 1_048_576 } });
    expect(await log.readStream(stream())).toEqual([]);
  });

  it('passes by what the server and other programs wrote, and moves on over it', async () => {
    await log.append({ organisation: gentia, stream: stream(), expected: 'none', events: [event('a')] });
    standIn.write('$stats-1', '$stats', Buffer.from('{}'));
    standIn.write('foreign', 'Something', Buffer.from('{}'));
    const slice = await log.readAll({ limit: 10 });
    expect(notes(slice.events)).toEqual(['a']);
    expect(slice.atEnd).toBe(true);
    standIn.write('$stats-1', '$stats', Buffer.from('{}'));
    const on = await log.readAll({ limit: 10, ...(slice.next === undefined ? {} : { after: slice.next }) });
    expect(on.events).toEqual([]);
    expect((on.next ?? '') > (slice.next ?? '')).toBe(true);
    // The head is of the log, not of what the server notes for itself.
    expect((await log.head()) ?? '').not.toBe(on.next);
    standIn.write(stream(), 'sample.Noted.v1', Buffer.from('{}'));
    await expect(log.readStream(stream())).rejects.toBeInstanceOf(DamagedEvent);
  });

  it('is unavailable while the server does not answer, and never empty', async () => {
    await log.append({ organisation: gentia, stream: stream(), expected: 'none', events: [event('a')] });
    standIn.refuse(true);
    expect(
      await log.append({ organisation: gentia, stream: stream(), expected: 0, events: [event('b')] }),
    ).toMatchObject({ ok: false, error: { kind: 'LogUnavailable' } });
    await expect(log.readStream(stream())).rejects.toBeInstanceOf(LogUnreachable);
    await expect(log.readAll({ limit: 1 })).rejects.toBeInstanceOf(LogUnreachable);
    await expect(log.head()).rejects.toBeInstanceOf(LogUnreachable);
    standIn.refuse(false);
    await taken({ organisation: gentia, stream: stream(), expected: 0, events: [event('b')] });
  });

  it('goes on by itself from its position when the server comes back, and says so meanwhile', async () => {
    const states: SubscriptionState[] = [];
    const stop = new AbortController();
    const retrying = Promise.withResolvers<undefined>();
    const subscription = log.subscribe({
      signal: stop.signal,
      onState: (state) => {
        states.push(state);
        if (state.kind === 'retrying') retrying.resolve(undefined);
      },
    });
    const messages = subscription[Symbol.asyncIterator]();
    const events = async (count: number): Promise<string[]> => {
      const found: string[] = [];
      while (found.length < count) {
        const { value, done } = await messages.next();
        if (done === true) throw new Error('the subscription ended');
        if (value.kind === 'events') found.push(...notes(value.events));
      }
      return found;
    };
    await log.append({ organisation: gentia, stream: stream(), expected: 'none', events: [event('a')] });
    await log.append({ organisation: zorgnet, stream: stream(zorgnet), expected: 'none', events: [event('z')] });
    expect(await events(2)).toEqual(['a', 'z']);
    const next = events(1);
    // Only a subscription that stands can break.
    await vi.waitFor(() => expect(standIn.subscribers()).toBe(1), { timeout: 120_000 });
    standIn.refuse(true);
    standIn.breakCalls();
    await retrying.promise;
    standIn.refuse(false);
    await taken({ organisation: gentia, stream: stream(), expected: 0, events: [event('b')] });
    expect(await next).toEqual(['b']);
    expect(states.map(({ kind }) => kind)).toContain('following');
    stop.abort();
    while ((await messages.next()).done !== true);
  }, 300_000);

  it('opens the subscription that wakes it again when the server breaks it', async () => {
    const confirmed = () => vi.waitFor(() => expect(standIn.subscribers()).toBe(1), { timeout: 120_000 });
    await confirmed();
    standIn.breakCalls();
    await vi.waitFor(() => expect(reports.length).toBeGreaterThan(0), { timeout: 120_000 });
    await confirmed();
  }, 300_000);

  it('refuses an append that expected something else, whatever the connection string makes of it', async () => {
    const other = openKurrentEventLog({ connectionString: `${standIn.address}&throwOnAppendFailure=false` });
    const request = { organisation: gentia, stream: stream(), events: [event('a')] } as const;
    expect(await other.append({ ...request, expected: 2 })).toEqual({
      ok: false,
      error: { kind: 'VersionConflict', stream: stream(), expected: 2, actual: -1 },
    });
    expect((await other.append({ ...request, expected: 'none' })).ok).toBe(true);
    expect(await other.append({ ...request, expected: 'none' })).toEqual({
      ok: false,
      error: { kind: 'StreamExists', stream: stream(), actual: 0 },
    });
    expect(notes(await other.readStream(stream()))).toEqual(['a']);
    await other.close();
  });

  it('folds no stream whose beginning is gone', async () => {
    const events = ['a', 'b', 'c'].map((note) => event(note));
    for (const organisation of [gentia, zorgnet])
      await log.append({ organisation, stream: stream(organisation), expected: 'none', events });
    standIn.cut(stream(), 2);
    await expect(log.readStream(stream())).rejects.toThrow('revisions 0 to 1 are gone');
    await expect(log.readStream(stream(), { from: 1 })).rejects.toBeInstanceOf(DamagedEvent);
    expect(notes(await log.readStream(stream(), { from: 2 }))).toEqual(['c']);
    expect(notes(await log.readStream(stream(zorgnet)))).toEqual(['a', 'b', 'c']);
  });

  it('writes again through a new connection when one that was begun during a cut never answers', async () => {
    const silent = await startSilentDoor(Number(new URL(standIn.address.replace('kurrentdb', 'http')).port));
    const through = openKurrentEventLog({
      connectionString: `kurrentdb://127.0.0.1:${silent.port}?tls=false`,
      appendTimeoutMs: 2_000,
      onError: (detail) => reports.push(detail),
    });
    try {
      const request = { organisation: gentia, stream: stream(), expected: 'none', events: [event('a')] } as const;
      expect(await through.append(request)).toMatchObject({ error: { kind: 'LogUnavailable' } });
      expect(reports).toContain('deadline');
      // What is there stays silent, as after a cut; only new connections are answered.
      silent.answer();
      await vi.waitFor(
        async () => {
          const answer = await through.append(request);
          expect(answer.ok ? 'taken' : answer.error.kind).toMatch(/^(taken|StreamExists)$/);
        },
        { timeout: 180_000 },
      );
      expect(notes(await log.readStream(stream()))).toEqual(['a']);
    } finally {
      await through.close();
      silent.close();
    }
  }, 300_000);

  it('quotes no connection string', () => {
    expect(() => openKurrentEventLog({ connectionString: 'postgres://u:geheim@x' })).toThrow(KurrentLogUnusable);
    expect(() => openKurrentEventLog({ connectionString: 'postgres://u:geheim@x' })).not.toThrow('geheim');
  });
});

describe('the KurrentDB adapter before a server that asks who comes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-kurrentdb-'));
  const [user, password] = ['toeverlaat', 'p@ss:w/rd?&% é'];
  let standIn: StandIn;
  beforeEach(async () => {
    writeCertificates(folder);
    // The one of these certificates that is for an address of this host.
    const [certificate, key] = ['kafka.crt', 'kafka.key'].map((file) => readFileSync(join(folder, file)));
    if (certificate === undefined || key === undefined) throw new Error('no certificate');
    standIn = await startStandIn({ secured: { certificate, key, user, password } });
  });
  afterEach(() => {
    standIn.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const opened = (secret: string, onError?: (detail: string) => void): EventLog => {
    const address = standIn.address.replace('://', `://${user}:${encodeURIComponent(secret)}@`);
    return openKurrentEventLog({
      connectionString: `${address}&tlsCaFile=${join(folder, 'ca.crt')}`,
      ...(onError === undefined ? {} : { onError }),
    });
  };
  const request: AppendRequest = {
    organisation: gentia,
    stream: streamName('sample.note', gentia, 'one'),
    expected: 'none',
    events: [
      {
        eventId: eventIdOf('sample.note', newCommandId(), 0),
        type: 'sample.Noted.v1',
        metadata: canonicalBytes({}),
        data: canonicalBytes({ note: 'a' }),
      },
    ],
  };

  it('is who the connection string says, in writing, reading and being woken, with any sign in its password', async () => {
    const reports: string[] = [];
    const log = opened(password, (detail) => reports.push(detail));
    const answer = await log.append(request);
    expect(answer.ok).toBe(true);
    expect(await log.readStream(request.stream)).toHaveLength(1);
    expect((await log.readAll({ limit: 5 })).events).toHaveLength(1);
    expect(await log.head()).toBe(answer.ok ? answer.value.position : '');
    await vi.waitFor(() => expect(standIn.subscribers()).toBe(1), { timeout: 120_000 });
    expect(reports).toEqual([]);
    await log.close();
  }, 180_000);

  it('is let in with no other password, and says which without quoting it', async () => {
    const log = opened('geheim');
    expect(await log.append(request)).toEqual({ ok: false, error: { kind: 'LogReadOnly', detail: 'access-denied' } });
    await expect(log.readStream(request.stream)).rejects.toMatchObject({ detail: 'access-denied' });
    await expect(log.readAll({ limit: 1 })).rejects.not.toThrow('geheim');
    await log.close();
  }, 180_000);
});
