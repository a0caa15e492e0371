import type { Position } from '@toeverlaat/event-log';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMemoryParked, createSqliteParked, inTransaction } from './parked-store.js';
import type { ReactorStore } from './reactor.js';

/** Keeps nothing beyond the process: for tests. */
export const createMemoryReactorStore = (): ReactorStore => {
  const checkpoints = new Map<string, Position>();
  const { park, ...parked } = createMemoryParked();
  return {
    ...parked,
    checkpoint: (reactor) => Promise.resolve(checkpoints.get(reactor)),
    advance: (reactor, position, more) => {
      checkpoints.set(reactor, position);
      for (const item of more) park(item);
      return Promise.resolve();
    },
  };
};

/**
 * Checkpoints and parked events in one SQLite file. A checkpoint lost in a crash only repeats reactions, which decide to
 * nothing; hence NORMAL. Checkpoint and parked event move together.
 */
export const openSqliteReactorStore = (file: string): ReactorStore & { readonly close: () => void } => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS checkpoint (reactor TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT;
  `);
  const { park, ...parked } = createSqliteParked(db);
  const getCheckpoint = db.prepare('SELECT position FROM checkpoint WHERE reactor = ?');
  const setCheckpoint = db.prepare(
    'INSERT INTO checkpoint (reactor, position) VALUES (?, ?) ON CONFLICT (reactor) DO UPDATE SET position = excluded.position',
  );
  return {
    ...parked,
    checkpoint: (reactor) => {
      const row = getCheckpoint.get(reactor);
      return Promise.resolve(row === undefined ? undefined : (String(row['position']) as Position));
    },
    advance: (reactor, position, more) => {
      inTransaction(db, () => {
        for (const item of more) park(item);
        setCheckpoint.run(reactor, position);
      });
      return Promise.resolve();
    },
    close: () => {
      db.close();
    },
  };
};
