import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process works on the data folder: two would follow the same views and count the same access streams. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(
    readonly folder: string,
    readonly holder: string | undefined,
  ) {
    super(
      `${folder} is in use by another process${holder === undefined ? '' : ` (${holder})`}: stop it first, or choose another folder with --data`,
    );
  }
}

export type FolderLock = { readonly release: () => void };

/**
 * Takes the data folder for this process. The lock is the operating system's (an exclusive transaction on a SQLite file
 * that is never written): it ends with the process however that ends, so no start after a crash meets a stale one, and
 * no process id that was given to somebody else is mistaken for its holder. The id beside it is for people.
 * @throws DataFolderInUse
 */
export const lockFolder = (folder: string, lockFile: string): FolderLock => {
  mkdirSync(dirname(lockFile), { recursive: true });
  const note = `${lockFile}.holder`;
  const db = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    db.close();
    throw new DataFolderInUse(folder, holderOf(note));
  }
  writeFileSync(note, `process ${process.pid}\n`);
  return {
    release: () => {
      if (!db.isOpen) return;
      rmSync(note, { force: true });
      db.close();
    },
  };
};

const holderOf = (note: string): string | undefined => {
  try {
    return readFileSync(note, 'utf8').trim();
  } catch {
    return undefined;
  }
};
