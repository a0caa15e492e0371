import { Client } from 'pg';
import { clientConfigOf, type PostgresConnection } from './connection.js';

/**
 * Runs the work in one process at a time of all that name the same work in one database: the lock is the session's, so it ends
 * with a process however that ends. Where another works already it is not waited for.
 * @returns whether the work was done here
 * @throws what the server answers instead of a lock; what the work throws
 */
export const aloneOnPostgres = async (
  connection: PostgresConnection,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> => {
  const client = new Client(clientConfigOf(connection));
  // A session that ends while the work runs: what the work does is safe to be done twice, that is the caller's promise.
  client.on('error', (error) => connection.onError?.(error));
  await client.connect();
  try {
    const { rows } = await client.query<{ readonly mine: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 2)) AS mine',
      [name],
    );
    if (rows[0]?.mine !== true) return false;
    await work();
    return true;
  } finally {
    await client.end();
  }
};
