import { describe, expect, it } from 'vitest';
import { clientConfigOf, PostgresConnectionRefused } from './connection.js';

const ruleOf = (connectionString: string): string => {
  try {
    clientConfigOf({ connectionString });
    return 'taken';
  } catch (error) {
    expect(String(error)).not.toContain('geheim');
    return error instanceof PostgresConnectionRefused ? error.rule : String(error);
  }
};

describe('a connection', () => {
  it.each([
    ['postgres://app:geheim@127.0.0.1:5432/log', 'taken'],
    ['postgres://app:geheim@localhost/log', 'taken'],
    ['postgres://app:geheim@[::1]/log', 'taken'],
    ['postgres://app:geheim@db.example/log', 'tls_required'],
    ['postgres://app:geheim@db.example/log?sslmode=verify-full', 'taken'],
    ['postgres://app:geheim@db.example/log?sslmode=disable', 'taken'],
    ['postgres://app:geheim@db.example/log?sslmode=require', 'tls_unchecked'],
    ['postgres://app:geheim@127.0.0.1/log?sslmode=no-verify', 'tls_unchecked'],
    ['mysql://app:geheim@127.0.0.1/log', 'not_a_url'],
    ['app:geheim', 'not_a_url'],
  ])('%s: %s', (connectionString, rule) => {
    expect(ruleOf(connectionString)).toBe(rule);
  });

  it('with certificates given checks who the server is, whatever the address says', () => {
    const { connectionString, ssl } = clientConfigOf({
      connectionString: 'postgres://app@db.example/log?sslmode=no-verify&sslrootcert=/tmp/other',
      tls: { ca: 'PEM' },
    });
    expect(connectionString).toBe('postgres://app@db.example/log');
    expect(ssl).toEqual({ ca: 'PEM', rejectUnauthorized: true });
  });

  it('never waits without end: connecting, statements, locks, transactions, silence', () => {
    const config = clientConfigOf({ connectionString: 'postgres://127.0.0.1/x', statementTimeoutMs: 8_000 });
    expect(config).toMatchObject({
      connectionTimeoutMillis: 5_000,
      statement_timeout: 8_000,
      lock_timeout: 4_000,
      idle_in_transaction_session_timeout: 8_000,
      query_timeout: 13_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
  });
});
