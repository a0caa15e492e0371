import type { Position } from '@toeverlaat/event-log';
import { publicEventSchema } from './public-event-schema.js';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ParkedEvent, ReactorStore } from './reactor.js';

/** Keeps nothing beyond the process: for tests. */
export const createMemoryReactorStore = (): ReactorStore => {
  const checkpoints = new Map<string, Position>();
  let parked: ParkedEvent[] = [];
  return {
    checkpoint: (reactor) => Promise.resolve(checkpoints.get(reactor)),
    advance: (reactor, position, more) => {
      checkpoints.set(reactor, position);
      parked.push(...more);
      return Promise.resolve();
    },
    parked: (reactor) => Promise.resolve(parked.filter((item) => item.reactor === reactor)),
    unpark: (reactor, position) => {
      parked = parked.filter((item) => item.reactor !== reactor || item.position !== position);
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
    CREATE TABLE IF NOT EXISTS parked (
      reactor TEXT NOT NULL, position TEXT NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
      PRIMARY KEY (reactor, position)) STRICT;
  `);
  const getCheckpoint = db.prepare('SELECT position FROM checkpoint WHERE reactor = ?');
  const setCheckpoint = db.prepare(
    'INSERT INTO checkpoint (reactor, position) VALUES (?, ?) ON CONFLICT (reactor) DO UPDATE SET position = excluded.position',
  );
  // Parking the same event again (a crash after parking, before the next checkpoint) keeps the first reason.
  const park = db.prepare(
    'INSERT INTO parked (reactor, position, event, reason, attempts) VALUES (?, ?, ?, ?, ?) ON CONFLICT (reactor, position) DO NOTHING',
  );
  const listParked = db.prepare(
    'SELECT position, event, reason, attempts FROM parked WHERE reactor = ? ORDER BY position',
  );
  const removeParked = db.prepare('DELETE FROM parked WHERE reactor = ? AND position = ?');
  return {
    checkpoint: (reactor) => {
      const row = getCheckpoint.get(reactor);
      return Promise.resolve(row === undefined ? undefined : (String(row['position']) as Position));
    },
    advance: (reactor, position, more) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (const item of more)
          park.run(reactor, item.position, JSON.stringify(item.event), item.reason, item.attempts);
        setCheckpoint.run(reactor, position);
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
      return Promise.resolve();
    },
    parked: (reactor) =>
      Promise.resolve(
        listParked.all(reactor).map((row) => ({
          reactor,
          position: String(row['position']) as Position,
          event: publicEventSchema.parse(JSON.parse(String(row['event']))),
          reason: String(row['reason']),
          attempts: Number(row['attempts']),
        })),
      ),
    unpark: (reactor, position) => {
      removeParked.run(reactor, position);
      return Promise.resolve();
    },
    close: () => {
      db.close();
    },
  };
};
