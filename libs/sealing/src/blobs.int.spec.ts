import { existsSync, linkSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { organisationId, settableClock, type OrganisationId } from '@toeverlaat/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobKeyGone, createBlobStore, type BlobStore } from './blobs.js';
import { createMemorySealing } from './open.js';
import type { SealingService } from './sealer.js';

const GENTIA = organisationId('gentia');
const CONTEXT = 'case.case-gentia_1/signed-document';
const request = { by: 'p-1', reason: 'retention.informal v1', at: '2026-11-02T10:00:00.000Z' };

let folder: string;
let sealing: SealingService;
let blobs: BlobStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toeverlaat-blobs-'));
  sealing = createMemorySealing(settableClock('2026-11-02T10:00:00.000Z'));
  blobs = createBlobStore({ folder: join(folder, 'blobs'), sealing });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* parts(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}
const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

const put = async (
  content: Uint8Array,
  organisation: OrganisationId = GENTIA,
  subjects = ['case/1'],
  part = 10_000,
) => {
  const stored = await blobs.put(organisation, subjects, CONTEXT, parts(content, part));
  if (!stored.ok) throw new Error(stored.error.kind);
  return stored.value;
};
const read = async (blob: string, organisation: OrganisationId = GENTIA, context = CONTEXT): Promise<Buffer> => {
  const found = await blobs.get(organisation, blob, context);
  if (!found.ok) throw new Error(found.error.kind);
  const all: Uint8Array[] = [];
  for await (const part of found.value) all.push(part);
  return Buffer.concat(all);
};
const failure = async (blob: string, organisation: OrganisationId = GENTIA, context = CONTEXT): Promise<string> => {
  const found = await blobs.get(organisation, blob, context);
  if (found.ok) for await (const part of found.value) void part;
  return found.ok ? 'read' : found.error.kind;
};
const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a sealed blob', () => {
  it.runIf(existsSync('/proc/self/fd'))('holds no file open once it is ended, read or unread', async () => {
    const { blob } = await put(pattern(200_000));
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (const reads of [0, 1, 2]) {
      const found = await blobs.get(GENTIA, blob, CONTEXT);
      if (!found.ok) throw new Error(found.error.kind);
      const iterator = found.value[Symbol.asyncIterator]();
      expect(open()).toBe(before + 1);
      for (let n = 0; n < reads; n += 1) await iterator.next();
      await iterator.return?.();
      expect(open()).toBe(before);
    }
  });

  it('ends in the middle of being read when its key is destroyed', async () => {
    const { blob } = await put(pattern(300_000));
    const other = await blobs.get(GENTIA, (await put(pattern(200_000), GENTIA, ['case/2'])).blob, CONTEXT);
    const found = await blobs.get(GENTIA, blob, CONTEXT);
    if (!found.ok || !other.ok) throw new Error('not found');
    const iterator = found.value[Symbol.asyncIterator]();
    expect((await iterator.next()).done).not.toBe(true);
    await sealing.destroy(GENTIA, 'case/1', request);
    await expect(iterator.next()).rejects.toThrow(BlobKeyGone);
    let left = 0;
    for await (const chunk of other.value) left += chunk.length;
    expect(left).toBe(200_000);
  });

  it('stands under its hash, readable by its owner only', async () => {
    const { blob } = await put(pattern(100));
    const [file = ''] = files();
    expect(file).toBe(join(folder, 'blobs', 'gentia', blob.slice(0, 2), blob));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a blob that does not go in', () => {
  it('says so when the folder takes nothing', async () => {
    writeFileSync(join(folder, 'blobs'), 'a file in the way');
    const refused = await blobs.put(GENTIA, ['case/1'], CONTEXT, parts(pattern(10), 10));
    expect(refused).toMatchObject({ ok: false, error: { kind: 'BlobStoreUnavailable' } });
  });
});

describe('the folder', () => {
  it('is cleared of what a killed process left, and of removed blobs', async () => {
    const { blob } = await put(pattern(10));
    writeFileSync(join(folder, 'blobs', 'gentia', '.unfinished-x'), 'half');
    expect(await blobs.removeUnfinished()).toBe(1);
    expect(await blobs.removeUnfinished()).toBe(0);
    expect((await read(blob)).length).toBe(10);
    await blobs.remove(GENTIA, blob);
    await blobs.remove(GENTIA, blob);
    expect(await failure(blob)).toBe('NotFound');
    expect(files()).toEqual([]);
  });
});

describe('an upload', () => {
  const at = request.at;
  const upload = (id: string) => ({ id, at, fingerprintKey: Buffer.alloc(32, 7) });
  const send = (content: Uint8Array, id: string, organisation: OrganisationId = GENTIA) =>
    blobs.put(organisation, ['case/1'], CONTEXT, parts(content, 1_000), { upload: upload(id) });

  it('that a crash left at its address and not on the list is removed at the next start; a listed one stays', async () => {
    const [lost, listed] = [await put(pattern(10)), await send(pattern(20), 'u-1')];
    if (!listed.ok) throw new Error(listed.error.kind);
    const home = join(folder, 'blobs', 'gentia');
    const fileOf = (blob: string) => join(home, blob.slice(0, 2), blob);
    // As a process leaves it that is killed before, and after, the list was written.
    linkSync(fileOf(lost.blob), join(home, '.unfinished-a'));
    linkSync(fileOf(listed.value.blob), join(home, '.unfinished-b'));
    expect(await blobs.removeUnfinished()).toBe(2);
    expect(await failure(lost.blob)).toBe('NotFound');
    expect((await read(listed.value.blob)).length).toBe(20);
    expect(files()).toHaveLength(2);
  });
});
