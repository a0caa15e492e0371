import { createMemoryEventLog, type RecordedEvent } from '@toeverlaat/event-log';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodedBatch } from './decode.js';
import { defineView, type ViewDefinition } from './define.js';
import { openBuilding, openFile, openMemory, viewFile } from './file.js';
import { fillSample, sampleCodec, SAMPLE_CATEGORY, zorgnet } from './fixtures/sample.js';
import { hashRows } from './hash.js';
import { openViews } from './views.js';

const contacts = {
  name: 'contacts',
  columns: {
    organisation: 'TEXT NOT NULL',
    contact: 'TEXT NOT NULL',
    file: 'TEXT NOT NULL',
    minutes: 'INTEGER NOT NULL',
    touched: 'INTEGER NOT NULL',
  },
  primaryKey: ['organisation', 'file', 'contact'],
  clustered: true,
  indexes: [{ columns: ['organisation', 'minutes'] }, { columns: ['organisation', 'contact', 'file'], unique: true }],
} as const;
const common = {
  mode: 'async',
  categories: [SAMPLE_CATEGORY],
  codecs: [sampleCodec],
  tables: [contacts],
} as const;

const byKey = defineView({
  ...common,
  name: 'by_key',
  version: 1,
  handlers: {
    ContactAdded: ({ data, meta }, tx) => {
      tx.upsert('contacts', { contact: data.contact, file: meta.streamId, minutes: data.minutes, touched: 0 });
      tx.update('contacts', { file: meta.streamId, contact: data.contact }, { touched: 1 });
    },
  },
});
const byOther = defineView({
  ...common,
  name: 'by_other',
  version: 1,
  handlers: {
    ContactAdded: ({ data, meta }, tx) => {
      tx.upsert('contacts', { contact: data.contact, file: meta.streamId, minutes: data.minutes, touched: 0 });
      tx.update('contacts', { minutes: data.minutes }, { touched: 1 });
    },
  },
});
/** Reads the data of one event, and notes of every other that it was there. */
const reading = defineView({
  ...common,
  name: 'reading',
  version: 1,
  reads: {
    events: ['ContactAdded'],
    untouched: ({ streamId: file, recordedAt }, tx) => {
      tx.run(
        'UPDATE contacts SET touched = touched + 1 WHERE organisation = :organisation AND file = :file AND :at > 0',
        {
          file,
          at: recordedAt,
        },
      );
    },
  },
  handle: ({ data, meta }, tx) => {
    tx.upsert('contacts', { contact: data.contact, file: meta.streamId, minutes: data.minutes, touched: 0 });
  },
});
const indexesOf = (db: DatabaseSync): readonly unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
    .all()
    .map((row) => row['name']);
const ALL = ['contacts_index_1', 'contacts_index_2'];

describe('a file in the making', () => {
  let folder: string;
  const log = createMemoryEventLog();
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'views-building-'));
    if ((await log.head()) === undefined) await fillSample(log, 4, 5);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = async (view: ViewDefinition) => {
    const database = openBuilding(view, join(folder, 'building'));
    const { events, next } = await log.readAll({ limit: 1_000 });
    if (next === undefined) throw new Error('nothing to build from');
    database.apply(decodedBatch(events, false), undefined, next);
    return database;
  };

  it('is given the indexes that only find rows at its end, and those that keep rows apart at once', async () => {
    const database = await build(byKey);
    expect(indexesOf(database.db)).toEqual(['contacts_index_2']);
    database.complete();
    expect(indexesOf(database.db)).toEqual(ALL);
    database.complete();
    database.close();
  });

  it('is given them as soon as a handler looks for rows by something else than the key', async () => {
    const database = await build(byOther);
    expect(indexesOf(database.db)).toEqual(ALL);
    database.close();
  });

  it('has all of them once it is in its place, and the rows of a view that followed event by event', async () => {
    for (const view of [byKey, byOther, reading]) {
      const views = openViews({ folder, service: 'sample', log, views: [view] });
      await views.start();
      const hash = (await views.hashes()).get(view.name);
      await views.stop();
      const opened = openFile(view, viewFile(folder, 'sample', view));
      if (!opened.ok) throw new Error(opened.error.detail);
      expect(indexesOf(opened.database.db)).toEqual(ALL);
      opened.database.close();

      const { database } = openMemory(view);
      const { events } = await log.readAll({ limit: 1_000 });
      for (const event of events) database.apply(decodedBatch([event], false), database.checkpoint(), event.position);
      expect(await hashRows(database.db, view)).toBe(hash);
      database.close();
    }
  });
});

describe('a view that reads some events', () => {
  it('is given the others without their data', async () => {
    const log = createMemoryEventLog();
    await fillSample(log, 1, 4);
    const { events } = await log.readAll({ limit: 1_000 });
    const last = events.at(-1);
    if (last === undefined) throw new Error('nothing');
    // Bytes that no codec takes, from the second event of that type on: the first one tells the type's name.
    const seen = new Set<string>();
    const spoilt = events.map((event): RecordedEvent => {
      const first = !seen.has(event.type);
      seen.add(event.type);
      return first || event.type.includes('ContactAdded') ? event : { ...event, data: Buffer.from('?') };
    });
    expect(spoilt.some(({ data }) => data.length === 1)).toBe(true);
    const { database } = openMemory(reading);
    expect(database.apply(decodedBatch(spoilt, false), undefined, last.position)).toMatchObject({
      kind: 'applied',
      events: events.length,
    });
    const rows = database.db.prepare('SELECT touched FROM contacts WHERE organisation = ?').all(zorgnet);
    expect(rows.length).toBeGreaterThan(0);
    database.close();
  });

  it('names only events that exist', () => {
    const wrong = { events: ['Nothing' as 'ContactAdded'], untouched: () => undefined };
    expect(() => defineView({ ...common, name: 'w', version: 1, reads: wrong, handle: () => undefined })).toThrow(
      /reads.Nothing/,
    );
  });
});
