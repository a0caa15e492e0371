import { isFull } from '@toeverlaat/records';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BackupFile } from './manifest.js';
import { BackupRefused } from './refusal.js';

export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Runs a step that writes; a full disk is said to be one. @throws BackupRefused `disk_full`; whatever else the step throws */
export const writing = async <T>(where: string, step: () => Promise<T> | T): Promise<T> => {
  try {
    return await step();
  } catch (error) {
    if (isFull(error)) throw new BackupRefused('disk_full', where, { cause: error });
    throw error;
  }
};

/** Names and folders are durable only with the folder that holds them. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export const syncFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** A durable file with this text and nothing else. */
export const writeWhole = async (file: string, text: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Size and hash of a file as it stands. @throws what the file system throws */
export const measured = async (file: string): Promise<Pick<BackupFile, 'bytes' | 'sha256'>> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** Copies a file and makes the copy durable; what was copied is what is measured. */
export const copyMeasured = async (from: string, to: string): Promise<Pick<BackupFile, 'bytes' | 'sha256'>> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let bytes = 0;
  const target = await open(to, 'w', 0o600);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 })) {
      const part = chunk as Buffer;
      hash.update(part);
      bytes += part.length;
      await target.writeFile(part);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return { bytes, sha256: hash.digest('hex') };
};

/**
 * A SQLite file as it stood at one moment, beside whoever writes to it: one read transaction, and only pages that hold
 * something, so that nothing which was deleted comes along.
 */
export const snapshot = async (from: string, to: string): Promise<Pick<BackupFile, 'bytes' | 'sha256'>> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
  await syncFile(to);
  return measured(to);
};

/** Every file under a folder, with forward slashes, in order; none when there is no such folder. */
export const filesUnder = async (folder: string, inside = ''): Promise<readonly string[]> => {
  const found: string[] = [];
  let entries;
  try {
    entries = await readdir(join(folder, inside), { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesUnder(folder, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
};

/** True for a folder that is not there or holds nothing but what is named. */
export const isEmptyFolder = async (folder: string, except: readonly string[] = []): Promise<boolean> => {
  try {
    return (await readdir(folder)).every((name) => except.includes(name));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return !(await stat(folder).catch(() => undefined));
  }
};
