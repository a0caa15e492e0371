import { InvariantBroken, ORGANISATION_ID } from '@toeverlaat/values';
import {
  Pool,
  type ClientConfig,
  type PoolClient,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';

/** What proves the server to us, and us to the server; all PEM text. */
export type PostgresTls = {
  /** Who signed the server's certificate; the system's authorities when left out. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
};

/** How a process reaches one database. Holds a secret: it goes into no log and no error. */
export type PostgresConnection = {
  /**
   * `postgres://role:password@host:port/database`. Beyond the loopback address it goes over TLS with the server's name
   * checked: by `tls`, by `sslmode=verify-full` (with `sslrootcert`, `sslcert`, `sslkey` as files), or, said aloud, not at
   * all: `sslmode=disable`.
   */
  readonly connectionString: string;
  readonly tls?: PostgresTls;
  /** Connections of this process. */
  readonly maxConnections?: number;
  /** Milliseconds to wait for a connection, also for a free one of the pool. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds one statement may take on the server. */
  readonly statementTimeoutMs?: number;
  /** Something went wrong in the background; it is tried again. */
  readonly onError?: (error: unknown) => void;
};

/** A connection that may not be made as it is set; `rule` says why. Never quotes the connection string. */
export class PostgresConnectionRefused extends Error {
  override readonly name = 'PostgresConnectionRefused';
  constructor(readonly rule: 'not_a_url' | 'tls_required' | 'tls_unchecked') {
    super(
      `PostgreSQL connection (${rule}): ` +
        {
          not_a_url: 'postgres://role:password@host:port/database is expected',
          tls_required: 'the server is not on this host: give tls or sslmode=verify-full, or say sslmode=disable',
          tls_unchecked: 'this sslmode does not check who the server is: only verify-full and disable are taken',
        }[rule],
    );
  }
}

/**
 * When the system asks whether the other side of a connection that is silent is still there, in milliseconds; it gives up ten
 * seconds later. Without, an idle one that was cut would be believed in for two hours.
 */
const IDLE_PROBE_MS = 5_000;

const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'ssl'] as const;

const isLocal = (host: string): boolean =>
  host === '' || host === 'localhost' || host === '[::1]' || host.startsWith('127.') || host.startsWith('%2F');

/**
 * What the driver is given.
 * @throws PostgresConnectionRefused
 */
export const clientConfigOf = (connection: PostgresConnection): ClientConfig => {
  const { tls, connectTimeoutMs = 5_000, statementTimeoutMs = 30_000 } = connection;
  let url: URL;
  try {
    url = new URL(connection.connectionString);
  } catch {
    throw new PostgresConnectionRefused('not_a_url');
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw new PostgresConnectionRefused('not_a_url');
  const mode = url.searchParams.get('sslmode');
  if (tls === undefined) {
    if (mode === null && !isLocal(url.searchParams.get('host') === null ? url.hostname : ''))
      throw new PostgresConnectionRefused('tls_required');
    if (mode !== null && mode !== 'disable' && mode !== 'verify-full')
      throw new PostgresConnectionRefused('tls_unchecked');
  } else for (const name of TLS_PARAMETERS) url.searchParams.delete(name);
  return {
    connectionString: url.href,
    ...(tls === undefined ? {} : { ssl: { ...tls, rejectUnauthorized: true } }),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // A lock that somebody keeps, and a transaction of ours that hangs, end before the statement would.
    lock_timeout: Math.ceil(statementTimeoutMs / 2),
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // A server that neither answers nor closes: the network between is gone.
    query_timeout: statementTimeoutMs + 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: IDLE_PROBE_MS,
    application_name: 'toeverlaat',
  };
};

/**
 * Connections on which a statement does not wait for the answer to the one before: what is asked together costs one round
 * trip. Each still has an answer and an error of its own.
 * @throws PostgresConnectionRefused
 */
export const openPool = (connection: PostgresConnection, extra: PoolConfig = {}): Pool => {
  const config = { ...clientConfigOf(connection), pipeline: true, max: connection.maxConnections ?? 8, ...extra };
  const pool = new Pool(config);
  // An idle connection that breaks: the pool drops it and makes another.
  pool.on('error', connection.onError ?? (() => undefined));
  // Between the pool's own listener and the borrower's there is a moment with none, and an error without a listener ends
  // the process. What happened is told by the next statement.
  pool.on('connect', (client) => {
    answeredAt.set(client, performance.now());
    client.on('error', () => undefined);
  });
  return pool;
};

/** The SQLSTATE of a server's refusal, or the code of a broken connection; '' for anything else. Never its message. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What the driver says of a statement that was not answered within `query_timeout`. */
const isUnanswered = (error: Error): boolean => error.message === 'Query read timeout';

const answered = (error: unknown): boolean => /^[0-9A-Z]{5}$/.test(codeOf(error));

/** The setting that names whose rows a transaction may see and change: organisation ids, or `*`. */
export const SCOPE = 'toeverlaat.organisations';
/** Every organisation: for what follows or cleans the whole store. Said each time, never a default. */
export const EVERY_ORGANISATION = '*';

/** @throws InvariantBroken for what is no organisation: it goes into the statement as it is */
const scopeOf = (organisations: readonly string[]): string => {
  for (const organisation of organisations)
    if (organisation !== EVERY_ORGANISATION && !ORGANISATION_ID.test(organisation))
      throw new InvariantBroken('not an organisation id');
  return organisations.join(',');
};

/**
 * Sends the commit right behind a statement, without waiting for its answer: `last(client.query(…))`. Where the statement
 * is refused, the server takes the commit for a rollback.
 */
export type Last = <T>(answer: Promise<T>) => Promise<T>;

/** The server ended a transaction by rolling it back: something in it was refused, and nothing of it stands. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/** When a connection answered last, by a monotonic clock in milliseconds. */
const answeredAt = new WeakMap<PoolClient, number>();
/** Since when nothing is known of a pool's connections: one of them was asked then and did not answer. */
const doubtedSince = new WeakMap<Pool, number>();

/** A connection that answered after the last that did not: of those from before a cut each would be waited for in turn. */
const borrow = async (pool: Pool): Promise<PoolClient> => {
  for (;;) {
    const client = await pool.connect();
    const since = doubtedSince.get(pool);
    const last = answeredAt.get(client);
    if (since === undefined || last === undefined || last >= since) return client;
    client.release(true);
  }
};

/** Its rejection is told where it is awaited; until then it is nobody's fault. */
const awaitedLater = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};

/**
 * One transaction over rows of these organisations only. Its beginning goes along with the first statement, and its end
 * with the one that `last` is told of, so that a transaction of one statement is one round trip. Statements that are sent
 * together are awaited together (`Promise.all`): after a refusal the others are refused too. A connection on which anything
 * but a refusal of the server happened is not used again.
 */
export const scoped = async <T>(
  pool: Pool,
  organisations: readonly string[],
  work: (client: PoolClient, last: Last) => Promise<T>,
): Promise<T> => {
  const scope = scopeOf(organisations);
  const client = await borrow(pool);
  const asked = performance.now();
  let broken = false;
  // While it is lent, a break of the connection reaches the statement under way; the event itself must find a listener.
  const ignore = (): void => {
    broken = true;
  };
  client.on('error', ignore);
  let ending: Promise<QueryResult> | undefined;
  const commit = (): Promise<QueryResult> => (ending ??= awaitedLater(client.query('COMMIT')));
  try {
    // In one statement, hence no parameters. Without it nothing of this connection sees or writes a row.
    const begun = awaitedLater(client.query(`BEGIN; SET LOCAL ${SCOPE} = '${scope}'`));
    const value = await work(client, (answer) => {
      void commit();
      return answer;
    });
    await begun;
    const { command } = await commit();
    if (command !== 'COMMIT') throw new RolledBack();
    return value;
  } catch (error) {
    // After a read that timed out here the answer may still come, and would be taken for that of the next statement.
    if (
      error instanceof Error &&
      !answered(error) &&
      /timeout|terminated|not queryable|ECONN|EPIPE/iu.test(`${codeOf(error)} ${error.message}`)
    )
      broken = true;
    if (error instanceof Error && isUnanswered(error)) doubtedSince.set(pool, asked);
    if (!broken)
      try {
        await (ending ?? client.query('ROLLBACK'));
      } catch {
        // The connection is gone; the server rolls back by itself, and the first error is the one to tell.
        broken = true;
      }
    throw error;
  } finally {
    client.off('error', ignore);
    if (!broken) answeredAt.set(client, performance.now());
    client.release(broken);
  }
};

/** One statement in a transaction of its own over rows of these organisations: one round trip. */
export const scopedQuery = <R extends QueryResultRow>(
  pool: Pool,
  organisations: readonly string[],
  query: QueryConfig,
): Promise<QueryResult<R>> => scoped(pool, organisations, (client, last) => last(client.query<R>(query)));

const IDENTIFIER = /^[a-z][a-z0-9_]{0,40}$/;

/** @throws TypeError for a role name that is no plain identifier: it goes into statements as it is */
export const checkedRole = (role: string): string => {
  if (!IDENTIFIER.test(role)) throw new TypeError('role: lower-case letters, digits and _');
  return role;
};

/** Whether a row is of an organisation that the transaction named. */
export const OF_NAMED_ORGANISATIONS = `(current_setting('${SCOPE}', true) = '${EVERY_ORGANISATION}'
  OR organisation = ANY (string_to_array(current_setting('${SCOPE}', true), ',')))`;
