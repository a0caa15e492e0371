import * as fc from 'fast-check';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyFolder, type VerifyOptions } from './check.js';
import { signCheckpoint, type NoteSigner } from '@toeverlaat/merkle';
import { makeFixture, seeded, writeFixture, writeRecords, type Fixture, type FixtureRecord } from './export.fixture.js';
import type { Finding } from './findings.js';
import { findingSentence, holdingSentences, languages, outsideSentences } from './sentences.js';

let base: string;
let sound: Fixture;
let folder: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'verify-'));
  sound = await makeFixture();
  await writeFixture(join(base, 'sound'), sound);
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(base, 'case-'));
  cpSync(join(base, 'sound'), folder, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what is wrong; `sound` when nothing is */
const foundAlone = async (options: VerifyOptions = {}): Promise<Finding | 'sound'> => {
  const verdict = await verifyFolder(folder, options);
  return verdict.ok ? 'sound' : verdict.finding;
};
/** The same in one thread and in several: what stands first is found first. */
const found = async (options: VerifyOptions = {}): Promise<Finding | 'sound'> => {
  const alone = await foundAlone(options);
  expect(await verifyFolder(folder, { ...options, threads: 3 })).toMatchObject(
    alone === 'sound' ? { ok: true } : { ok: false, finding: alone },
  );
  return alone;
};
const at = (index: number): FixtureRecord => {
  const record = sound.records[index];
  if (record === undefined) throw new TypeError(`no record ${index}`);
  return record;
};
const place = (index: number) => ({ index, stream: at(index).stream, revision: at(index).revision });
const withRecords = (change: (records: FixtureRecord[]) => void): void => {
  const records = [...sound.records];
  change(records);
  rmSync(join(folder, 'records'), { recursive: true });
  writeRecords(folder, records);
};
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
const replace = (file: string, from: string, to: string): void => {
  const before = text(file);
  expect(before).toContain(from);
  writeFileSync(join(folder, file), before.replace(from, to));
};
const changed = (record: FixtureRecord): FixtureRecord => ({ ...record, data: record.data.replace('"', ' "') });

describe('a sound export', () => {
  it('holds, and says what it rests on', async () => {
    const verdict = await verifyFolder(folder);
    expect(verdict).toMatchObject({
      ok: true,
      facts: {
        organisation: 'gentia',
        records: sound.records.length,
        checkpoints: 3,
        seals: 2,
        sealed: 2,
        keyIds: 1,
        keyIdsUnsealed: 0,
        keyKnown: false,
        accesses: sound.records.filter(({ stream }) => stream.startsWith('case.access')).length,
      },
    });
    if (!verdict.ok) return;
    for (const language of languages) {
      for (const sentence of [
        ...holdingSentences(verdict.facts, language),
        ...outsideSentences(verdict.facts, language),
      ]) {
        expect(sentence).toMatch(/\.$|: \S+$/);
        expect(sentence).not.toMatch(/[{}]|undefined|NaN/);
      }
      expect(outsideSentences(verdict.facts, language).length).toBe(4);
    }
  });

  it('gives the same facts in one thread and in several, also of files that are not a power of two', async () => {
    const odd = await makeFixture({ count: 250 });
    await writeFixture(folder, odd, 48);
    const alone = await verifyFolder(folder, { threads: 1 });
    expect(alone).toMatchObject({ ok: true, facts: { records: 250, checkpoints: 3 } });
    expect(await verifyFolder(folder, { threads: 2 })).toEqual(alone);
    expect(await verifyFolder(folder, { threads: 6 })).toEqual(alone);
  });

  it('holds under the key that was given, and beside the copy of an anchor', async () => {
    const copy = join(folder, '..', 'anchor.jsonl');
    writeFileSync(copy, `torn\n${text('seals.jsonl')}`);
    const { organisation, installation } = sound.keys;
    const verdict = await verifyFolder(folder, { keys: organisation, installationKeys: installation, anchors: [copy] });
    expect(verdict).toMatchObject({ ok: true, facts: { keyKnown: true, anchored: 2, anchorNewer: 0 } });
  });

  it('of another organisation with the same ids has another tree', async () => {
    const twin = await makeFixture({ organisation: 'zorgnet' });
    await writeFixture(folder, twin);
    expect(await verifyFolder(folder)).toMatchObject({ ok: true, facts: { organisation: 'zorgnet' } });
    expect(twin.checkpoints.at(-1)?.root).not.toBe(sound.checkpoints.at(-1)?.root);
  });
});

describe('a tampered export is named', () => {
  it.each([0, 1, 63, 64, 150, 255, 256, 299])('a flipped bit in record %i', async (index) => {
    withRecords((records) => records.splice(index, 1, changed(at(index))));
    expect(await found()).toEqual({ code: 'record_changed', record: place(index) });
  });

  it.each([0, 1, 100, 299])('record %i taken out', async (index) => {
    withRecords((records) => records.splice(index, 1));
    expect(await found()).toEqual({ code: 'record_removed', record: { index } });
  });

  it.each([0, 77, 299])('a record put in at %i', async (index) => {
    const more = { ...at(3), revision: 99, data: '{"put":"in"}' };
    withRecords((records) => records.splice(index, 0, more));
    expect(await found()).toEqual({
      code: 'record_inserted',
      record: { index, stream: more.stream, revision: 99 },
    });
  });

  it.each([
    [0, 1],
    [10, 200],
    [298, 299],
  ])('records %i and %i in each other’s place', async (first, second) => {
    withRecords((records) => {
      records.splice(first, 1, at(second));
      records.splice(second, 1, at(first));
    });
    expect(await found()).toEqual({ code: 'record_reordered', record: { ...place(second), index: first } });
  });

  it('the length of a record', async () => {
    const file = join(folder, 'records/00000001.bin');
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(bytes.readUInt32BE(0) + 1, 0);
    writeFileSync(file, bytes);
    expect(await found()).toMatchObject({ record: { index: 64 } });
  });

  it('a record changed and all hashes made anew, without the key', async () => {
    const forged = await makeFixture({
      keyWord: 'other',
      lie: (record, index) => (index === 20 ? changed(record) : record),
    });
    await writeFixture(folder, { ...forged, keys: sound.keys });
    expect(await found()).toEqual({ code: 'wrong_key', file: 'checkpoints.jsonl', size: sound.checkpoints[0]?.size });
  });

  it('a record changed and everything signed anew with another key, when one knows the key', async () => {
    const forged = await makeFixture({
      keyWord: 'other',
      lie: (record, index) => (index === 20 ? changed(record) : record),
    });
    await writeFixture(folder, forged);
    expect(await found({ keys: sound.keys.organisation })).toEqual({ code: 'wrong_key', file: 'keys.json' });
    expect(await found({ installationKeys: sound.keys.installation })).toEqual({
      code: 'wrong_key',
      file: 'keys.json',
    });
  });

  it('a record changed and the newest checkpoint signed anew with the right key: the earlier ones stand against it', async () => {
    const index = 20;
    const forged = await makeFixture({ lie: (record, n) => (n === index ? changed(record) : record) });
    const checkpoints = [...sound.checkpoints.slice(0, 2), ...forged.checkpoints.slice(2)];
    await writeFixture(folder, { ...forged, checkpoints });
    expect(await found()).toEqual({ code: 'checkpoint_forked', size: sound.checkpoints[0]?.size });
  });

  it('a record changed and every checkpoint signed anew with the right key: the seals stand against it', async () => {
    const forged = await makeFixture({ lie: (record, n) => (n === 150 ? changed(record) : record) });
    await writeFixture(folder, { ...forged, seals: sound.seals });
    expect(await found()).toEqual({
      code: 'seal_differs',
      sequence: 1,
      from: sound.checkpoints[0]?.size,
      to: sound.checkpoints[1]?.size,
    });
  });

  it('a whole history signed anew with all keys: the copy of an anchor stands against it', async () => {
    const copy = join(folder, '..', 'theirs.jsonl');
    writeFileSync(copy, text('seals.jsonl'));
    const forged = await makeFixture({ lie: (record, n) => (n === 150 ? changed(record) : record) });
    await writeFixture(folder, forged);
    expect(await found()).toBe('sound');
    expect(await found({ anchors: [copy] })).toEqual({ code: 'anchor_differs', sequence: 1, file: copy });
  });

  it.each([
    ['none at all', 0],
    ['the newest left out', 1],
  ])('a whole history signed anew that comes with fewer seals than the copy of an anchor: %s', async (_, kept) => {
    const copy = join(folder, '..', 'theirs.jsonl');
    writeFileSync(copy, text('seals.jsonl'));
    const forged = await makeFixture({ lie: (record, n) => (n === 150 ? changed(record) : record) });
    await writeFixture(folder, { ...forged, seals: forged.seals.slice(0, kept) });
    // By itself it holds: only the anchor knows.
    expect(await found()).toBe('sound');
    expect(await found({ anchors: [copy] })).toEqual({ code: 'seal_withheld', sequence: kept, file: copy });
  });

  it('a seal of the copy that may be newer than the export is said to be newer, and no reason to doubt', async () => {
    const copy = join(folder, '..', 'newer.jsonl');
    writeFileSync(copy, text('seals.jsonl'));
    const early = await makeFixture();
    const checkpoints = early.checkpoints.slice(0, 2);
    const size = checkpoints.at(-1)?.size ?? 0;
    await writeFixture(folder, {
      ...early,
      records: early.records.slice(0, size),
      checkpoints,
      seals: early.seals.slice(0, 1),
    });
    const verdict = await verifyFolder(folder, { anchors: [copy] });
    expect(verdict).toMatchObject({ ok: true, facts: { anchored: 1, anchorNewer: 1, copies: 1 } });
  });

  it('seals whose heads were left out, so that nothing binds the records to the anchors', async () => {
    const copy = join(folder, '..', 'theirs.jsonl');
    writeFileSync(copy, text('seals.jsonl'));
    const forged = await makeFixture({ lie: (record, n) => (n === 150 ? changed(record) : record) });
    const bare = sound.seals.map((seal) => ({ ...seal, head: undefined }));
    await writeFixture(folder, { ...forged, seals: bare });
    expect(await found({ anchors: [copy] })).toEqual({ code: 'seal_without_head', sequence: 1 });
  });

  it('a record and its tile changed: between which heads', async () => {
    const forged = await makeFixture({ lie: (record, n) => (n === 150 ? changed(record) : record) });
    await writeFixture(folder, forged);
    for (const file of ['checkpoints.jsonl', 'checkpoint', 'manifest.json', 'seals.jsonl'])
      cpSync(join(base, 'sound', file), join(folder, file));
    const [first, second] = sound.checkpoints;
    expect(await found()).toEqual({ code: 'rewritten', from: first?.size, to: second?.size });
  });

  it('a forked checkpoint among the earlier ones', async () => {
    const forked = await makeFixture({ lie: (record, n) => (n === 5 ? changed(record) : record) });
    const checkpoints = sound.checkpoints.map((one, n) => (n === 1 ? (forked.checkpoints[1] ?? one) : one));
    await writeFixture(folder, { ...sound, checkpoints });
    expect(await found()).toEqual({ code: 'checkpoint_forked', size: sound.checkpoints[1]?.size });
  });

  it('a forked newest checkpoint', async () => {
    const forked = await makeFixture({ lie: (record, n) => (n === 280 ? changed(record) : record) });
    const checkpoints = [...sound.checkpoints.slice(0, 2), ...forked.checkpoints.slice(2)];
    await writeFixture(folder, { ...sound, checkpoints });
    expect(await found()).toEqual({ code: 'checkpoint_forked', size: sound.records.length });
  });

  it('a checkpoint left out of the list', async () => {
    const checkpoints = sound.checkpoints.filter((_, n) => n !== 1);
    await writeFixture(folder, { ...sound, checkpoints, seals: sound.seals.slice(0, 1) });
    expect(await found()).toEqual({ code: 'checkpoint_withheld', size: sound.checkpoints[1]?.size });
  });

  it('a truncated file, at any length', async () => {
    const file = join(folder, 'records/00000004.bin');
    const whole = statSync(file).size;
    const last = sound.records.length - 1;
    truncateSync(file, whole - 1);
    expect(await found()).toEqual({ code: 'truncated', file: 'records/00000004.bin', record: { index: last } });
    truncateSync(file, 0);
    expect(await found()).toEqual({ code: 'record_removed', record: { index: 256 } });
    rmSync(file);
    expect(await found()).toEqual({ code: 'file_unreadable', file: 'records/00000004.bin' });
  });

  it.each(['checkpoints.jsonl', 'seals.jsonl', 'keys.json', 'salt.json', 'checkpoint'])(
    '%s cut short',
    async (file) => {
      truncateSync(join(folder, file), statSync(join(folder, file)).size - 20);
      expect(await found()).toMatchObject({ file });
    },
  );

  it('an export that was cut short has no manifest', async () => {
    rmSync(join(folder, 'manifest.json'));
    expect(await found()).toEqual({ code: 'no_manifest' });
  });

  it('a wrong key in the folder', async () => {
    const other = seeded('toeverlaat/00112233/gentia', 'other').verifierKey;
    replace('keys.json', sound.keys.organisation[0] ?? '', other);
    expect(await found()).toEqual({ code: 'wrong_key', file: 'checkpoints.jsonl', size: sound.checkpoints[0]?.size });
  });

  it('a wrong key brought along', async () => {
    const other = seeded('toeverlaat/00112233/gentia', 'other').verifierKey;
    expect(await found({ keys: [other] })).toEqual({ code: 'wrong_key', file: 'keys.json' });
  });

  it('another salt', async () => {
    replace('salt.json', 'abab', 'abac');
    expect(await found()).toEqual({ code: 'salt_differs' });
  });

  it('a key id taken out of a seal', async () => {
    replace('seals.jsonl', '"keyIds":["5f0c6f4e-2d1b-4c3a-9e8d-7c6b5a493827"]', '"keyIds":[]');
    expect(await found()).toEqual({ code: 'ledger_differs', sequence: 0 });
  });

  it('a record of another organisation that was signed along', async () => {
    const forged = await makeFixture({
      lie: (record, n) => (n === 30 ? { ...record, stream: record.stream.replace('gentia', 'zorgnet') } : record),
    });
    await writeFixture(folder, forged);
    expect(await found()).toMatchObject({ code: 'record_of_another', record: { index: 30 } });
  });

  it('a record that was left out before it was signed', async () => {
    const forged = await makeFixture({
      lie: (record, n) =>
        record.stream.includes('_record-2') && n > 40 ? { ...record, revision: record.revision + 1 } : record,
    });
    await writeFixture(folder, forged);
    expect(await found()).toMatchObject({ code: 'revision_missing' });
  });

  it('any flipped bit in any file that carries evidence', async () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => statSync(join(folder, file)).isFile())
      // Tiles only help to find the first bad record; the list of own key ids is read beside the sealed ledger.
      .filter((file) => !file.startsWith('tile') && file !== 'key-ids.txt');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.nat(7), async (file, where, bit) => {
        const path = join(folder, file);
        const before = readFileSync(path);
        const after = Buffer.from(before);
        const position = where % before.length;
        after[position] = (after[position] ?? 0) ^ (1 << bit);
        writeFileSync(path, after);
        const verdict = await foundAlone();
        writeFileSync(path, before);
        // White space between the parts of JSON may be another white space.
        const same = (bytes: Buffer): string => bytes.toString('latin1').replaceAll(/\s/g, '');
        const said = verdict === 'sound' && same(before) !== same(after) ? 'changed and not found' : 'found';
        expect(said, `${file} byte ${position} bit ${bit}`).toBe('found');
      }),
      { numRuns: 400 },
    );
  });

  it('and every finding is a sentence in four languages', async () => {
    appendFileSync(join(folder, 'records/00000004.bin'), 'x');
    const finding = await found();
    if (finding === 'sound') throw new TypeError('not found');
    const sentences = languages.map((language) => findingSentence(finding, language));
    expect(new Set(sentences).size).toBe(4);
    for (const sentence of sentences) expect(sentence).not.toMatch(/[{}]|undefined|NaN/);
  });
});

describe('keys that were changed', () => {
  it('are followed from an old key that one kept, or from the new one, and the change is told', async () => {
    const rotated = await makeFixture({ change: {} });
    await writeFixture(folder, rotated);
    for (const keys of [rotated.keys.organisation, rotated.earlier, undefined]) {
      const verdict = await verifyFolder(folder, keys === undefined ? {} : { keys });
      expect(verdict).toMatchObject({ ok: true, facts: { signerChanges: 1, restores: 0 } });
    }
    const verdict = await verifyFolder(folder);
    const said = verdict.ok ? languages.map((language) => holdingSentences(verdict.facts, language).join(' ')) : [];
    expect(said[0]).toContain('changed 1 time(s)');
    for (const one of said) expect(one).not.toMatch(/[{}]|undefined|NaN/);
    const other = seeded('toeverlaat/00112233/gentia', 'other').verifierKey;
    expect(await found({ keys: [other] })).toEqual({ code: 'wrong_key', file: 'keys.json' });
  });

  it.each([
    ['only by themselves', (_: NoteSigner, next: NoteSigner) => [next]],
    ['only by the old ones', (old: NoteSigner) => [old]],
    ['by somebody else', (_: NoteSigner, next: NoteSigner) => [seeded('toeverlaat/00112233/gentia', 'thief'), next]],
  ] as const)('are named when they were announced %s', async (_, by) => {
    const rotated = await makeFixture({ change: { by } });
    await writeFixture(folder, rotated);
    expect(await found({ keys: rotated.earlier })).toEqual({ code: 'signer_unannounced', file: 'keys.json' });
    expect(await found()).toEqual({ code: 'signer_unannounced', file: 'keys.json' });
  });

  it('are named when the log holds no announcement, or another one', async () => {
    const rotated = await makeFixture({ change: {} });
    const hidden = await makeFixture({
      change: {},
      lie: (record) =>
        record.data.includes('announcement') ? { ...record, data: JSON.stringify({ nothing: 'to see' }) } : record,
    });
    const otherwise = await makeFixture({
      change: {},
      lie: (record) => ({ ...record, data: record.data.replace('toeverlaat signers v1', 'toeverlaat signers v2') }),
    });
    for (const forged of [hidden, otherwise]) {
      await writeFixture(folder, { ...forged, announced: rotated.announced });
      expect(await found()).toEqual({ code: 'signer_unannounced', file: 'keys.json' });
    }
  });

  it('are not passed off as those of the beginning: the log says what it was opened with', async () => {
    const rotated = await makeFixture({ change: {} });
    await writeFixture(folder, { ...rotated, earlier: [], announced: undefined });
    expect(await found()).toMatchObject({ code: 'wrong_key' });
  });

  it('sign alone from then on: a checkpoint that the old key signs later is named', async () => {
    const rotated = await makeFixture({ change: {} });
    const [first, second, third] = rotated.checkpoints;
    if (first === undefined || second === undefined || third === undefined) throw new TypeError('three checkpoints');
    const origin = 'toeverlaat/00112233/gentia';
    const note = await signCheckpoint(
      { origin, size: third.size, root: Buffer.from(third.root, 'hex'), extensions: [`time ${third.at}`] },
      [seeded(origin, 'right')],
    );
    const again = { ...third, note };
    await writeFixture(folder, { ...rotated, checkpoints: [first, second, again] });
    expect(await found()).toEqual({ code: 'wrong_key', file: 'checkpoints.jsonl', size: third.size });
    // Also where no checkpoint of the new key comes before it.
    const early = await makeFixture({ change: {}, lie: (record) => record });
    const only = [first, again].map((one) => ({ ...one }));
    await writeFixture(folder, { ...early, checkpoints: only, seals: rotated.seals.slice(0, 1) });
    expect(await found()).toMatchObject({ code: 'wrong_key', size: third.size });
  });
});
