import { createHash, randomUUID } from 'node:crypto';
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
import { canonicalJson, ORGANISATION_ID, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { BLOB_MAGIC, isUploadId, type BlobStorage, type ListedUpload, type StoredUpload } from './blob-storage.js';

const TEMPORARY = '.unfinished-';
const UPLOADS = '.uploads';
const uploadSchema = z.strictObject({
  v: z.literal(1),
  blob: z.string(),
  size: z.number().int(),
  at: z.string(),
  context: z.string(),
  fingerprint: z.string(),
});

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
const isThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EEXIST';

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

/** Blobs as files of one host: `<organisation>/<two digits>/<address>`. */
export const createFileBlobStorage = (folder: string): BlobStorage => {
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
    if (!isUploadId(id)) throw new TypeError('not an upload id');
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
    if (!bytes.subarray(0, BLOB_MAGIC.length).equals(BLOB_MAGIC)) return;
    const blob = createHash('sha256').update(bytes).digest('hex');
    for (const list of await namesIn(join(home, UPLOADS)))
      for (const id of await namesIn(join(home, UPLOADS, list)))
        if ((await readUpload(join(home, UPLOADS, list, id)))?.blob === blob) return;
    await rm(join(home, blob.slice(0, 2), blob), { force: true });
  };

  return {
    create: async (organisation) => {
      const home = organisationFolder(organisation);
      const temporary = join(home, `${TEMPORARY}${randomUUID()}`);
      await mkdir(home, { recursive: true, mode: 0o700 });
      let file: FileHandle | undefined = await open(temporary, 'wx', 0o600);
      let placed: string | undefined;
      const target = file;
      const close = async (): Promise<void> => {
        await target.sync();
        await target.close();
        file = undefined;
      };
      return {
        write: (bytes) => target.writeFile(bytes),
        finish: async (blob) => {
          await close();
          const place = placeOf(organisation, blob);
          await mkdir(place.dir, { recursive: true, mode: 0o700 });
          await rename(temporary, place.file);
          await syncFolder(place.dir);
          await syncFolder(home);
        },
        finishListed: async (id, upload) => {
          await close();
          const place = placeOf(organisation, upload.blob);
          await mkdir(place.dir, { recursive: true, mode: 0o700 });
          // Under both names until it is on the list: what a crash leaves is found by the first (see removeUnfinished).
          await link(temporary, place.file);
          placed = place.file;
          await syncFolder(place.dir);
          await syncFolder(home);
          const listed = await listUpload(home, id, upload);
          if (listed.blob !== upload.blob) await rm(place.file, { force: true });
          placed = undefined;
          await rm(temporary, { force: true });
          return listed;
        },
        abandon: async () => {
          await file?.close().catch(() => undefined);
          for (const left of [placed, temporary])
            if (left !== undefined) await rm(left, { force: true }).catch(() => undefined);
        },
      };
    },

    open: async (organisation, blob) => {
      const { file: path } = placeOf(organisation, blob);
      try {
        const { size } = await stat(path);
        const file = await open(path, constants.O_RDONLY);
        return { size, read: (length, position) => readExactly(file, length, position), close: () => file.close() };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    },

    remove: async (organisation, blob) => {
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
      const found: ListedUpload[] = [];
      for (const list of lists)
        for (const id of await namesIn(join(home, list))) {
          const stored = await readUpload(join(home, list, id));
          if (stored !== undefined) found.push({ ...stored, id });
        }
      return found;
    },

    forgetUpload: async (organisation, context, id) => {
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

    close: async () => {},
  };
};
