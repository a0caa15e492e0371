import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { organisationId, settableClock, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobDamaged, createBlobStore, MAX_BLOB_BYTES, type BlobStore } from './blobs.js';
import { createMemorySealing } from './open.js';
import type { SealingService } from './sealer.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');
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
  it('comes back as it went in, whatever its size and however it is cut', async () => {
    const edges = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000];
    for (const size of edges) {
      const content = pattern(size);
      const { blob, size: told } = await put(content);
      expect(told).toBe(size);
      expect((await read(blob)).equals(content)).toBe(true);
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.integer({ min: 1, max: 999 }), async (content, part) => {
        const { blob } = await put(content, GENTIA, ['case/1', 'case/1#p1'], part);
        expect((await read(blob)).equals(content)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

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

  it('is named by the hash of its ciphertext and holds nothing in the clear', async () => {
    const content = Buffer.from('PDF met een handtekening van Tom. '.repeat(100));
    const { blob } = await put(content);
    const [file = ''] = files();
    const bytes = readFileSync(file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
    expect(file.endsWith(blob)).toBe(true);
    expect(bytes.includes('handtekening')).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('tells its size in chunks and no more', async () => {
    const [one, two] = [await put(new Uint8Array(10)), await put(new Uint8Array(60_000))];
    expect(one.blob).not.toBe(two.blob);
    expect(new Set(files().map((file) => statSync(file).size)).size).toBe(1);
  });

  it('opens in its own organisation and context only', async () => {
    const { blob } = await put(pattern(100));
    const theirs = await put(pattern(100), ZORGNET);
    expect(await failure(blob, ZORGNET)).toBe('NotFound');
    expect(await failure(blob, GENTIA, 'case.case-gentia_2/signed-document')).toBe('Tampered');
    expect(await failure('../../etc/passwd')).toBe('NotFound');
    const [mine = '', other = ''] = [blob, theirs.blob].map((name) => files().find((file) => file.endsWith(name)));
    writeFileSync(other, readFileSync(mine));
    expect(await failure(theirs.blob, ZORGNET)).toBe('Tampered');
  });

  it('is erased with any one of its keys, and unavailable when a key is merely missing', async () => {
    const { blob } = await put(pattern(100), GENTIA, ['case/1', 'case/1#p1']);
    const theirs = await put(pattern(100), ZORGNET, ['case/1', 'case/1#p1']);
    await sealing.destroy(GENTIA, 'case/1#p1', request);
    expect(await failure(blob)).toBe('Erased');
    expect(await failure(theirs.blob, ZORGNET)).toBe('read');
    expect(await blobs.put(GENTIA, ['case/1#p1'], CONTEXT, parts(pattern(1), 1))).toMatchObject({
      error: { kind: 'KeyDestroyed' },
    });
    const elsewhere = createBlobStore({
      folder: join(folder, 'blobs'),
      sealing: createMemorySealing(settableClock(request.at)),
    });
    expect(await elsewhere.get(ZORGNET, theirs.blob, CONTEXT)).toMatchObject({ error: { kind: 'KeyUnavailable' } });
  });

  it('is refused when it was cut, changed, swapped or extended', async () => {
    const content = pattern(200_000);
    const damage: readonly ((file: string) => void)[] = [
      (file) => truncateSync(file, statSync(file).size - 1),
      (file) => truncateSync(file, statSync(file).size - 65_552),
      (file) => truncateSync(file, 5),
      (file) => writeFileSync(file, Buffer.concat([readFileSync(file), new Uint8Array(65_552)])),
      (file) => {
        const bytes = readFileSync(file);
        bytes[bytes.length - 100_000] = (bytes[bytes.length - 100_000] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      (file) => {
        const bytes = readFileSync(file);
        const body = bytes.length - 4 * 65_552;
        const [a, b] = [bytes.subarray(body, body + 65_552), bytes.subarray(body + 65_552, body + 2 * 65_552)];
        writeFileSync(file, Buffer.concat([bytes.subarray(0, body), b, a, bytes.subarray(body + 2 * 65_552)]));
      },
    ];
    for (const harm of damage) {
      const { blob } = await put(content);
      harm(files().find((file) => file.endsWith(blob)) ?? '');
      const outcome = await failure(blob).catch((error: unknown) =>
        error instanceof BlobDamaged ? 'Tampered' : error,
      );
      expect(outcome).toBe('Tampered');
      await blobs.remove(GENTIA, blob);
    }
  });
});

describe('a blob that does not go in', () => {
  it('leaves nothing behind when it is larger than 25 MB', async () => {
    const megabyte = new Uint8Array(1_000_000);
    async function* many(count: number): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < count; index += 1) yield megabyte;
    }
    expect(await blobs.put(GENTIA, ['case/1'], CONTEXT, many(26))).toEqual({
      ok: false,
      error: { kind: 'BlobTooLarge', limit: MAX_BLOB_BYTES },
    });
    expect(files()).toEqual([]);
    const whole = await blobs.put(GENTIA, ['case/1'], CONTEXT, many(25));
    expect(whole).toMatchObject({ ok: true, value: { size: 25_000_000 } });
    expect(files()).toHaveLength(1);
  });

  it('leaves nothing behind when its source breaks off, and quotes nothing of it', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield pattern(100_000);
      throw new Error('upload of Tom broke off');
    }
    expect(await blobs.put(GENTIA, ['case/1'], CONTEXT, broken())).toEqual({
      ok: false,
      error: { kind: 'BlobStoreUnavailable', detail: 'the source broke off' },
    });
    expect(files()).toEqual([]);
  });

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

  it('stays on the list of its organisation until it is taken off, across a restart', async () => {
    const stored = await send(pattern(100), 'u-1');
    await send(pattern(100), 'u-1', ZORGNET);
    if (!stored.ok) throw new Error(stored.error.kind);
    const { blob } = stored.value;
    const again = createBlobStore({ folder: join(folder, 'blobs'), sealing });
    expect((await again.organisationsWithUploads()).toSorted()).toEqual(['gentia', 'zorgnet']);
    expect(await again.uploads(GENTIA)).toEqual([
      { organisation: GENTIA, id: 'u-1', at, blob, size: 100, context: CONTEXT },
    ]);
    expect(await again.uploads(GENTIA, CONTEXT)).toHaveLength(1);
    expect(await again.uploads(GENTIA, 'case.case-gentia_2/signed-document')).toEqual([]);
    for (const listed of [...(await again.uploads(GENTIA)), ...(await again.uploads(GENTIA))])
      await again.forgetUpload(listed);
    expect(await again.organisationsWithUploads()).toEqual(['zorgnet']);
    expect(await again.uploads(GENTIA)).toEqual([]);
    expect((await read(blob)).length).toBe(100);
  });

  it('is the same blob when it is repeated, and refused with other content', async () => {
    const first = await send(pattern(70_000), 'u-1');
    const before = files();
    expect(await send(pattern(70_000), 'u-1')).toEqual(first);
    expect(await send(pattern(70_001), 'u-1')).toEqual({ ok: false, error: { kind: 'UploadIdReused' } });
    expect(files().toSorted()).toEqual(before.toSorted());
    const sent = await Promise.all([send(pattern(9), 'u-2'), send(pattern(9), 'u-2'), send(pattern(9), 'u-2')]);
    expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await blobs.uploads(GENTIA)).toHaveLength(2);
  });

  it('is one blob, however many send it at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const sent = await Promise.all(Array.from({ length: 8 }, () => send(pattern(50), `u-${round}`)));
      expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
      const [first] = sent;
      if (first?.ok !== true) throw new Error('refused');
      expect((await read(first.value.blob)).length).toBe(50);
      expect(files()).toHaveLength(2 * (round + 1));
    }
  });

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

  it('leaves no line on the list when it does not go in', async () => {
    const refused = await blobs.put(GENTIA, ['case/1'], CONTEXT, parts(pattern(100), 10), {
      maxBytes: 99,
      upload: upload('u-1'),
    });
    expect(refused).toMatchObject({ error: { kind: 'BlobTooLarge' } });
    expect(files()).toEqual([]);
  });
});
