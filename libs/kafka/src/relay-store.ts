import type { Position } from '@toeverlaat/event-log';
import { inTransaction } from '@toeverlaat/messaging';
import type { Clock } from '@toeverlaat/values';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The last event that the broker acknowledged: enough to see that a log is no longer the one it was. */
export type Published = { readonly stream: string; readonly revision: number; readonly eventId: string };

export type RelayCheckpoint = {
  /** Everything up to here is with the broker. */
  readonly position: Position;
  /** Undefined where nothing was published yet. */
  readonly last: Published | undefined;
};

/** Where a relay keeps how far it is, and the lease by which one instance works while the others wait. */
export type RelayStore = {
  readonly checkpoint: (relay: string) => Promise<RelayCheckpoint | undefined>;
  /** Moves on; never back, whichever of two relays asks (design §6: the checkpoint says what the broker has). */
  readonly advance: (relay: string, checkpoint: RelayCheckpoint) => Promise<void>;
  /** Sets it whatever it was: an operator's word after a restore. */
  readonly reset: (relay: string, checkpoint: RelayCheckpoint | undefined) => Promise<void>;
  /** Takes or keeps the lease for so many milliseconds. @returns false while another holder has it */
  readonly lease: (relay: string, holder: string, forMs: number) => Promise<boolean>;
  /** Gives it up, so that another need not wait. */
  readonly release: (relay: string, holder: string) => Promise<void>;
};

/** Keeps nothing beyond the process: for tests. */
export const createMemoryRelayStore = (clock: Clock): RelayStore => {
  const checkpoints = new Map<string, RelayCheckpoint>();
  const leases = new Map<string, { readonly holder: string; readonly until: number }>();
  const now = (): number => Date.parse(clock.now());
  return {
    checkpoint: (relay) => Promise.resolve(checkpoints.get(relay)),
    advance: (relay, next) => {
      const current = checkpoints.get(relay);
      if (current === undefined || current.position < next.position)
        checkpoints.set(relay, { position: next.position, last: next.last ?? current?.last });
      return Promise.resolve();
    },
    reset: (relay, checkpoint) => {
      if (checkpoint === undefined) checkpoints.delete(relay);
      else checkpoints.set(relay, checkpoint);
      return Promise.resolve();
    },
    lease: (relay, holder, forMs) => {
      const held = leases.get(relay);
      if (held !== undefined && held.holder !== holder && held.until > now()) return Promise.resolve(false);
      leases.set(relay, { holder, until: now() + forMs });
      return Promise.resolve(true);
    },
    release: (relay, holder) => {
      if (leases.get(relay)?.holder === holder) leases.delete(relay);
      return Promise.resolve();
    },
  };
};

/** In one SQLite file, which several processes of a host may share. A lost checkpoint only repeats; hence NORMAL. */
export const openSqliteRelayStore = (file: string, clock: Clock): RelayStore & { readonly close: () => void } => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS relay (
      relay TEXT PRIMARY KEY, position TEXT NOT NULL, stream TEXT, revision INTEGER, event_id TEXT) STRICT;
    CREATE TABLE IF NOT EXISTS relay_lease (relay TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
  `);
  const find = db.prepare('SELECT position, stream, revision, event_id FROM relay WHERE relay = ?');
  const insert = 'INSERT INTO relay (relay, position, stream, revision, event_id) VALUES (?, ?, ?, ?, ?)';
  const move = db.prepare(`${insert} ON CONFLICT (relay) DO UPDATE SET position = excluded.position,
    stream = coalesce(excluded.stream, stream), revision = coalesce(excluded.revision, revision),
    event_id = coalesce(excluded.event_id, event_id) WHERE excluded.position > relay.position`);
  const replace = db.prepare(insert);
  const forget = db.prepare('DELETE FROM relay WHERE relay = ?');
  const take = db.prepare(`INSERT INTO relay_lease (relay, holder, until) VALUES (?, ?, ?)
    ON CONFLICT (relay) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE relay_lease.holder = excluded.holder OR relay_lease.until <= ?`);
  const give = db.prepare('DELETE FROM relay_lease WHERE relay = ? AND holder = ?');
  const columns = (relay: string, { position, last }: RelayCheckpoint) =>
    [relay, position, last?.stream ?? null, last?.revision ?? null, last?.eventId ?? null] as const;
  return {
    checkpoint: (relay) => {
      const row = find.get(relay);
      if (row === undefined) return Promise.resolve(undefined);
      const { position, stream, revision, event_id: eventId } = row;
      return Promise.resolve({
        position: String(position) as Position,
        last:
          stream === null
            ? undefined
            : { stream: String(stream), revision: Number(revision), eventId: String(eventId) },
      });
    },
    advance: (relay, checkpoint) => {
      move.run(...columns(relay, checkpoint));
      return Promise.resolve();
    },
    reset: (relay, checkpoint) => {
      // Together: a relay that looked between the two would begin at the beginning.
      inTransaction(db, () => {
        forget.run(relay);
        if (checkpoint !== undefined) replace.run(...columns(relay, checkpoint));
      });
      return Promise.resolve();
    },
    lease: (relay, holder, forMs) => {
      const now = Date.parse(clock.now());
      return Promise.resolve(Number(take.run(relay, holder, now + forMs, now).changes) > 0);
    },
    release: (relay, holder) => {
      give.run(relay, holder);
      return Promise.resolve();
    },
    close: () => {
      db.close();
    },
  };
};
