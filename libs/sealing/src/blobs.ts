import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import {
  constants,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { SealError, SubjectId } from '@toeverlaat/event-log';
import { canonicalJson, err, ok, ORGANISATION_ID, type OrganisationId, type Result } from '@toeverlaat/values';
import { z } from 'zod';
import { KEY_BYTES, TAG_BYTES, takeKey } from './keys.js';
import type { SealingService } from './sealer.js';

/** 25 MB: the scan of a signed document. */
export const MAX_BLOB_BYTES = 25_000_000;
const CHUNK = 64 * 1024;
const SALT_BYTES = 32;
const MAGIC = Buffer.from('TVBLOB1\n');
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
  /** The folder does not take it (full, read-only) or the source broke off. Nothing is left behind. */
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

/** Sealed attachments: files named by the hash of what they hold, unreadable once a key they hang on is destroyed. */
export type BlobStore = {
  /** Streams in, never more than a chunk in memory; durable when it resolves. `context` says what it belongs to, e.g. the stream. */
  readonly put: (
    organisation: OrganisationId,
    subjects: readonly SubjectId[],
    context: string,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number; readonly upload?: UploadMark },
  ) => Promise<Result<BlobRef, BlobPutError>>;
  /** Streams out once; read it or end it (`return`), for a file is open. Iterating throws BlobDamaged when it is not whole. A blob of another context is `Tampered`. */
  readonly get: (
    organisation: OrganisationId,
    blob: string,
    context: string,
  ) => Promise<Result<AsyncIterable<Uint8Array>, BlobGetError>>;
  /** Removes the file; its key is destroyed elsewhere. Removing what is gone is no error. */
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

const TEMPORARY = '.unfinished-';
const UPLOADS = '.uploads';
const UPLOAD_ID = /^[A-Za-z0-9-]{1,80}$/;
const uploadSchema = z.strictObject({
  v: z.literal(1),
  blob: z.string(),
  size: z.number().int(),
  at: z.string(),
  context: z.string(),
  fingerprint: z.string(),
});
type StoredUpload = z.infer<typeof uploadSchema>;
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

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const readExactly = async (file: FileHandle, length: number, position: number): Promise<Buffer | undefined> => {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer;
};

/** Names in a folder; none when there is no such folder. */
const namesIn = async (path: string): Promise<readonly string[]> => {
  try {
    return await readdir(path);
  } catch (error) {
    if (isAbsent(error) || (error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) return [];
    throw error;
  }
};

/** One folder per context: what belongs to one record is found without looking at all others. */
const listOf = (context: string): string =>
  join(UPLOADS, createHash('sha256').update(context).digest('hex').slice(0, 32));

const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

/** Raised inside `put` only, to leave through its one clean-up. */
class TooLarge extends Error {}
class Reused extends Error {}

export const createBlobStore = (options: { readonly folder: string; readonly sealing: SealingService }): BlobStore => {
  const { folder, sealing } = options;
  const organisationFolder = (organisation: OrganisationId): string => {
    if (!ORGANISATION_ID.test(organisation)) throw new TypeError('not an organisation id');
    return join(folder, organisation);
  };
  const placeOf = (organisation: OrganisationId, blob: string): { readonly dir: string; readonly file: string } => {
    const dir = join(organisationFolder(organisation), blob.slice(0, 2));
    return { dir, file: join(dir, blob) };
  };
  const syncFolder = async (dir: string): Promise<void> => {
    if (process.platform === 'win32') return;
    const handle = await open(dir, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };

  const readUpload = async (path: string): Promise<StoredUpload | undefined> => {
    try {
      return uploadSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (isAbsent(error) || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  };

  /** Puts an upload on the list, once: gives what stands there, its own or the earlier one of this id. */
  const listUpload = async (home: string, id: string, upload: StoredUpload): Promise<StoredUpload> => {
    if (!UPLOAD_ID.test(id)) throw new TypeError('not an upload id');
    const list = join(home, listOf(upload.context));
    const path = join(list, id);
    const temporary = join(home, `${TEMPORARY}${randomUUID()}`);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(canonicalJson(upload));
        await file.sync();
      } finally {
        await file.close();
      }
      // The list may be emptied and its folder taken away at the same moment.
      for (let tries = 3; ; tries -= 1) {
        await mkdir(list, { recursive: true, mode: 0o700 });
        try {
          await link(temporary, path);
          try {
            for (const changed of [list, join(home, UPLOADS), home]) await syncFolder(changed);
          } catch (error) {
            // Its blob is taken back too.
            await rm(path, { force: true });
            throw error;
          }
          return upload;
        } catch (error) {
          const earlier = isThere(error) ? await readUpload(path) : undefined;
          if (earlier !== undefined) return earlier;
          if (tries === 0 || !(isThere(error) || isAbsent(error))) throw error;
        }
      }
    } finally {
      await rm(temporary, { force: true });
    }
  };

  /** What stands at an address already and not on the list yet: nobody was told of it. */
  const removePlaced = async (home: string, path: string): Promise<void> => {
    if ((await stat(path)).nlink < 2) return;
    const bytes = await readFile(path);
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return;
    const blob = createHash('sha256').update(bytes).digest('hex');
    for (const list of await namesIn(join(home, UPLOADS)))
      for (const id of await namesIn(join(home, UPLOADS, list)))
        if ((await readUpload(join(home, UPLOADS, list, id)))?.blob === blob) return;
    await rm(join(home, blob.slice(0, 2), blob), { force: true });
  };

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

      const home = organisationFolder(organisation);
      const temporary = join(home, `${TEMPORARY}${randomUUID()}`);
      let file: FileHandle | undefined;
      let placed: string | undefined;
      try {
        await mkdir(home, { recursive: true, mode: 0o700 });
        file = await open(temporary, 'wx', 0o600);
        const target = file;
        const hash = createHash('sha256');
        const plain = upload === undefined ? undefined : createHash('sha256');
        const write = async (bytes: Uint8Array): Promise<void> => {
          hash.update(bytes);
          await target.writeFile(bytes);
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
        await file.sync();
        await file.close();
        file = undefined;
        const blob = hash.digest('hex');
        const place = placeOf(organisation, blob);
        await mkdir(place.dir, { recursive: true, mode: 0o700 });
        if (upload !== undefined && plain !== undefined) {
          const fingerprint = createHmac('sha256', upload.fingerprintKey)
            .update(canonicalJson(['upload', organisation, context, plain.digest('hex')]))
            .digest('base64url');
          // Under both names until it is on the list: what a crash leaves is found by the first (see removeUnfinished).
          await link(temporary, place.file);
          placed = place.file;
          await syncFolder(place.dir);
          await syncFolder(home);
          const stored = { v: 1, blob, size, at: upload.at, context, fingerprint } as const;
          const listed = await listUpload(home, upload.id, stored);
          if (listed.fingerprint !== fingerprint) throw new Reused();
          if (listed.blob !== blob) await rm(place.file, { force: true });
          await rm(temporary, { force: true });
          return ok({ blob: listed.blob, size: listed.size });
        }
        await rename(temporary, place.file);
        await syncFolder(place.dir);
        await syncFolder(home);
        return ok({ blob, size });
      } catch (error) {
        await file?.close().catch(() => undefined);
        for (const left of [placed, temporary])
          if (left !== undefined) await rm(left, { force: true }).catch(() => undefined);
        if (error instanceof TooLarge) return err({ kind: 'BlobTooLarge', limit: maxBytes });
        if (error instanceof Reused) return err({ kind: 'UploadIdReused' });
        // A code such as ENOSPC, never a message: it may come from the source and quote it.
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'the source broke off';
        return err({ kind: 'BlobStoreUnavailable', detail: code });
      }
    },

    get: async (organisation, blob, context) => {
      if (!BLOB.test(blob)) return err({ kind: 'NotFound' });
      const { file: path } = placeOf(organisation, blob);
      let file: FileHandle;
      let total: number;
      try {
        total = (await stat(path)).size;
        file = await open(path, constants.O_RDONLY);
      } catch (error) {
        if (isAbsent(error)) return err({ kind: 'NotFound' });
        return err({ kind: 'KeyUnavailable', detail: 'the blob folder does not answer' });
      }
      const leave = async (error: BlobGetError): Promise<Result<AsyncIterable<Uint8Array>, BlobGetError>> => {
        await file.close();
        return err(error);
      };
      const start = await readExactly(file, MAGIC.length + 4, 0);
      const headLength = start?.readUInt32BE(MAGIC.length) ?? 0;
      if (start === undefined || !start.subarray(0, MAGIC.length).equals(MAGIC) || headLength > MAX_HEADER)
        return leave({ kind: 'Tampered' });
      const header = await readExactly(file, start.length + headLength, 0);
      let parsed: z.infer<typeof headerSchema>;
      try {
        parsed = headerSchema.parse(JSON.parse(header?.subarray(start.length).toString('utf8') ?? ''));
      } catch {
        return leave({ kind: 'Tampered' });
      }
      if (header === undefined || parsed.organisation !== organisation || parsed.context !== context)
        return leave({ kind: 'Tampered' });
      const found = await sealing.findContentKey(organisation, parsed.keys);
      if (found.kind === 'erased') return leave({ kind: 'Erased' });
      if (found.kind === 'unavailable') return leave({ kind: 'KeyUnavailable', detail: found.detail });
      const sealedChunk = CHUNK + TAG_BYTES;
      const chunks = (total - header.length) / sealedChunk;
      if (!Number.isInteger(chunks) || chunks < 1) return leave({ kind: 'Tampered' });
      const key = blobKey(found.key, Buffer.from(parsed.salt, 'base64url'), header);

      const read = async function* (): AsyncGenerator<Uint8Array, undefined> {
        try {
          const hash = createHash('sha256').update(header);
          for (let index = 0; index < chunks; index += 1) {
            const sealed = await readExactly(file, sealedChunk, header.length + index * sealedChunk);
            if (sealed === undefined) throw new BlobDamaged('the file was cut short');
            hash.update(sealed);
            const last = index === chunks - 1;
            const content = openChunk(key, index, last, sealed);
            if (!last) {
              yield content;
              continue;
            }
            if (hash.digest('hex') !== blob) throw new BlobDamaged('the file is not the one of this address');
            const end = content.lastIndexOf(0x80);
            if (end < 0 || content.subarray(end + 1).some((byte) => byte !== 0)) throw new BlobDamaged('no end mark');
            if (end > 0) yield content.subarray(0, end);
          }
          return undefined;
        } finally {
          await file.close();
        }
      };
      // The first chunk is opened here, so that a file under the wrong name or key is refused before anything is given.
      const stream = read();
      try {
        let first: IteratorResult<Uint8Array, undefined> | undefined = await stream.next();
        // No generator: one that is ended before it began would not close the file.
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
        return err({ kind: 'KeyUnavailable', detail: 'the blob folder does not answer' });
      }
    },

    remove: async (organisation, blob) => {
      if (!BLOB.test(blob)) return;
      const { dir, file } = placeOf(organisation, blob);
      try {
        await unlink(file);
        await syncFolder(dir);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    },

    organisationsWithUploads: async () => {
      const found: OrganisationId[] = [];
      for (const home of await namesIn(folder)) {
        if (!ORGANISATION_ID.test(home)) continue;
        if ((await namesIn(join(folder, home, UPLOADS))).length > 0) found.push(home as OrganisationId);
      }
      return found;
    },

    uploads: async (organisation, only) => {
      const home = organisationFolder(organisation);
      const lists =
        only === undefined ? (await namesIn(join(home, UPLOADS))).map((name) => join(UPLOADS, name)) : [listOf(only)];
      const found: Upload[] = [];
      for (const list of lists)
        for (const id of await namesIn(join(home, list))) {
          const stored = await readUpload(join(home, list, id));
          if (stored === undefined) continue;
          const { blob, size, at, context } = stored;
          found.push({ organisation, id, blob, size, at, context });
        }
      return found;
    },

    forgetUpload: async ({ organisation, context, id }) => {
      if (!UPLOAD_ID.test(id)) return;
      const list = join(organisationFolder(organisation), listOf(context));
      try {
        await unlink(join(list, id));
        await syncFolder(list);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
      // Others may still stand in it; then it stays.
      await rmdir(list).catch(() => undefined);
    },

    removeUnfinished: async () => {
      let removed = 0;
      try {
        for (const home of await readdir(folder, { withFileTypes: true })) {
          if (!home.isDirectory()) continue;
          for (const name of await readdir(join(folder, home.name))) {
            if (!name.startsWith(TEMPORARY)) continue;
            const path = join(folder, home.name, name);
            await removePlaced(join(folder, home.name), path);
            await rm(path, { force: true });
            removed += 1;
          }
        }
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
      return removed;
    },
  };
};
