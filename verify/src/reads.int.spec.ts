import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFixture, writeFixture, writeRecords, type Fixture, type FixtureRecord } from './export.fixture.js';
import { readingLine, readsSentences } from './reads-sentences.js';
import { listReads, type Reading, type ReadsFilter } from './reads.js';
import { languages } from './sentences.js';

const day = (n: number): string => new Date(Date.parse('2026-04-01T09:00:00.000Z') + n * 3_600_000).toISOString();
/** Every fifth record is a reading, as a service writes it; one is refused, one stands for more, one is by a service. */
const asReading = (record: FixtureRecord, index: number): FixtureRecord => {
  if (!record.stream.startsWith('case.access')) return record;
  const organisation = /-([a-z]+)_/.exec(record.stream)?.[1] ?? '';
  const kind = index === 9 ? 'AccessDenied' : index === 14 ? 'DeniedAttemptsCapped' : 'AccessRecorded';
  const who = { who: index % 2 === 0 ? 'lies2026' : 'karel2026', role: 'counsellor' };
  const what = { purpose: 'handle_case', recordClass: 'case', query: 'caseById', requestId: 'r' };
  const data =
    kind === 'AccessDenied'
      ? { ...who, ...what, record: `record-${index % 7}` }
      : kind === 'DeniedAttemptsCapped'
        ? { ...who, count: 40, since: day(0), until: day(1) }
        : {
            ...(index === 19 ? { who: 'service-case', role: 'service' } : who),
            ...what,
            records: [`record-${index % 7}`],
            fields: ['description'],
            outcome: 'opened',
          };
  const metadata = { eventId: `e${index}`, organisation, type: `case.${kind}.v1`, recordedAt: day(index), v: 1 };
  return { ...record, metadata: JSON.stringify(metadata), data: JSON.stringify(data) };
};

let base: string;
let folder: string;
let sound: Fixture;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'reads-'));
  folder = join(base, 'gentia');
  sound = await makeFixture({ lie: asReading });
  await writeFixture(folder, sound);
  await writeFixture(join(base, 'zorgnet'), await makeFixture({ organisation: 'zorgnet', lie: asReading }));
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

const listed = async (filter: ReadsFilter = {}, of = folder) => {
  const readings: Reading[] = [];
  const verdict = await listReads(of, filter, (reading) => readings.push(reading));
  return { readings, verdict };
};

describe('who read what, of an exported folder alone', () => {
  it('lists every reading and refused attempt in the order of the tree, with the place of each', async () => {
    const { readings, verdict } = await listed();
    const all = sound.records.flatMap((record, index) => (record.stream.startsWith('case.access') ? [index] : []));
    expect(readings.map(({ index }) => index)).toEqual(all);
    const [first] = readings;
    expect(first).toMatchObject({
      index: 4,
      who: 'lies2026',
      role: 'counsellor',
      kind: 'opened',
      records: ['record-4'],
      fields: ['description'],
      recordedAt: day(4),
    });
    expect(verdict).toMatchObject({
      ok: true,
      facts: { organisation: 'gentia', readings: all.length - 2, refused: 41, readers: 2, records: 7, byServices: 1 },
    });
    expect(readings.find(({ index }) => index === 9)).toMatchObject({ kind: 'refused', records: ['record-2'] });
  });

  it('answers for a record, for a person’s pseudonyms and for a period, of each of two organisations', async () => {
    for (const name of ['gentia', 'zorgnet']) {
      const of = join(base, name);
      const ofRecord = (await listed({ record: 'record-4' }, of)).readings;
      expect(ofRecord.length).toBeGreaterThan(3);
      expect(ofRecord.every(({ records }) => records.includes('record-4'))).toBe(true);
      const by = (await listed({ by: ['karel2025', 'karel2026'] }, of)).readings;
      expect(new Set(by.map(({ who }) => who))).toEqual(new Set(['karel2026']));
      const during = (await listed({ from: day(24), to: day(34) }, of)).readings;
      expect(during.map(({ index }) => index)).toEqual([24, 29]);
    }
  });

  it('lists nothing of a folder that does not hold, and names the first bad record', async () => {
    const tampered = join(base, 'tampered');
    await writeFixture(tampered, sound);
    const hidden = sound.records.filter((_, index) => index !== 24);
    writeRecords(tampered, hidden);
    const { readings, verdict } = await listed({}, tampered);
    expect(readings).toEqual([]);
    expect(verdict).toEqual({ ok: false, finding: { code: 'record_removed', record: { index: 24 } } });
  });

  it('says in four languages what the list does not show', async () => {
    const { verdict } = await listed();
    const all = languages.map((language) => readsSentences(verdict, language).join(' '));
    expect(new Set(all).size).toBe(4);
    for (const one of all) expect(one).not.toMatch(/[{}]|undefined|NaN/);
  });

  it('is a command, that refuses a time it cannot compare', async () => {
    const run = promisify(execFile);
    const main = new URL('../dist/main.js', import.meta.url).pathname;
    const { stdout } = await run(process.execPath, [main, 'reads', folder, '--record', 'record-2']);
    const { readings } = await listed({ record: 'record-2' });
    expect(stdout.split('\n').slice(0, readings.length)).toEqual(readings.map(readingLine));
    await expect(run(process.execPath, [main, 'reads', folder, '--from', 'yesterday'])).rejects.toMatchObject({
      code: 2,
    });
  });
});
