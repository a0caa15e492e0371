import { randomId } from '@toeverlaat/values';
import { Client } from 'pg';
import { installPostgresLog } from './schema.js';

export type TestDatabase = {
  /** As the owner, who made the tables. */
  readonly owner: string;
  /** As the application's role. */
  readonly application: string;
};

/** A database of its own on the test server, with the log installed and an application role that owns nothing. */
export const createTestDatabase = async (address: string): Promise<TestDatabase> => {
  const name = `t${randomId().replaceAll('-', '')}`;
  const role = `${name}_app`.slice(0, 40);
  const admin = new Client({ connectionString: address });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`CREATE ROLE ${role} LOGIN`);
  await admin.end();
  const owner = new URL(address);
  owner.pathname = `/${name}`;
  const client = new Client({ connectionString: owner.href });
  await client.connect();
  await installPostgresLog(client, role);
  // A second time changes nothing.
  await installPostgresLog(client, role);
  await client.end();
  const application = new URL(owner.href);
  application.username = role;
  return { owner: owner.href, application: application.href };
};
