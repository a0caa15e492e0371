import type { Position } from '@toeverlaat/event-log';
import { organisationId, uuidV5, type EventId, type OrganisationId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeafIndexNotRecognised, LeafIndexTooNew, openLeafIndex, type LeafIndex, type NewLeaf } from './leaf-index.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leaf-index-'));
  file = join(folder, 'index.sqlite');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const position = (n: number): Position => String(n).padStart(16, '0') as Position;
/** Leaf n of an organisation; both have the same records and streams of the same ids. */
const leafOf = (organisation: OrganisationId, n: number): NewLeaf => ({
  organisation,
  leaf: createHash('sha256').update(`${organisation} ${n}`).digest(),
  eventId: uuidV5('leaf index', organisation, String(n)) as EventId,
  stream: `case.case-${organisation}_record-${n % 7}`,
  revision: Math.floor(n / 7),
  position: position(n),
});
const fill = (index: LeafIndex, from: number, to: number, batch: number): void => {
  for (let begin = from; begin < to; begin += batch) {
    const numbers = Array.from({ length: Math.min(batch, to - begin) }, (_, n) => begin + n);
    index.append(
      numbers.flatMap((n) => [leafOf(GENTIA, n), leafOf(ZORGNET, n)]),
      position(begin + numbers.length),
    );
  }
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the leaf index', () => {
  it('gives each leaf its index, and finds it again by index, event and record, of two organisations with the same ids', () => {
    const index = openLeafIndex(file);
    fill(index, 0, 700, 300);
    fill(index, 700, 703, 1);
    for (const organisation of [GENTIA, ZORGNET]) {
      expect(index.size(organisation)).toBe(703);
      expect([...index.hashes(organisation, 250, 520)].map(hex)).toEqual(
        Array.from({ length: 270 }, (_, n) => hex(leafOf(organisation, 250 + n).leaf)),
      );
      for (const n of [0, 255, 256, 299, 300, 699, 702]) {
        const { organisation: _, ...leaf } = leafOf(organisation, n);
        const wanted = { ...leaf, index: n, leaf: Uint8Array.from(leaf.leaf) };
        expect(index.at(organisation, n)).toEqual(wanted);
        expect(index.byEvent(organisation, leaf.eventId)).toEqual(wanted);
      }
      expect(index.ofRecord(organisation, 'record-3', 100, 4).map((one) => one.index)).toEqual([101, 108, 115, 122]);
    }
    expect(index.byEvent(GENTIA, leafOf(ZORGNET, 3).eventId)).toBeUndefined();
    expect(index.byEvent(GENTIA, 'no event id')).toBeUndefined();
    expect(index.at(GENTIA, 703)).toBeUndefined();
    expect(index.at(GENTIA, -1)).toBeUndefined();
    index.close();
  });

  it('looks up what came since somebody asked, before and after many more came', () => {
    const index = openLeafIndex(file);
    fill(index, 0, 10, 10);
    expect(index.byEvent(GENTIA, leafOf(GENTIA, 9).eventId)?.index).toBe(9);
    fill(index, 10, 10_400, 1_000);
    expect(index.byEvent(GENTIA, leafOf(GENTIA, 10_399).eventId)?.index).toBe(10_399);
    expect(index.ofRecord(ZORGNET, 'record-0', 10_390, 10).map((one) => one.index)).toEqual([10_395]);
    index.close();
    const again = openLeafIndex(file);
    expect(again.byEvent(ZORGNET, leafOf(ZORGNET, 5_000).eventId)?.index).toBe(5_000);
    expect(again.position()).toBe(position(10_400));
    again.close();
  });

  it('takes all of a batch or nothing', () => {
    const index = openLeafIndex(file);
    fill(index, 0, 5, 5);
    const broken = { ...leafOf(GENTIA, 6), revision: -1 };
    expect(() => index.append([leafOf(GENTIA, 5), broken], position(7))).toThrow(RangeError);
    expect([index.size(GENTIA), index.position()]).toEqual([5, position(5)]);
    fill(index, 5, 8, 3);
    expect(index.at(GENTIA, 7)?.eventId).toBe(leafOf(GENTIA, 7).eventId);
    index.close();
  });

  it('is opened by several at once: one makes the tables', async () => {
    const open = `
      const { workerData, parentPort } = require('node:worker_threads');
      import(workerData.module).then(({ openLeafIndex }) => { openLeafIndex(workerData.file).close(); parentPort.postMessage('opened'); });`;
    const module = new URL('../../dist/evidence/leaf-index.js', import.meta.url).href;
    const answers = Array.from(
      { length: 6 },
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(open, { eval: true, workerData: { module, file }, execArgv: [] });
          worker.on('message', resolve);
          worker.on('error', reject);
        }),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['opened']));
    const index = openLeafIndex(file);
    fill(index, 0, 3, 3);
    index.close();
  });

  it('makes an older version’s anew: everything in it is read from the log again', () => {
    const old = new DatabaseSync(file);
    old.exec(
      'CREATE TABLE leaf (organisation INTEGER); CREATE TABLE progress (one INTEGER PRIMARY KEY, position TEXT); INSERT INTO progress VALUES (1, 9)',
    );
    old.exec(`PRAGMA application_id = ${0x746f6576}; PRAGMA user_version = 1`);
    old.close();
    const index = openLeafIndex(file);
    expect([index.position(), index.organisations()]).toEqual([undefined, []]);
    fill(index, 0, 3, 3);
    index.close();
  });

  it('refuses, and leaves alone, a newer version’s, another program’s database and what is no database', () => {
    const newer = new DatabaseSync(file);
    newer.exec(`CREATE TABLE later (n INTEGER); PRAGMA application_id = ${0x746f6576}; PRAGMA user_version = 99`);
    newer.close();
    expect(() => openLeafIndex(file)).toThrow(LeafIndexTooNew);

    const others = join(folder, 'others.sqlite');
    const other = new DatabaseSync(others);
    other.exec('CREATE TABLE theirs (n INTEGER); INSERT INTO theirs VALUES (1)');
    other.close();
    const before = readFileSync(others);
    expect(() => openLeafIndex(others)).toThrow(LeafIndexNotRecognised);
    expect(readFileSync(others).equals(before)).toBe(true);

    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'a text that somebody wrote, and no database at all\n'.repeat(40));
    expect(() => openLeafIndex(text)).toThrow(LeafIndexNotRecognised);
    expect(readFileSync(text, 'utf8')).toContain('somebody wrote');
  });
});
