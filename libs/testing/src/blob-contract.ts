import { createHash } from 'node:crypto';
import {
  BlobDamaged,
  createBlobStore,
  createMemorySealing,
  MAX_BLOB_BYTES,
  type BlobStorage,
  type BlobStore,
  type SealingService,
} from '@toeverlaat/sealing';
import { organisationId, randomId, settableClock, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A blob storage to run the contract against. It may hold blobs of others: every test uses organisations of its own. */
export type BlobsUnderTest = {
  readonly storage: BlobStorage;
  /** The same storage as another process has it. */
  readonly again: () => Promise<BlobStorage>;
  /** Names of everything that is stored for an organisation, finished or not: blobs, uploads, what is half there. */
  readonly everything: (organisation: OrganisationId) => Promise<readonly string[]>;
  /** The stored bytes of a blob, read and written by a second hand. */
  readonly bytesOf: (organisation: OrganisationId, blob: string) => Promise<Buffer>;
  readonly overwrite: (organisation: OrganisationId, blob: string, bytes: Uint8Array) => Promise<void>;
  readonly dispose?: () => Promise<void>;
};

const AT = '2026-11-02T10:00:00.000Z';
const DESTROY = { by: 'p-1', reason: 'retention.informal v1', at: AT };
/** A sealed chunk: 64 KiB and its tag. */
const SEALED_CHUNK = 65_552;

const fresh = (name: string): OrganisationId => organisationId(`${name}${randomId().replaceAll('-', '').slice(0, 20)}`);

async function* parts(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
}
const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);

/** What every storage of sealed blobs must do, seen through the store that seals; two organisations throughout. */
export const blobContract = (name: string, open: () => Promise<BlobsUnderTest>): void => {
  describe(`blobs: ${name}`, () => {
    let under: BlobsUnderTest;
    let sealing: SealingService;
    let blobs: BlobStore;
    let gentia: OrganisationId;
    let zorgnet: OrganisationId;
    let context: string;

    beforeEach(async () => {
      under = await open();
      sealing = createMemorySealing(settableClock(AT));
      blobs = createBlobStore({ storage: under.storage, sealing });
      gentia = fresh('gentia');
      zorgnet = fresh('zorgnet');
      context = 'case.case-same_1/signed-document';
    });
    afterEach(async () => {
      await under.storage.close();
      await under.dispose?.();
    });

    const put = async (content: Uint8Array, organisation = gentia, subjects = ['case/1'], part = 10_000) => {
      const stored = await blobs.put(organisation, subjects, context, parts(content, part));
      if (!stored.ok) throw new Error(JSON.stringify(stored.error));
      return stored.value;
    };
    const read = async (blob: string, organisation = gentia, store = blobs): Promise<Buffer> => {
      const found = await store.get(organisation, blob, context);
      if (!found.ok) throw new Error(found.error.kind);
      const all: Uint8Array[] = [];
      for await (const part of found.value) all.push(part);
      return Buffer.concat(all);
    };
    const failure = async (blob: string, organisation = gentia, of = context): Promise<string> => {
      const found = await blobs.get(organisation, blob, of);
      if (found.ok) for await (const part of found.value) void part;
      return found.ok ? 'read' : found.error.kind;
    };

    describe('a sealed blob', () => {
      it('comes back as it went in, whatever its size and however it is cut', async () => {
        for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 262_144, 600_000]) {
          const content = pattern(size);
          const { blob, size: told } = await put(content);
          expect(told).toBe(size);
          expect((await read(blob)).equals(content)).toBe(true);
        }
        await fc.assert(
          fc.asyncProperty(
            fc.uint8Array({ maxLength: 3_000 }),
            fc.integer({ min: 1, max: 999 }),
            async (content, part) => {
              const { blob } = await put(content, gentia, ['case/1', 'case/1#p1'], part);
              expect((await read(blob)).equals(content)).toBe(true);
            },
          ),
          { numRuns: 20 },
        );
      });

      it('is named by the hash of its ciphertext, holds nothing in the clear, and is there for another process', async () => {
        const content = Buffer.from('PDF met een handtekening van Tom. '.repeat(100));
        const { blob } = await put(content);
        const bytes = await under.bytesOf(gentia, blob);
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(blob);
        expect(bytes.includes('handtekening')).toBe(false);
        const storage = await under.again();
        expect(await read(blob, gentia, createBlobStore({ storage, sealing }))).toEqual(content);
        await storage.close();
      });

      it('tells its size in chunks and no more', async () => {
        const [one, two] = [await put(new Uint8Array(10)), await put(new Uint8Array(60_000))];
        expect(one.blob).not.toBe(two.blob);
        const sizes = [(await under.bytesOf(gentia, one.blob)).length, (await under.bytesOf(gentia, two.blob)).length];
        expect(sizes[0]).toBe(sizes[1]);
      });

      it('opens in its own organisation and context only', async () => {
        const { blob } = await put(pattern(100));
        const theirs = await put(pattern(100), zorgnet);
        expect(await failure(blob, zorgnet)).toBe('NotFound');
        expect(await failure(blob, gentia, 'case.case-same_2/signed-document')).toBe('Tampered');
        expect(await failure('../../etc/passwd')).toBe('NotFound');
        await under.overwrite(zorgnet, theirs.blob, await under.bytesOf(gentia, blob));
        expect(await failure(theirs.blob, zorgnet)).toBe('Tampered');
      });

      it('is erased with any one of its keys, and unavailable when a key is merely missing', async () => {
        const { blob } = await put(pattern(100), gentia, ['case/1', 'case/1#p1']);
        const theirs = await put(pattern(100), zorgnet, ['case/1', 'case/1#p1']);
        await sealing.destroy(gentia, 'case/1#p1', DESTROY);
        expect(await failure(blob)).toBe('Erased');
        expect(await failure(theirs.blob, zorgnet)).toBe('read');
        expect(await blobs.put(gentia, ['case/1#p1'], context, parts(pattern(1), 1))).toMatchObject({
          error: { kind: 'KeyDestroyed' },
        });
        const elsewhere = createBlobStore({
          storage: under.storage,
          sealing: createMemorySealing(settableClock(AT)),
        });
        expect(await elsewhere.get(zorgnet, theirs.blob, context)).toMatchObject({ error: { kind: 'KeyUnavailable' } });
      });

      it('is refused when it was cut, changed, swapped or extended', async () => {
        const content = pattern(600_000);
        const damage: readonly ((bytes: Buffer) => Buffer)[] = [
          (bytes) => bytes.subarray(0, -1),
          (bytes) => bytes.subarray(0, -SEALED_CHUNK),
          (bytes) => bytes.subarray(0, 5),
          (bytes) => Buffer.concat([bytes, new Uint8Array(SEALED_CHUNK)]),
          (bytes) => {
            const changed = Buffer.from(bytes);
            changed[changed.length - 100_000] = (changed[changed.length - 100_000] ?? 0) ^ 1;
            return changed;
          },
          (bytes) => {
            const body = bytes.length - 10 * SEALED_CHUNK;
            const [a, b] = [0, 1].map((n) => bytes.subarray(body + n * SEALED_CHUNK, body + (n + 1) * SEALED_CHUNK));
            return Buffer.concat([
              bytes.subarray(0, body),
              b ?? Buffer.of(),
              a ?? Buffer.of(),
              bytes.subarray(body + 2 * SEALED_CHUNK),
            ]);
          },
        ];
        for (const harm of damage) {
          const { blob } = await put(content);
          await under.overwrite(gentia, blob, harm(await under.bytesOf(gentia, blob)));
          const outcome = await failure(blob).catch((error: unknown) =>
            error instanceof BlobDamaged ? 'Tampered' : error,
          );
          expect(outcome).toBe('Tampered');
          await blobs.remove(gentia, blob);
        }
        expect(await under.everything(gentia)).toEqual([]);
      });

      it('goes when it is removed, once or twice, and no other goes with it', async () => {
        const [mine, kept, theirs] = [await put(pattern(10)), await put(pattern(20)), await put(pattern(10), zorgnet)];
        await blobs.remove(gentia, mine.blob);
        await blobs.remove(gentia, mine.blob);
        await blobs.remove(gentia, theirs.blob);
        expect(await failure(mine.blob)).toBe('NotFound');
        expect((await read(kept.blob)).length).toBe(20);
        expect((await read(theirs.blob, zorgnet)).length).toBe(10);
      });
    });

    describe('a blob that does not go in', () => {
      it('leaves nothing behind when it is larger than 25 MB', async () => {
        const megabyte = new Uint8Array(1_000_000);
        async function* many(count: number): AsyncGenerator<Uint8Array> {
          for (let index = 0; index < count; index += 1) yield megabyte;
        }
        expect(await blobs.put(gentia, ['case/1'], context, many(26))).toEqual({
          ok: false,
          error: { kind: 'BlobTooLarge', limit: MAX_BLOB_BYTES },
        });
        expect(await under.everything(gentia)).toEqual([]);
        const whole = await blobs.put(gentia, ['case/1'], context, many(25));
        expect(whole).toMatchObject({ ok: true, value: { size: 25_000_000 } });
        expect(await under.everything(gentia)).toHaveLength(1);
      });

      it('leaves nothing behind when its source breaks off, and quotes nothing of it', async () => {
        async function* broken(): AsyncGenerator<Uint8Array> {
          yield pattern(400_000);
          throw new Error('upload of Tom broke off');
        }
        expect(await blobs.put(gentia, ['case/1'], context, broken())).toEqual({
          ok: false,
          error: { kind: 'BlobStoreUnavailable', detail: 'the source broke off' },
        });
        expect(await under.everything(gentia)).toEqual([]);
      });

      it('is refused under an upload id that is none', async () => {
        const refused = await blobs.put(gentia, ['case/1'], context, parts(pattern(1), 1), {
          upload: { id: '../x', at: AT, fingerprintKey: Buffer.alloc(32) },
        });
        expect(refused).toMatchObject({ ok: false, error: { kind: 'BlobStoreUnavailable' } });
        expect(await under.everything(gentia)).toEqual([]);
      });
    });

    describe('an upload', () => {
      const upload = (id: string) => ({ id, at: AT, fingerprintKey: Buffer.alloc(32, 7) });
      const send = (content: Uint8Array, id: string, organisation = gentia, store = blobs) =>
        store.put(organisation, ['case/1'], context, parts(content, 1_000), { upload: upload(id) });

      it('stays on the list of its organisation until it is taken off, across a restart', async () => {
        const stored = await send(pattern(100), 'u-1');
        await send(pattern(100), 'u-1', zorgnet);
        if (!stored.ok) throw new Error(stored.error.kind);
        const { blob } = stored.value;
        const storage = await under.again();
        const again = createBlobStore({ storage, sealing });
        expect(await again.organisationsWithUploads()).toEqual(expect.arrayContaining([gentia, zorgnet]));
        expect(await again.uploads(gentia)).toEqual([
          { organisation: gentia, id: 'u-1', at: AT, blob, size: 100, context },
        ]);
        expect(await again.uploads(gentia, context)).toHaveLength(1);
        expect(await again.uploads(gentia, 'case.case-same_2/signed-document')).toEqual([]);
        for (const listed of [...(await again.uploads(gentia)), ...(await again.uploads(gentia))])
          await again.forgetUpload(listed);
        expect(await again.organisationsWithUploads()).not.toContain(gentia);
        expect(await again.organisationsWithUploads()).toContain(zorgnet);
        expect(await again.uploads(gentia)).toEqual([]);
        expect((await read(blob)).length).toBe(100);
        await storage.close();
      });

      it('is the same blob when it is repeated, and refused with other content', async () => {
        const first = await send(pattern(70_000), 'u-1');
        const before = await under.everything(gentia);
        expect(await send(pattern(70_000), 'u-1')).toEqual(first);
        expect(await send(pattern(70_001), 'u-1')).toEqual({ ok: false, error: { kind: 'UploadIdReused' } });
        expect((await under.everything(gentia)).toSorted()).toEqual(before.toSorted());
        expect(await blobs.uploads(gentia)).toHaveLength(1);
      });

      it('is one blob, however many send it at once and from however many processes', async () => {
        const storage = await under.again();
        const other = createBlobStore({ storage, sealing });
        for (let round = 0; round < 10; round += 1) {
          const sent = await Promise.all(
            Array.from({ length: 8 }, (_, n) => send(pattern(50), `u-${round}`, gentia, n % 2 === 0 ? blobs : other)),
          );
          expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
          const [first] = sent;
          if (first?.ok !== true) throw new Error('refused');
          expect((await read(first.value.blob)).length).toBe(50);
          // A blob and a line on the list, for each round.
          expect(await under.everything(gentia)).toHaveLength(2 * (round + 1));
        }
        await storage.close();
      });

      it('leaves no line on the list when it does not go in', async () => {
        const refused = await blobs.put(gentia, ['case/1'], context, parts(pattern(100), 10), {
          maxBytes: 99,
          upload: upload('u-1'),
        });
        expect(refused).toMatchObject({ error: { kind: 'BlobTooLarge' } });
        expect(await under.everything(gentia)).toEqual([]);
      });
    });
  });
};
