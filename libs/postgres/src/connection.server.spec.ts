import { execFileSync } from 'node:child_process';
import { chownSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPool, type PostgresConnection } from './connection.js';

const has = (command: string): boolean => {
  try {
    execFileSync(command, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const missing = postgresBinaries() === undefined || !has('openssl');
const why = missing ? ' [needs postgres: its server binaries and openssl on this machine]' : '';

(missing ? describe.skip : describe)(`TLS to PostgreSQL${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-tls-'));
  let server: PostgresServer;
  let ca: string;
  let other: string;
  beforeAll(async () => {
    const certificate = (name: string): void => {
      const at = (suffix: string): string => join(folder, `${name}.${suffix}`);
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'].concat([
          '-addext',
          'subjectAltName=DNS:localhost',
          '-keyout',
          at('key'),
          '-out',
          at('crt'),
        ]),
        { stdio: 'ignore' },
      );
    };
    certificate('server');
    certificate('other');
    ca = readFileSync(join(folder, 'server.crt'), 'utf8');
    other = readFileSync(join(folder, 'other.crt'), 'utf8');
    server = await startPostgres();
    // The server reads its key as its own user, and nobody else may.
    const { uid, gid } = statSync(server.dataFolder);
    chmodSync(folder, 0o755);
    for (const name of ['server.key', 'server.crt']) {
      chownSync(join(folder, name), uid, gid);
      chmodSync(join(folder, name), 0o600);
    }
    const pool = openPool({ connectionString: server.url });
    await pool.query(`ALTER SYSTEM SET ssl_cert_file = '${join(folder, 'server.crt')}'`);
    await pool.query(`ALTER SYSTEM SET ssl_key_file = '${join(folder, 'server.key')}'`);
    await pool.query(`ALTER SYSTEM SET ssl = on`);
    await pool.query('SELECT pg_reload_conf()');
    await pool.end();
  });
  afterAll(async () => {
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const encrypted = async (connection: PostgresConnection): Promise<boolean | undefined> => {
    const pool = openPool(connection);
    try {
      const { rows } = await pool.query<{ ssl: boolean }>('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      return rows[0]?.ssl;
    } finally {
      await pool.end();
    }
  };

  it('is taken where the server proves who it is, and not where another signed or the name is another', async () => {
    const url = server.url.replace('127.0.0.1', 'localhost');
    expect(await encrypted({ connectionString: url, tls: { ca } })).toBe(true);
    const file = join(folder, 'ca.crt');
    execFileSync('cp', [join(folder, 'other.crt'), file]);
    await expect(encrypted({ connectionString: url, tls: { ca: other } })).rejects.toThrow('certificate');
    // The certificate is of localhost, not of the address.
    await expect(encrypted({ connectionString: server.url, tls: { ca } })).rejects.toThrow(/altname|certificate/iu);
    await expect(encrypted({ connectionString: `${url}?sslmode=verify-full&sslrootcert=${file}` })).rejects.toThrow(
      'certificate',
    );
  });
});
