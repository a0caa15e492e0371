import type { RestoreNote } from '@toeverlaat/postgres';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** What was set aside by hand stays, whatever history there is. */
const KEPT = new Set(['parked', 'discarded', 'replay']);

const inDatabase = (file: string, work: (db: DatabaseSync) => void): void => {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file, { timeout: 5_000 });
  try {
    work(db);
  } finally {
    db.close();
  }
};

const emptied = (db: DatabaseSync): void => {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  for (const { name } of tables)
    if (typeof name === 'string' && !KEPT.has(name)) db.exec(`DELETE FROM "${name.replaceAll('"', '""')}"`);
};

/** That an installation is being put back, beside the files in which the processes of one host keep how far messages are. */
export const fileRestoreNote = (messaging: string): RestoreNote => {
  const file = `${messaging}.restore`;
  const standing = (): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);
  return {
    standing: () => Promise.resolve(standing()),
    begin: (restore) => {
      const stands = standing();
      if (stands === undefined) writeFileSync(file, `${restore}\n`, { mode: 0o600, flush: true });
      return Promise.resolve(stands ?? restore);
    },
    forget: () => {
      for (const beside of ['', '.relays', '.deliveries']) inDatabase(`${messaging}${beside}`, emptied);
      return Promise.resolve();
    },
    end: () => {
      rmSync(file, { force: true });
      return Promise.resolve();
    },
  };
};
