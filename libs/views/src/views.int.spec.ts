import { createMemoryEventLog, streamName, type EventLog } from '@toeverlaat/event-log';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineView, type ViewDefinition } from './define.js';
import {
  appendSample,
  countsView,
  deskView,
  fillSample,
  gentia,
  SAMPLE_CATEGORY,
  sampleCodec,
  sampleMetadata,
  sampleStep,
  zorgnet,
} from './fixtures/sample.js';
import { hashRows } from './hash.js';
import { rebuildAll } from './rebuild.js';
import { openViews, ViewNotReady, type ViewNotice, type Views } from './views.js';
import { randomId, uuidV5, type EventId } from '@toeverlaat/values';
import { openReader, sealedColumn } from './reader.js';

const service = 'sample';
const WAIT = 5_000;

let folder: string;
let log: EventLog;
let open: Views[];
let notices: ViewNotice[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'views-'));
  log = createMemoryEventLog();
  open = [];
  notices = [];
});
afterEach(async () => {
  for (const views of open) await views.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (views: readonly ViewDefinition[], over: EventLog = log): Promise<Views> => {
  const opened = openViews({ folder, service, log: over, views, onNotice: (notice) => notices.push(notice) });
  open.push(opened);
  await opened.start();
  return opened;
};
const headOf = async () => {
  const head = await log.head();
  if (head === undefined) throw new Error('empty log');
  return head;
};
const rebuiltHash = async (view: ViewDefinition): Promise<string | undefined> => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'views-again-'));
  try {
    const [answer] = await rebuildAll({ log, folder: elsewhere, service, views: [view] });
    return answer?.hash;
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
};
const fileHash = async (): Promise<string> => {
  const { db, close } = openReader(deskFile());
  try {
    return await hashRows(db, deskView);
  } finally {
    close();
  }
};
const deskFile = (version = 1) => join(folder, service, `desk.v${version}.sqlite`);

describe('views over a log', () => {
  it('keeps a file that another process brought further than the head of a moment before', async () => {
    await fillSample(log, 1, 1);
    const before = await log.head();
    await appendSample(log, zorgnet, 'f0', 1, sampleStep(1));
    const views = await start([deskView]);
    expect(await views.whenProcessed(await headOf(), WAIT)).toBe('processed');
    await views.stop();
    let asked = 0;
    // The first answer is one from before the other process went on; what is asked later is as of now.
    const late: EventLog = { ...log, head: async () => ((asked += 1) === 1 ? before : log.head()) };
    await start([deskView], late);
    expect(asked).toBeGreaterThan(1);
    expect(notices.map(({ kind }) => kind)).not.toContain('discarded');
  });

  it('reads what was there and what comes, in both organisations apart', async () => {
    await fillSample(log, 2, 3);
    const views = await start([deskView, countsView]);
    const desk = views.query('desk');
    const files = (organisation: string) =>
      desk.all('SELECT file, contacts, open FROM files WHERE organisation = ? ORDER BY file', [organisation]);
    expect(files(gentia)).toEqual(files(zorgnet));
    expect(files(gentia)).toMatchObject([
      { file: 'f0', contacts: 2, open: 1 },
      { file: 'f1', contacts: 2, open: 1 },
    ]);

    const position = await appendSample(log, zorgnet, 'f0', 3, sampleStep(3));
    expect(await views.whenProcessed(position, WAIT)).toBe('processed');
    expect(files(gentia)).toMatchObject([{ contacts: 2, open: 1 }, {}]);
    expect(files(zorgnet)).toMatchObject([{ contacts: 3, open: 0 }, {}]);
    expect(
      views
        .query('counts')
        .get('SELECT number FROM counts WHERE organisation = ? AND type = ?', [zorgnet, 'FileClosed']),
    ).toMatchObject({ number: 1 });
    expect(await views.status()).toMatchObject([
      { view: 'desk', mode: 'async', state: 'following', position, lagging: false },
      { view: 'counts', mode: 'live', state: 'following', position, lagging: false },
    ]);
  });

  it('keeps sealed values verbatim', async () => {
    await fillSample(log, 1, 1);
    const views = await start([deskView]);
    const row = views.query('desk').get('SELECT kind FROM files WHERE organisation = ?', [gentia]);
    const [recorded] = await log.readStream(streamName(SAMPLE_CATEGORY, gentia, 'f0'));
    const stored = Buffer.from(recorded?.data ?? []).toString();
    expect(stored).toContain(`"kind":${String(row?.['kind'])}`);
    expect(sealedColumn(row?.['kind']).ctx.organisation).toBe(gentia);
  });

  it('starts where it stopped', async () => {
    await fillSample(log, 3, 5);
    const first = await start([deskView]);
    await first.stop();
    const before = await fileHash();
    await appendSample(log, gentia, 'f9', 0, sampleStep(0));
    const handled: string[] = [];
    const counting: ViewDefinition = {
      ...deskView,
      handle: (event, tx) => {
        handled.push(event.meta.eventId);
        deskView.handle(event, tx);
      },
    };
    const second = await start([counting]);
    expect(await second.whenProcessed(await headOf(), WAIT)).toBe('processed');
    expect(handled).toHaveLength(1);
    const hash = (await second.hashes()).get('desk');
    expect(hash).not.toBe(before);
    expect(hash).toBe(await rebuiltHash(deskView));
  });

  it('moves past events of other categories, and keeps that on the disk when it stops', async () => {
    await fillSample(log, 1, 1);
    const views = await start([deskView]);
    const position = await log.append({
      organisation: gentia,
      stream: streamName('other.thing', gentia, 'x'),
      expected: 'none',
      events: [{ ...foreign('other.Thing.v1'), data: Buffer.from('{}') }],
    });
    if (!position.ok) throw new Error(position.error.kind);
    expect(await views.whenProcessed(position.value.position, WAIT)).toBe('processed');
    await views.stop();
    const again = await start([deskView]);
    expect((await again.status())[0]?.position).toBe(position.value.position);
  });

  it('answers stale when a position is not reached in time, and when the view failed before it', async () => {
    await fillSample(log, 1, 1);
    const never = '9999999999999999' as Awaited<ReturnType<typeof headOf>>;
    const views = await start([deskView]);
    expect(await views.whenProcessed(never, 10)).toBe('stale');
  });

  it('passes over events of a type no codec knows', async () => {
    await fillSample(log, 1, 1);
    await appendRaw('sample.FromTheFuture.v1', '{"x":1}');
    const views = await start([deskView]);
    expect((await views.status())[0]).toMatchObject({ state: 'following', lagging: false });
  });
});

const foreign = (type: string) => {
  const eventId = randomId() as EventId;
  return { eventId, type, metadata: sampleMetadata(gentia, randomId(), { eventId, type }) };
};
const appendRaw = async (type: string, data: string) => {
  const answer = await log.append({
    organisation: gentia,
    stream: streamName(SAMPLE_CATEGORY, gentia, 'f0'),
    expected: 'any',
    events: [{ ...foreign(type), data: Buffer.from(data) }],
  });
  if (!answer.ok) throw new Error(answer.error.kind);
  return answer.value.position;
};

describe('a view that cannot take an event', () => {
  it('stops in front of it, says where and why, and still answers', async () => {
    await fillSample(log, 2, 2);
    const views = await start([deskView, countsView]);
    // The same contact twice: the handler inserts, the key refuses.
    const good = await appendSample(log, gentia, 'f0', 7, sampleStep(2));
    const bad = await appendSample(log, gentia, 'f0', 8, sampleStep(2));
    const after = await appendSample(log, gentia, 'f1', 9, sampleStep(3));
    expect(await views.whenProcessed(after, WAIT, ['counts'])).toBe('processed');
    expect(await views.whenProcessed(after, WAIT)).toBe('stale');
    expect(await views.whenProcessed(good, WAIT)).toBe('processed');
    const [status] = await views.status();
    expect(status).toMatchObject({ state: 'failed', position: good, lagging: true, failure: { position: bad } });
    expect(status?.failure?.detail).toContain('UNIQUE constraint failed');
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'failed', view: 'desk', position: bad }));
    expect(
      views.query('desk').get('SELECT contacts FROM files WHERE organisation = ? AND file = ?', [gentia, 'f0']),
    ).toMatchObject({ contacts: 2 });
    expect(
      views.query('desk').get('SELECT open FROM files WHERE organisation = ? AND file = ?', [gentia, 'f1']),
    ).toMatchObject({ open: 1 });
    await expect(views.rebuild('desk')).rejects.toThrow(/desk stopped at/);
    expect((await views.status())[0]?.state).toBe('failed');
  });

  it('stops in front of a damaged event, on a first build too', async () => {
    await fillSample(log, 2, 2);
    const good = await headOf();
    const bad = await appendRaw('sample.ContactAdded.v1', '{"contact":1}');
    await appendSample(log, gentia, 'f1', 9, sampleStep(3));
    const views = await start([deskView]);
    expect((await views.status())[0]).toMatchObject({ state: 'failed', position: good, failure: { position: bad } });
    expect((await views.status())[0]?.failure?.detail).toContain('DamagedEvent');
    expect(views.query('desk').all('SELECT file FROM files WHERE organisation = ?', [gentia])).toHaveLength(2);
  });

  it('goes on from there when a corrected build starts', async () => {
    await fillSample(log, 2, 2);
    let broken = true;
    const view: ViewDefinition = {
      ...deskView,
      handle: (event, tx) => {
        if (broken && event.type === 'FileClosed') throw new Error('not thought of');
        deskView.handle(event, tx);
      },
    };
    const views = await start([view]);
    const closed = await appendSample(log, gentia, 'f1', 3, sampleStep(3));
    expect(await views.whenProcessed(closed, WAIT)).toBe('stale');
    await views.stop();
    broken = false;
    const again = await start([view]);
    expect((await again.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
  });
});

describe('rebuilding', () => {
  it('builds beside the running version while events come in, and switches', async () => {
    await fillSample(log, 4, 5);
    const views = await start([deskView, countsView]);
    const before = await views.hashes();
    const [rebuilt] = await Promise.all([views.rebuild('desk'), fillSample(log, 1, 1)]);
    expect(rebuilt.events).toBeGreaterThan(0);
    expect(await views.whenProcessed(await headOf(), WAIT)).toBe('processed');
    expect((await views.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
    expect((await views.rebuild('counts')).hash).toBe((await views.hashes()).get('counts'));
    expect(before.get('desk')).not.toBe((await views.hashes()).get('desk'));
    expect(readdirSync(join(folder, service)).filter((name) => name.includes('building'))).toEqual([]);
  });

  it('heals a file whose rows were changed by hand', async () => {
    await fillSample(log, 2, 3);
    const views = await start([deskView]);
    const good = (await views.hashes()).get('desk');
    await views.stop();
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(deskFile());
    db.exec("UPDATE files SET contacts = 99; DELETE FROM contacts WHERE organisation = 'gentia'");
    db.close();
    const again = await start([deskView]);
    expect((await again.hashes()).get('desk')).not.toBe(good);
    expect((await again.rebuild('desk')).hash).toBe(good);
    expect((await again.hashes()).get('desk')).toBe(good);
  });

  it('builds a new version beside the old file and then deletes the old one', async () => {
    await fillSample(log, 2, 3);
    await (await start([deskView])).stop();
    const next = defineView({
      name: 'desk',
      version: 2,
      mode: 'async',
      categories: [SAMPLE_CATEGORY],
      codecs: [sampleCodec],
      tables: [
        {
          name: 'files',
          columns: { organisation: 'TEXT NOT NULL', file: 'TEXT NOT NULL' },
          primaryKey: ['organisation', 'file'],
        },
      ],
      handlers: { FileOpened: ({ meta }, tx) => tx.insert('files', { file: meta.streamId }) },
    });
    let oldThere: boolean | undefined;
    const watching: ViewDefinition = {
      ...next,
      handle: (event, tx) => {
        oldThere = existsSync(deskFile(1)) && !existsSync(deskFile(2));
        next.handle(event, tx);
      },
    };
    const views = await start([watching]);
    expect(oldThere).toBe(true);
    expect(views.query('desk').all('SELECT file FROM files WHERE organisation = ?', [gentia])).toHaveLength(2);
    expect(readdirSync(join(folder, service)).filter((name) => name.startsWith('desk.v1'))).toEqual([]);
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'olderVersionDeleted', view: 'desk' }));
  });

  it('rebuilds everything and prints the same hashes the running views have', async () => {
    await fillSample(log, 3, 5);
    const views = await start([deskView, countsView]);
    const hashes = await views.hashes();
    await views.stop();
    const answers = await rebuildAll({ log, folder, service, views: [deskView, countsView] });
    expect(answers.map(({ view, hash }) => [view, hash])).toEqual([...hashes]);
    const again = await start([deskView, countsView]);
    expect([...(await again.hashes())]).toEqual([...hashes]);
  });
});

describe('files that cannot be used', () => {
  const begin = async (): Promise<string | undefined> => {
    await fillSample(log, 40, 3);
    const views = await start([deskView]);
    const hash = (await views.hashes()).get('desk');
    await views.stop();
    return hash;
  };

  it('deletes a file that is no database and builds it again, saying so', async () => {
    const hash = await begin();
    writeFileSync(deskFile(), 'x'.repeat(9_000));
    const views = await start([deskView]);
    expect((await views.hashes()).get('desk')).toBe(hash);
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'discarded', view: 'desk', reason: 'damaged' }));
  });

  it('does so too when the damage shows only while following', async () => {
    await begin();
    const { openSync, writeSync, closeSync, statSync } = await import('node:fs');
    const size = statSync(deskFile()).size;
    const file = openSync(deskFile(), 'r+');
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(deskFile(), { readOnly: true });
    const kept = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'view_checkpoint'").get()?.['rootpage'];
    db.close();
    for (let page = 2; page <= size / 4096; page += 1)
      if (page !== kept) writeSync(file, Buffer.alloc(4096, 0xee), 0, 4096, (page - 1) * 4096);
    closeSync(file);
    const views = await start([deskView]);
    const position = await appendSample(log, gentia, 'f1', 3, sampleStep(3));
    expect(await views.whenProcessed(position, WAIT)).toBe('processed');
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'discarded', view: 'desk', reason: 'damaged' }));
    expect((await views.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
  });

  it('does not take over a file of another definition under the same version', async () => {
    const hash = await begin();
    const other: ViewDefinition = { ...deskView, fingerprint: uuidV5('other') };
    await start([other]);
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'discarded', reason: 'other definition' }));
    expect(await fileHash()).toBe(hash);
  });

  it('does not tell of events that the log no longer has', async () => {
    await begin();
    const older = createMemoryEventLog();
    await fillSample(older, 1, 1);
    const views = await start([deskView], older);
    expect(notices).toContainEqual(expect.objectContaining({ kind: 'discarded', reason: 'ahead of the log' }));
    expect(views.query('desk').all('SELECT file FROM files WHERE organisation = ?', [gentia])).toHaveLength(1);
  });

  it('leaves nothing behind when it is stopped while it builds', async () => {
    await fillSample(log, 3, 5);
    const gate = Promise.withResolvers<void>();
    const slow: EventLog = {
      ...log,
      readAll: async (options) => {
        await gate.promise;
        return log.readAll(options);
      },
    };
    const views = openViews({ folder, service, log: slow, views: [deskView], startWithinMs: 0 });
    await views.start();
    expect((await views.status())[0]).toMatchObject({ state: 'building', lagging: true });
    expect(() => views.query('desk').all('SELECT file FROM files WHERE organisation = ?', [gentia])).toThrow(
      ViewNotReady,
    );
    const stopped = views.stop();
    gate.resolve();
    await stopped;
    expect(readdirSync(join(folder, service))).toEqual([]);
    expect(await views.whenProcessed(await headOf(), WAIT)).toBe('stale');
    expect((await (await start([deskView])).hashes()).get('desk')).toBe(await rebuiltHash(deskView));
  });

  it('clears away what a killed build left', async () => {
    await begin();
    const left = `${deskFile()}.building-0a1b2c3d`;
    writeFileSync(left, 'half');
    rmSync(deskFile());
    await start([deskView]);
    expect(existsSync(left)).toBe(false);
  });
});

describe('two processes on one file', () => {
  it('apply no event twice and lose none', async () => {
    await fillSample(log, 3, 2);
    const one = await start([deskView]);
    const two = await start([deskView]);
    for (let step = 2; step < 4; step += 1)
      for (const id of ['f0', 'f1', 'f2']) await appendSample(log, gentia, id, step, sampleStep(step));
    const head = await headOf();
    expect(await one.whenProcessed(head, WAIT)).toBe('processed');
    expect(await two.whenProcessed(head, WAIT)).toBe('processed');
    const expected = await rebuiltHash(deskView);
    expect((await one.hashes()).get('desk')).toBe(expected);
    expect((await two.hashes()).get('desk')).toBe(expected);
  });

  it('also when both build it for the first time', async () => {
    await fillSample(log, 5, 5);
    const make = () =>
      openViews({ folder, service, log, views: [deskView], onNotice: (notice) => notices.push(notice) });
    const both = [make(), make()];
    open.push(...both);
    await Promise.all(both.map((views) => views.start()));
    const expected = await rebuiltHash(deskView);
    for (const views of both) expect((await views.hashes()).get('desk')).toBe(expected);
  });

  it('also when one of them rebuilds', async () => {
    await fillSample(log, 3, 2);
    const one = await start([deskView]);
    const two = await start([deskView]);
    await Promise.all([one.rebuild('desk'), appendSample(log, gentia, 'f0', 2, sampleStep(2)), two.rebuild('desk')]);
    await appendSample(log, gentia, 'f0', 3, sampleStep(3));
    const head = await headOf();
    expect(await one.whenProcessed(head, WAIT)).toBe('processed');
    expect(await two.whenProcessed(head, WAIT)).toBe('processed');
    expect((await two.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
  });
});

describe('a log that refuses for a while', () => {
  it('is tried again from the checkpoint, and the operator is told', async () => {
    await fillSample(log, 2, 2);
    await (await start([deskView])).stop();
    let refusals = 2;
    const flaky: EventLog = {
      ...log,
      subscribe: (options) => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('connection lost');
        return log.subscribe(options);
      },
    };
    const views = await start([deskView], flaky);
    const position = await appendSample(log, gentia, 'f0', 2, sampleStep(2));
    expect(await views.whenProcessed(position, WAIT)).toBe('processed');
    expect(notices.filter((notice) => notice.kind === 'retrying')).toHaveLength(2);
    expect((await views.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
  });
});

describe('reading', () => {
  it('refuses to write, and refuses a query that does not test its organisation', async () => {
    await fillSample(log, 1, 1);
    const views = await start([deskView, countsView]);
    for (const [view, table] of [
      ['desk', 'files'],
      ['counts', 'counts'],
    ] as const) {
      const reader = views.query(view);
      expect(() => reader.all(`DELETE FROM ${table} WHERE organisation = ?`, [gentia])).toThrow(/readonly/);
      expect(() => reader.all(`SELECT * FROM ${table}`)).toThrow(/must test its organisation/);
      expect(reader.acrossOrganisations(`SELECT DISTINCT organisation FROM ${table}`)).toHaveLength(2);
    }
  });

  it('says so while the first build is not done', () => {
    const views = openViews({ folder, service, log, views: [deskView] });
    expect(() => views.query('desk').all('SELECT * FROM files WHERE organisation = ?', [gentia])).toThrow(ViewNotReady);
    expect(() => views.query('nothing')).toThrow(/no view nothing/);
  });
});

describe('a published view file', () => {
  const publish = async () => {
    await fillSample(log, 5, 4);
    const views = await start([deskView]);
    const to = join(folder, 'published');
    const published = await views.publish('desk', to);
    const hash = (await views.hashes()).get('desk');
    await views.stop();
    rmSync(join(folder, service), { recursive: true });
    return { published, manifest: join(to, 'desk.v1.json'), file: join(to, published.file), hash };
  };

  it('lets a replica start cold, without reading the log from its start', async () => {
    const { manifest, published, hash } = await publish();
    expect(published.hash).toBe(hash);
    await appendSample(log, gentia, 'f77', 0, sampleStep(0));
    let handled = 0;
    const counting: ViewDefinition = {
      ...deskView,
      handle: (event, tx) => {
        handled += 1;
        deskView.handle(event, tx);
      },
    };
    const replica = openViews({ folder, service, log, views: [counting] });
    open.push(replica);
    expect(await replica.openFrom(manifest)).toMatchObject({ ok: true, value: { position: published.position } });
    await replica.start();
    expect(handled).toBe(1);
    expect((await replica.hashes()).get('desk')).toBe(await rebuiltHash(deskView));
    expect(await openViews({ folder, service, log, views: [deskView] }).openFrom(manifest)).toMatchObject({
      ok: false,
      error: { reason: 'view has a file already' },
    });
  });

  it('is refused when a row was changed, a byte is damaged or the file is gone', async () => {
    const { manifest, file } = await publish();
    const replica = () => openViews({ folder, service, log, views: [deskView] }).openFrom(manifest);
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(file);
    db.exec("UPDATE files SET contacts = contacts + 1 WHERE organisation = 'zorgnet' AND file = 'f1'");
    db.close();
    expect(await replica()).toMatchObject({ ok: false, error: { reason: 'hash differs' } });
    writeFileSync(file, 'x'.repeat(5_000));
    expect(await replica()).toMatchObject({ ok: false, error: { reason: 'file is damaged' } });
    rmSync(file);
    expect(await replica()).toMatchObject({ ok: false, error: { reason: 'file is missing' } });
    writeFileSync(manifest, '{}');
    expect(await replica()).toMatchObject({ ok: false, error: { reason: 'no manifest' } });
    expect(readdirSync(join(folder, service))).toEqual([]);
  });
});
