import { randomId } from '@toeverlaat/values';
import { Client } from 'pg';
import { installPostgresBlobs } from './blob-schema.js';
import { EVERY_CLASS, installPostgresKeyring, installPostgresVault } from './key-schema.js';
import { EVERY_OWNER, installPostgresMessaging } from './messaging-schema.js';
import { EVERY_SERVICE, installPostgresLog } from './schema.js';

export type TestDatabase = {
  /** As the owner, who made the tables. */
  readonly owner: string;
  /** As the application's role. */
  readonly application: string;
};

/** Connects, works, disconnects. */
export const withClient = async <T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const as = (address: string, role: string): string => {
  const url = new URL(address);
  url.username = role;
  return url.href;
};

/** A database of its own on the test server with roles of its own, owned by the first of them. */
const createDatabase = async (
  address: string,
  roles: readonly string[],
): Promise<{ readonly owner: string; readonly roles: readonly string[] }> => {
  const name = `t${randomId().replaceAll('-', '').slice(0, 24)}`;
  const made = roles.map((role) => `${name}_${role}`);
  await withClient(address, async (admin) => {
    for (const role of [...made, `${name}_owner`]) await admin.query(`CREATE ROLE ${role} LOGIN`);
    await admin.query(`CREATE DATABASE ${name} OWNER ${name}_owner`);
    // What the owner of keys needs, and no superuser: a checkpoint, the end of a log segment, a look at who runs.
    await admin.query(`GRANT pg_checkpoint, pg_monitor TO ${name}_owner`);
  });
  const owner = new URL(address);
  owner.pathname = `/${name}`;
  await withClient(owner.href, (admin) =>
    admin.query(`GRANT EXECUTE ON FUNCTION pg_catalog.pg_switch_wal() TO ${name}_owner`),
  );
  return { owner: as(owner.href, `${name}_owner`), roles: made };
};

/** A database with the log installed and an application role that owns nothing. */
export const createTestDatabase = async (address: string): Promise<TestDatabase> => {
  const { owner, roles } = await createDatabase(address, ['app']);
  const [application = ''] = roles;
  await withClient(owner, async (client) => {
    await installPostgresLog(client, { [application]: [EVERY_SERVICE] });
    // A second time changes nothing.
    await installPostgresLog(client, { [application]: [EVERY_SERVICE] });
  });
  return { owner, application: as(owner, application) };
};

/** A database for blobs and an application role that owns nothing. */
export const createTestBlobs = async (address: string): Promise<TestDatabase> => {
  const { owner, roles } = await createDatabase(address, ['app']);
  const [application = ''] = roles;
  await withClient(owner, async (client) => {
    await installPostgresBlobs(client, [application]);
    await installPostgresBlobs(client, [application]);
  });
  return { owner, application: as(owner, application) };
};

/** A database for what relays and reactors keep, and an application role that owns nothing. */
export const createTestMessaging = async (address: string): Promise<TestDatabase> => {
  const { owner, roles } = await createDatabase(address, ['app']);
  const [application = ''] = roles;
  await withClient(owner, async (client) => {
    await installPostgresMessaging(client, { [application]: EVERY_OWNER });
    await installPostgresMessaging(client, { [application]: EVERY_OWNER });
  });
  return { owner, application: as(owner, application) };
};

export type TestKeys = {
  readonly owner: string;
  /** A role for every record class, which rotates and drops. */
  readonly keeper: string;
  /** Of the classes `case` and `actors`. */
  readonly cases: string;
  /** Of `actors` alone. */
  readonly figures: string;
  /** Known to the server and to nobody here. */
  readonly stranger: string;
};

/** A database of its own with a vault or a keyring, and roles with different credentials. */
export const createTestKeys = async (address: string, store: 'vault' | 'keyring'): Promise<TestKeys> => {
  const { owner, roles } = await createDatabase(address, ['keeper', 'cases', 'figures', 'stranger']);
  const [keeper = '', cases = '', figures = '', stranger = ''] = roles;
  const install = { vault: installPostgresVault, keyring: installPostgresKeyring }[store];
  const credentials = { [keeper]: [EVERY_CLASS], [cases]: ['case', 'actors'], [figures]: ['actors'] };
  await withClient(owner, async (client) => {
    // Whoever is not named any more loses everything; a second time changes nothing.
    await install(client, { ...credentials, [stranger]: ['case'] });
    await install(client, credentials);
  });
  return {
    owner,
    keeper: as(owner, keeper),
    cases: as(owner, cases),
    figures: as(owner, figures),
    stranger: as(owner, stranger),
  };
};
