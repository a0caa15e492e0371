import type { Position } from '@toeverlaat/event-log';
import type { Instant } from '@toeverlaat/values';
import type { DatabaseSync } from 'node:sqlite';
import { publicEventSchema } from './public-event-schema.js';
import type { PublicEvent } from './public-events.js';
import type { DiscardedEvent, ParkedEvent, ParkedStore } from './reactor.js';

/** A parked event as text, in every durable store. */
export const parkedEventText = (event: PublicEvent | undefined): string => JSON.stringify(event ?? null);
/** @throws ZodError when the store holds something else than a public event */
export const parkedEventOf = (text: string): PublicEvent | undefined =>
  publicEventSchema.nullable().parse(JSON.parse(text)) ?? undefined;

/** The store's way to park, for whoever writes more in the same transaction. */
type Parking = { readonly park: (item: ParkedEvent) => void };

const isAt =
  (reactor: string, position: Position) =>
  (item: Pick<ParkedEvent, 'reactor' | 'position'>): boolean =>
    item.reactor === reactor && item.position === position;

/** Keeps nothing beyond the process: for tests. */
export const createMemoryParked = (): ParkedStore & Parking => {
  let parked: ParkedEvent[] = [];
  const discarded: DiscardedEvent[] = [];
  let wanted: Pick<ParkedEvent, 'reactor' | 'position'>[] = [];
  return {
    park: (item) => {
      if (!parked.some(isAt(item.reactor, item.position))) parked.push(item);
    },
    parked: (reactor) => Promise.resolve(parked.filter((item) => item.reactor === reactor)),
    allParked: () => Promise.resolve([...parked]),
    unpark: (reactor, position) => {
      parked = parked.filter((item) => !isAt(reactor, position)(item));
      return Promise.resolve();
    },
    discard: (reactor, position, motive, discardedAt) => {
      const item = parked.find(isAt(reactor, position));
      if (item === undefined) return Promise.resolve(false);
      const { event, reason } = item;
      discarded.push({ reactor, position, event, reason, motive, discardedAt });
      parked = parked.filter((one) => one !== item);
      return Promise.resolve(true);
    },
    discarded: () => Promise.resolve([...discarded]),
    requestReplay: (reactor, position) => {
      if (!parked.some(isAt(reactor, position))) return Promise.resolve(false);
      if (!wanted.some(isAt(reactor, position))) wanted.push({ reactor, position });
      return Promise.resolve(true);
    },
    takeReplayRequests: (reactor) => {
      const taken = wanted.filter((one) => one.reactor === reactor).map(({ position }) => position);
      wanted = wanted.filter((one) => one.reactor !== reactor);
      return Promise.resolve(taken);
    },
  };
};

/** Runs in one write transaction. */
export const inTransaction = <T>(db: DatabaseSync, work: () => T): T => {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
};

/** Parked events in a SQLite file that its owner opened. */
export const createSqliteParked = (db: DatabaseSync): ParkedStore & Parking => {
  db.exec(`
    CREATE TABLE IF NOT EXISTS parked (
      reactor TEXT NOT NULL, position TEXT NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
      PRIMARY KEY (reactor, position)) STRICT;
    CREATE TABLE IF NOT EXISTS discarded (
      reactor TEXT NOT NULL, position TEXT NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL, motive TEXT NOT NULL,
      discarded_at TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS replay (reactor TEXT NOT NULL, position TEXT NOT NULL, PRIMARY KEY (reactor, position)) STRICT;
  `);
  // Parking the same event again (a crash after parking, before the next checkpoint) keeps the first reason.
  const park = db.prepare(
    'INSERT INTO parked (reactor, position, event, reason, attempts) VALUES (?, ?, ?, ?, ?) ON CONFLICT (reactor, position) DO NOTHING',
  );
  const COLUMNS = 'reactor, position, event, reason';
  const list = db.prepare(`SELECT ${COLUMNS}, attempts FROM parked WHERE reactor = ? ORDER BY position`);
  const listAll = db.prepare(`SELECT ${COLUMNS}, attempts FROM parked ORDER BY reactor, position`);
  const remove = db.prepare('DELETE FROM parked WHERE reactor = ? AND position = ?');
  const bury = db.prepare(
    `INSERT INTO discarded SELECT ${COLUMNS}, ?, ? FROM parked WHERE reactor = ? AND position = ?`,
  );
  const buried = db.prepare(`SELECT ${COLUMNS}, motive, discarded_at FROM discarded ORDER BY discarded_at, position`);
  const ask = db.prepare(
    'INSERT OR IGNORE INTO replay SELECT reactor, position FROM parked WHERE reactor = ? AND position = ?',
  );
  const asked = db.prepare('SELECT 1 FROM replay WHERE reactor = ? AND position = ?');
  const take = db.prepare('DELETE FROM replay WHERE reactor = ? RETURNING position');
  type Row = Readonly<Record<string, unknown>>;
  const itemOf = (row: Row) => ({
    reactor: String(row['reactor']),
    position: String(row['position']) as Position,
    event: parkedEventOf(String(row['event'])),
    reason: String(row['reason']),
  });
  const parkedOf = (row: Row): ParkedEvent => ({ ...itemOf(row), attempts: Number(row['attempts']) });
  return {
    park: ({ reactor, position, event, reason, attempts }) => {
      park.run(reactor, position, parkedEventText(event), reason, attempts);
    },
    parked: (reactor) => Promise.resolve(list.all(reactor).map(parkedOf)),
    allParked: () => Promise.resolve(listAll.all().map(parkedOf)),
    unpark: (reactor, position) => {
      remove.run(reactor, position);
      return Promise.resolve();
    },
    discard: (reactor, position, motive, at) =>
      Promise.resolve(
        inTransaction(db, () => {
          const kept = bury.run(motive, at, reactor, position);
          remove.run(reactor, position);
          return Number(kept.changes) > 0;
        }),
      ),
    discarded: () =>
      Promise.resolve(
        buried.all().map((row) => ({
          ...itemOf(row),
          motive: String(row['motive']),
          discardedAt: String(row['discarded_at']) as Instant,
        })),
      ),
    // Together: the product may take the request at once, and it was asked for all the same.
    requestReplay: (reactor, position) =>
      Promise.resolve(
        inTransaction(db, () => {
          ask.run(reactor, position);
          return asked.get(reactor, position) !== undefined;
        }),
      ),
    takeReplayRequests: (reactor) =>
      Promise.resolve(take.all(reactor).map((row) => String(row['position']) as Position)),
  };
};
