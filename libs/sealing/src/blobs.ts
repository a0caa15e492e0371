import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SealError, SubjectId } from '@toeverlaat/event-log';
import { canonicalJson, err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { z } from 'zod';
import { createFileBlobStorage } from './blob-files.js';
import { BLOB_MAGIC as MAGIC, isUploadId, type BlobReader, type BlobStorage, type BlobWriter } from './blob-storage.js';
import { KEY_BYTES, TAG_BYTES, takeKey } from './keys.js';
import type { SealingService } from './sealer.js';

/** 25 MB: the scan of a signed document. */
export const MAX_BLOB_BYTES = 25_000_000;
const CHUNK = 64 * 1024;
const SALT_BYTES = 32;
const MAX_HEADER = 4096;

export type BlobRef = {
  /** Its address: SHA-256 of the stored ciphertext, hex. */
  readonly blob: string;
  /** Bytes of the content. */
  readonly size: number;
};
export type BlobPutError =
  | SealError
  | { readonly kind: 'BlobTooLarge'; readonly limit: number }
  /** The id of the upload was used before, for other content. Nothing is left behind. */
  | { readonly kind: 'UploadIdReused' }
  /** The storage does not take it (full, read-only, not there) or the source broke off. Nothing is left behind. */
  | { readonly kind: 'BlobStoreUnavailable'; readonly detail: string };
export type BlobGetError =
  | { readonly kind: 'NotFound' }
  | { readonly kind: 'Erased' }
  | { readonly kind: 'KeyUnavailable'; readonly detail: string }
  | { readonly kind: 'Tampered' };

/** An upload that nothing may refer to yet: it is kept in a list until somebody takes it off, with its blob or without. */
export type UploadMark = {
  /** Of the caller's choice: the same id with the same content is the same upload, and gives the same blob. */
  readonly id: string;
  /** ISO instant. */
  readonly at: string;
  /** Keys the fingerprint by which a repeat is known; the content itself is nowhere. */
  readonly fingerprintKey: Uint8Array;
};
export type Upload = BlobRef & {
  readonly organisation: OrganisationId;
  readonly id: string;
  readonly at: string;
  readonly context: string;
};

/** Thrown while a blob is read: it was cut short or changed. What was given before authenticated, but is not the whole. */
export class BlobDamaged extends Error {
  override readonly name = 'BlobDamaged';
}

/** Thrown while a blob is read: its key was destroyed meanwhile, or the key store does not answer any more. */
export class BlobKeyGone extends Error {
  override readonly name = 'BlobKeyGone';
  readonly why: 'erased' | 'unavailable';
  // No parameter property: a process that is killed in a test runs these sources with their types stripped.
  constructor(why: 'erased' | 'unavailable') {
    super(`the key of the blob is ${why}`);
    this.why = why;
  }
}

/** Sealed attachments: stored under the hash of what they hold, unreadable once a key they hang on is destroyed. */
export type BlobStore = {
  /** Streams in, never more than a chunk in memory; durable when it resolves. `context` says what it belongs to, e.g. the stream. */
  readonly put: (
    organisation: OrganisationId,
    subjects: readonly SubjectId[],
    context: string,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number; readonly upload?: UploadMark },
  ) => Promise<Result<BlobRef, BlobPutError>>;
  /** Streams out once; read it or end it (`return`), for a file may be open. Iterating throws BlobDamaged when it is not whole, and BlobKeyGone when it has no key any more. A blob of another context is `Tampered`. */
  readonly get: (
    organisation: OrganisationId,
    blob: string,
    context: string,
  ) => Promise<Result<AsyncIterable<Uint8Array>, BlobGetError>>;
  /** Removes the ciphertext; its key is destroyed elsewhere. Removing what is gone is no error. */
  readonly remove: (organisation: OrganisationId, blob: string) => Promise<void>;
  /** Organisations that have uploads on their list. */
  readonly organisationsWithUploads: () => Promise<readonly OrganisationId[]>;
  /** The uploads that are still on the list of an organisation, or of one context in it; in no order. */
  readonly uploads: (organisation: OrganisationId, context?: string) => Promise<readonly Upload[]>;
  /** Takes an upload off the list and leaves its blob. Taking off what is gone is no error. */
  readonly forgetUpload: (upload: Pick<Upload, 'organisation' | 'context' | 'id'>) => Promise<void>;
  /** Removes what a process that ended in the middle of a `put` left. Call before the first `put`. */
  readonly removeUnfinished: () => Promise<number>;
};

const headerSchema = z.strictObject({
  v: z.literal(1),
  alg: z.literal('A256GCM-STREAM'),
  chunk: z.literal(CHUNK),
  keys: z.array(z.string()).min(1).max(8),
  organisation: z.string(),
  context: z.string(),
  salt: z.base64url(),
});

const BLOB = /^[0-9a-f]{64}$/;

/** STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunk counter and a last-chunk flag in the nonce, so no chunk can be dropped, moved or cut. */
const nonceOf = (index: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
};

/** A key of its own for each blob: the nonces can count from zero. */
const blobKey = (key: KeyObject, salt: Uint8Array, header: Uint8Array): KeyObject =>
  takeKey(Buffer.from(hkdfSync('sha256', key, salt, createHash('sha256').update(header).digest(), KEY_BYTES)));

const sealChunk = (key: KeyObject, index: number, last: boolean, content: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, last), { authTagLength: TAG_BYTES });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
};

const openChunk = (key: KeyObject, index: number, last: boolean, sealed: Uint8Array): Buffer => {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, last), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw new BlobDamaged(`chunk ${index} does not authenticate`);
  }
};

/** Raised inside `put` only, to leave through its one clean-up. */
class TooLarge extends Error {}
class Reused extends Error {}

const SILENT = 'the blob storage does not answer';

/** Seals on the way in, opens on the way out, over a folder of this host or a storage that several hosts share. */
export const createBlobStore = (
  options: { readonly sealing: SealingService } & ({ readonly folder: string } | { readonly storage: BlobStorage }),
): BlobStore => {
  const { sealing } = options;
  const storage = 'storage' in options ? options.storage : createFileBlobStorage(options.folder);

  return {
    put: async (organisation, subjects, context, content, { maxBytes = MAX_BLOB_BYTES, upload } = {}) => {
      const derived = await sealing.contentKey(organisation, subjects);
      if (!derived.ok) return derived;
      const salt = randomBytes(SALT_BYTES);
      const head = canonicalJson({
        v: 1,
        alg: 'A256GCM-STREAM',
        chunk: CHUNK,
        keys: derived.value.keyIds,
        organisation,
        context,
        salt: salt.toString('base64url'),
      });
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(head));
      const header = Buffer.concat([MAGIC, length, Buffer.from(head)]);
      if (header.length > MAX_HEADER) return err({ kind: 'BlobStoreUnavailable', detail: 'the context is too long' });
      const key = blobKey(derived.value.key, salt, header);

      let writer: BlobWriter | undefined;
      try {
        if (upload !== undefined && !isUploadId(upload.id)) throw new TypeError('not an upload id');
        writer = await storage.create(organisation);
        const target = writer;
        const hash = createHash('sha256');
        const plain = upload === undefined ? undefined : createHash('sha256');
        const write = async (bytes: Uint8Array): Promise<void> => {
          hash.update(bytes);
          await target.write(bytes);
        };
        await write(header);
        const chunk = Buffer.alloc(CHUNK);
        let filled = 0;
        let index = 0;
        let size = 0;
        for await (const part of content) {
          size += part.length;
          if (size > maxBytes) throw new TooLarge();
          plain?.update(part);
          for (let from = 0; from < part.length;) {
            const taken = Math.min(CHUNK - filled, part.length - from);
            chunk.set(part.subarray(from, from + taken), filled);
            filled += taken;
            from += taken;
            if (filled < CHUNK) continue;
            await write(sealChunk(key, index, false, chunk));
            index += 1;
            filled = 0;
          }
        }
        // The last chunk is filled up (ISO/IEC 7816-4: 0x80, zeros): the file tells the size in chunks and no more.
        chunk.fill(0, filled);
        chunk.writeUInt8(0x80, filled);
        await write(sealChunk(key, index, true, chunk));
        chunk.fill(0);
        const blob = hash.digest('hex');
        if (upload !== undefined && plain !== undefined) {
          const fingerprint = createHmac('sha256', upload.fingerprintKey)
            .update(canonicalJson(['upload', organisation, context, plain.digest('hex')]))
            .digest('base64url');
          const stored = { v: 1, blob, size, at: upload.at, context, fingerprint } as const;
          const listed = await writer.finishListed(upload.id, stored);
          if (listed.fingerprint !== fingerprint) throw new Reused();
          return ok({ blob: listed.blob, size: listed.size });
        }
        await writer.finish(blob);
        return ok({ blob, size });
      } catch (error) {
        await writer?.abandon();
        if (error instanceof TooLarge) return err({ kind: 'BlobTooLarge', limit: maxBytes });
        if (error instanceof Reused) return err({ kind: 'UploadIdReused' });
        // A code such as ENOSPC, never a message: it may come from the source and quote it.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'the source broke off';
        return err({ kind: 'BlobStoreUnavailable', detail: code });
      }
    },

    get: async (organisation, blob, context) => {
      if (!BLOB.test(blob)) return err({ kind: 'NotFound' });
      let found: BlobReader | undefined;
      try {
        found = await storage.open(organisation, blob);
      } catch {
        return err({ kind: 'KeyUnavailable', detail: SILENT });
      }
      if (found === undefined) return err({ kind: 'NotFound' });
      const stored = found;
      const leave = async (error: BlobGetError): Promise<Result<AsyncIterable<Uint8Array>, BlobGetError>> => {
        await stored.close();
        return err(error);
      };
      let start: Buffer | undefined;
      let header: Buffer | undefined;
      try {
        start = await stored.read(MAGIC.length + 4, 0);
        const headLength = start?.readUInt32BE(MAGIC.length) ?? 0;
        if (start === undefined || !start.subarray(0, MAGIC.length).equals(MAGIC) || headLength > MAX_HEADER)
          return await leave({ kind: 'Tampered' });
        header = await stored.read(start.length + headLength, 0);
      } catch {
        return leave({ kind: 'KeyUnavailable', detail: SILENT });
      }
      const { length: fixed } = start;
      let parsed: z.infer<typeof headerSchema>;
      try {
        parsed = headerSchema.parse(JSON.parse(header?.subarray(fixed).toString('utf8') ?? ''));
      } catch {
        return leave({ kind: 'Tampered' });
      }
      if (header === undefined || parsed.organisation !== organisation || parsed.context !== context)
        return leave({ kind: 'Tampered' });
      const content = await sealing.findContentKey(organisation, parsed.keys);
      if (content.kind === 'erased') return leave({ kind: 'Erased' });
      if (content.kind === 'unavailable') return leave({ kind: 'KeyUnavailable', detail: content.detail });
      const sealedChunk = CHUNK + TAG_BYTES;
      const chunks = (stored.size - header.length) / sealedChunk;
      if (!Number.isInteger(chunks) || chunks < 1) return leave({ kind: 'Tampered' });
      const key = blobKey(content.key, Buffer.from(parsed.salt, 'base64url'), header);

      const headLength = header.length;
      const read = async function* (): AsyncGenerator<Uint8Array, undefined> {
        try {
          const hash = createHash('sha256').update(header);
          for (let index = 0; index < chunks; index += 1) {
            const sealed = await stored.read(sealedChunk, headLength + index * sealedChunk);
            if (sealed === undefined) throw new BlobDamaged('the blob was cut short');
            // Whoever reads slowly reads no longer than there is a key (design §4).
            const still = await sealing.findContentKey(organisation, parsed.keys);
            if (still.kind !== 'found') throw new BlobKeyGone(still.kind);
            hash.update(sealed);
            const last = index === chunks - 1;
            const opened = openChunk(key, index, last, sealed);
            if (!last) {
              yield opened;
              continue;
            }
            if (hash.digest('hex') !== blob) throw new BlobDamaged('the blob is not the one of this address');
            const end = opened.lastIndexOf(0x80);
            if (end < 0 || opened.subarray(end + 1).some((byte) => byte !== 0)) throw new BlobDamaged('no end mark');
            if (end > 0) yield opened.subarray(0, end);
          }
          return undefined;
        } finally {
          await stored.close();
        }
      };
      // The first chunk is opened here, so that a blob under the wrong address or key is refused before anything is given.
      const stream = read();
      try {
        let first: IteratorResult<Uint8Array, undefined> | undefined = await stream.next();
        // No generator: one that is ended before it began would not close the reader.
        const iterator: AsyncIterableIterator<Uint8Array, undefined> = {
          next: () => {
            const begun = first;
            first = undefined;
            return begun === undefined ? stream.next() : Promise.resolve(begun);
          },
          return: () => {
            first = undefined;
            return stream.return(undefined);
          },
          [Symbol.asyncIterator]: () => iterator,
        };
        return ok(iterator);
      } catch (error) {
        if (error instanceof BlobDamaged) return err({ kind: 'Tampered' });
        if (error instanceof BlobKeyGone && error.why === 'erased') return err({ kind: 'Erased' });
        return err({ kind: 'KeyUnavailable', detail: SILENT });
      }
    },

    remove: async (organisation, blob) => {
      if (BLOB.test(blob)) await storage.remove(organisation, blob);
    },
    organisationsWithUploads: storage.organisationsWithUploads,
    uploads: async (organisation, only) =>
      (await storage.uploads(organisation, only)).map(({ id, blob, size, at, context }): Upload => ({
        organisation,
        id,
        blob,
        size,
        at,
        context,
      })),
    forgetUpload: async ({ organisation, context, id }) => {
      if (isUploadId(id)) await storage.forgetUpload(organisation, context, id);
    },
    removeUnfinished: storage.removeUnfinished,
  };
};
