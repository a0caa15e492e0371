import type { Bell, Position } from '@toeverlaat/event-log';
import { randomBytes } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { clientConfigOf, type PostgresConnection } from './connection.js';
import { partsOf } from './log-rows.js';

const CHANNEL = 'toeverlaat_log';
/** PostgreSQL takes less than 8,000 bytes with a notification. */
const MOST_PAYLOAD = 7_000;
const EVERYTHING = '*';
/** Milliseconds until those look for whom nothing was appended: only so that their position keeps up with the log. */
const UNCONCERNED_MS = 25;
const FIRST_LOOK_AGAIN_MS = 2;
const LAST_LOOK_AGAIN_MS = 50;

/** What a reader saw of the server's transactions. */
export type Seen = {
  /** `pg_current_snapshot()`: as long as it is the same, nothing anywhere was committed. */
  readonly snapshot: string;
  /** The oldest transaction that ran: what it and later ones append is not given out yet (ADR 13). */
  readonly horizon: bigint;
};

export type WakeUpOptions = {
  readonly connection: PostgresConnection;
  readonly pool: Pool;
  readonly bell: Bell;
  /** Whether a reader of this process wants what is in a category. */
  readonly wants: (category: string) => boolean;
  readonly pollMs: number;
  /** Milliseconds for which an append is looked for that other running transactions still hide. */
  readonly settleMs: number;
  /** Milliseconds in which the server's snapshot is wanted. */
  readonly followMs: number;
  readonly report: (error: unknown) => void;
};

export type WakeUps = {
  /** @throws never: a connection that fails is made again */
  readonly start: () => Promise<void>;
  /** After a commit of this process: rings here and notifies the others. */
  readonly appended: (position: Position, categories: Iterable<string>) => void;
  /** After each look at the log. */
  readonly looked: (seen: Seen) => void;
  readonly close: () => Promise<void>;
};

/**
 * When to look at the log. A notification says that something was appended, in which transaction and in which categories;
 * it saves looks, and nothing depends on its coming: every `pollMs` the server's snapshot is asked for, one short statement,
 * and a look follows where it has changed.
 */
export const createWakeUps = (options: WakeUpOptions): WakeUps => {
  const { connection, pool, bell, wants, pollMs, settleMs, followMs, report } = options;
  const self = randomBytes(6).toString('hex');
  let closed = false;
  let listener: Client | undefined;
  let listening: NodeJS.Timeout | undefined;
  let lazy: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  /** The newest transaction known to have appended, until when it is looked for, and how long to the next look. */
  let expected: { readonly txid: bigint; readonly until: number; pauseMs: number } | undefined;
  let last: Seen | undefined;

  const expect = (txid: bigint): void => {
    if (expected === undefined || expected.txid < txid)
      expected = { txid, until: performance.now() + settleMs, pauseMs: FIRST_LOOK_AGAIN_MS };
  };
  const ring = (concerned: boolean): void => {
    if (concerned) {
      bell.ring();
      return;
    }
    lazy ??= setTimeout(() => {
      lazy = undefined;
      bell.ring();
    }, UNCONCERNED_MS).unref();
  };

  const notified = (payload: string | undefined): void => {
    const [writer = '', txid = '', categories = EVERYTHING] = (payload ?? '').split(' ');
    // This process rang at its commit.
    if (writer === self) return;
    if (/^\d{1,20}$/u.test(txid)) expect(BigInt(txid));
    ring(categories === EVERYTHING || categories.split(',').some(wants));
  };

  const listen = async (): Promise<void> => {
    const client = new Client(clientConfigOf(connection));
    const broken = (error?: unknown): void => {
      if (listener !== client) return;
      listener = undefined;
      if (closed) return;
      if (error !== undefined) report(error);
      listening = setTimeout(() => {
        void listen();
      }, pollMs);
    };
    listener = client;
    client.on('error', broken);
    client.on('end', () => {
      broken();
    });
    client.on('notification', ({ payload }) => {
      notified(payload);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      // What was appended while nobody listened.
      bell.ring();
    } catch (error) {
      broken(error);
    }
  };

  const SNAPSHOT = { text: 'SELECT pg_current_snapshot()::text AS snapshot', query_timeout: followMs };
  let polling = false;
  const look = async (): Promise<void> => {
    if (polling) return;
    polling = true;
    try {
      const { rows } = await pool.query<{ snapshot: string }>(SNAPSHOT);
      if (rows[0]?.snapshot !== last?.snapshot) bell.ring();
    } catch {
      // Whoever follows finds out for itself, and says so.
      if (!closed) bell.ring();
    } finally {
      polling = false;
    }
  };
  const poll = setInterval(() => void look(), pollMs);
  poll.unref();

  return {
    start: listen,
    appended: (position, categories) => {
      const [txid] = partsOf(position);
      expect(BigInt(txid));
      const named = [...new Set(categories)];
      ring(named.some(wants));
      const list = named.join(',');
      const payload = `${self} ${txid} ${list.length > MOST_PAYLOAD ? EVERYTHING : list}`;
      pool.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]).catch(report);
    },
    looked: (seen) => {
      last = seen;
      if (expected === undefined) return;
      if (expected.txid < seen.horizon || performance.now() > expected.until) {
        expected = undefined;
        return;
      }
      // Nobody rings when the transaction ends that still hides it.
      again ??= setTimeout(() => {
        again = undefined;
        bell.ring();
      }, expected.pauseMs).unref();
      expected.pauseMs = Math.min(LAST_LOOK_AGAIN_MS, expected.pauseMs * 2);
    },
    close: async () => {
      closed = true;
      clearInterval(poll);
      for (const timer of [listening, lazy, again]) clearTimeout(timer);
      const client = listener;
      listener = undefined;
      await client?.end();
    },
  };
};
