import { gatewayCaller, identityQuery, registerOrganisation, renameOrganisation } from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import { LogFormatTooNew, LogIntegrityError } from '@toeverlaat/event-log';
import { KeyFileUnusable, RootKeyMissing } from '@toeverlaat/sealing';
import { organisationId, randomId, uuidV5, type PersonId } from '@toeverlaat/values';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differs, rebuildViews } from './commands/views.js';
import { compose, type Overrides, type Product } from './compose.js';
import { layoutOf } from './layout.js';
import { DataFolderInUse } from './lock.js';
import { CannotListen, GatewayKeyUnusable, KeyringMissing, refusalOf } from './refusals.js';
import { readSettings } from './settings.js';

let folder: string;
const running: Product[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'standalone-'));
});
afterEach(async () => {
  for (const product of running.splice(0)) await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

const settingsOf = (...argv: readonly string[]) => {
  const read = readSettings(['--data', folder, '--port', '0', '--log-level', 'silent', ...argv], {});
  if (!read.ok) throw new Error(read.error.help);
  return read.value;
};
const start = async (overrides: Overrides = { withoutDoor: true }): Promise<Product> => {
  const product = await compose(settingsOf(), { timersEveryMs: 0, ...overrides });
  running.push(product);
  return product;
};

const ISSUER = 'https://id.example.org';
const contextOf = (caller: typeof bootstrapCaller) => {
  const id = randomId();
  return { requestId: id, correlationId: id, caller, purpose: 'administer', language: 'nl' } as const;
};

/** Two organisations that use the same ids. */
const register = async (product: Product): Promise<void> => {
  for (const organisation of ['gentia', 'zorgnet']) {
    const reply = await product.rpc.command(registerOrganisation, contextOf(bootstrapCaller), {
      commandId: uuidV5('test', organisation),
      data: {
        organisation,
        kind: 'employer',
        legalName: organisation,
        regime: 'dutch',
        site: { siteId: 'gent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] },
        issuer: ISSUER,
        administrator: { personId: 'p-ann', name: 'Ann', languages: ['nl'], subject: `ann@${organisation}` },
      },
    });
    expect(reply).toMatchObject({ ok: true, id: 'p-ann' });
  }
};

const administrator = async (product: Product, organisation: string) => {
  const identity = await product.rpc.query(identityQuery, contextOf(gatewayCaller), {
    issuer: ISSUER,
    subject: `ann@${organisation}`,
  });
  const capacity = identity.ok
    ? identity.value.persons.flatMap(({ capacities }) => capacities).find(({ role }) => role === 'administrator')
    : undefined;
  if (capacity === undefined) throw new Error('no administrator');
  const { id, role, sites, pseudonym } = capacity;
  return {
    role,
    organisation: organisationId(organisation),
    person: 'p-ann' as PersonId,
    pseudonym,
    capacityId: id,
    sites,
  };
};

const rename = async (product: Product, organisation: string) =>
  product.rpc.command(renameOrganisation, contextOf(await administrator(product, organisation)), {
    commandId: randomId(),
    data: { legalName: 'Another name' },
  });

/** Changes the log behind the product's back, as a disk or a hand would. */
const tamper = (...statements: readonly string[]): void => {
  const db = new DatabaseSync(layoutOf(folder).log);
  try {
    db.exec('DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_deleted');
    for (const statement of statements) db.exec(statement);
  } finally {
    db.close();
  }
};

const stopped = async (): Promise<void> => {
  const product = await start();
  await register(product);
  expect(await product.whenSettled()).toBe(true);
  await product.stop();
};

const refusal = async (): Promise<unknown> => {
  try {
    await (await compose(settingsOf(), { withoutDoor: true, timersEveryMs: 0 })).stop();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the product in one process', () => {
  it('starts on an empty folder, answers over HTTP, stops, and goes on where it was', async () => {
    const product = await start({});
    expect(product.fresh).toBe(true);
    const { url } = await product.listen();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = (await (await fetch(`${url}/health/ready`)).json()) as { services: Record<string, string> };
    for (const service of Object.keys(product.services)) expect(ready.services).toHaveProperty(service, 'ok');
    expect(await (await fetch(url)).text()).toContain('demo-script');
    await register(product);
    expect(await rename(product, 'gentia')).toMatchObject({ ok: true });
    expect(await product.whenSettled()).toBe(true);
    const keysOf = (organisation: string) => fetch(`${url}/.well-known/toeverlaat-keys/${organisation}`);
    expect((await keysOf('gentia')).status).toBe(404);
    await product.runTimers();
    expect(await product.whenSettled()).toBe(true);
    for (const organisation of ['gentia', 'zorgnet']) {
      const { keys } = (await (await keysOf(organisation)).json()) as { keys: readonly { use: string; key: string }[] };
      expect(keys.map(({ use }) => use)).toEqual(['checkpoint', 'installation', 'certificate', 'promise']);
      expect(keys[0]?.key).toContain(`/${organisation}+`);
    }
    const head = await product.log.head();
    const hashes = await product.viewHashes();
    await product.stop();
    await product.stop();
    await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');

    const again = await start();
    expect(again.fresh).toBe(false);
    expect(await again.log.head()).toBe(head);
    expect(await again.viewHashes()).toEqual(hashes);
    expect(await rename(again, 'zorgnet')).toMatchObject({ ok: true });
  });

  it('gives each service the keys of its own record classes and no others', async () => {
    const product = await start();
    await register(product);
    expect(Object.keys(product.services)).toContain('records');
    const records = product.sealing.forService({ classes: ['actors'] });
    expect(await records.contentKey(organisationId('gentia'), ['person/p-ann'])).toMatchObject({
      ok: false,
      error: { kind: 'KeyUnavailable' },
    });
  });

  it('sees a change of authority at once', async () => {
    const product = await start();
    await register(product);
    // Asked before the capacity is there: an answer that must not be remembered.
    const ann = await administrator(product, 'gentia');
    expect(await rename(product, 'gentia')).toMatchObject({ ok: true });
    expect(
      await product.rpc.command(renameOrganisation, contextOf({ ...ann, capacityId: 'other' }), {
        commandId: randomId(),
        data: { legalName: 'No' },
      }),
    ).toMatchObject({ ok: false });
  });

  it('builds every view again to the same rows', async () => {
    await stopped();
    const answers = await rebuildViews(folder);
    expect(answers.map(({ view }) => view)).toContain('directory.people');
    expect(answers.filter(({ before }) => before === undefined)).toEqual([]);
    expect(answers.filter(differs)).toEqual([]);
  });

  it('finds a view that is not what the log says, and puts it right', async () => {
    await stopped();
    const views = join(layoutOf(folder).views, 'directory');
    // Whatever its version is by now.
    const file = readdirSync(views).find((name) => /^people\.v\d+\.sqlite$/u.test(name)) ?? '';
    const db = new DatabaseSync(join(views, file));
    db.exec("UPDATE people SET registered_year = '1999'");
    db.close();
    expect((await rebuildViews(folder)).filter(differs).map(({ view }) => view)).toEqual(['directory.people']);
    expect((await rebuildViews(folder)).filter(differs)).toEqual([]);
  });

  it('works in memory', async () => {
    const product = await start({ memory: true, withoutDoor: true });
    await register(product);
    expect(await product.whenSettled()).toBe(true);
    expect(existsSync(layoutOf(folder).log)).toBe(false);
  });

  it('keeps key files to their owner', async () => {
    await (await start({})).stop();
    const { vault, keyring, gatewayKey } = layoutOf(folder);
    for (const file of [vault, keyring, gatewayKey, join(folder, 'root.key')])
      expect(statSync(file).mode & 0o077).toBe(0);
  });
});

describe('refuses to start', () => {
  it('on a folder that another start is using, and leaves that one alone', async () => {
    const product = await start();
    const error = await refusal();
    expect(error).toBeInstanceOf(DataFolderInUse);
    expect(refusalOf(error)).toContain(`process ${process.pid}`);
    await register(product);
    await product.stop();
    expect(await refusal()).toBeUndefined();
  });

  it('on a damaged log, and says where', async () => {
    await stopped();
    tamper("UPDATE events SET data = CAST(replace(CAST(data AS TEXT), 'dutch', 'DUTCH') AS BLOB) WHERE position = 1");
    const error = await refusal();
    expect(error).toBeInstanceOf(LogIntegrityError);
    expect(error).toMatchObject({ position: '0000000000000001', revision: 0 });
    expect(refusalOf(error)).toMatch(
      /events\.sqlite: damaged at position 0+1, directory\.organisation-gentia_gentia@0/,
    );
  });

  it('on a log with a hole, and says where', async () => {
    await stopped();
    tamper('DELETE FROM events WHERE position = 4');
    expect(await refusal()).toMatchObject({ name: 'LogIntegrityError', position: '0000000000000004' });
  });

  it('on a log of a newer version', async () => {
    await stopped();
    tamper("UPDATE meta SET value = '99' WHERE name = 'format'");
    expect(await refusal()).toBeInstanceOf(LogFormatTooNew);
  });

  it('without the root key of its keyring, and makes no new one', async () => {
    await stopped();
    rmSync(join(folder, 'root.key'));
    const error = await refusal();
    expect(error).toBeInstanceOf(RootKeyMissing);
    expect(refusalOf(error)).toContain(join(folder, 'root.key'));
    expect(existsSync(join(folder, 'root.key'))).toBe(false);
  });

  it('without the keyring of its log', async () => {
    await stopped();
    rmSync(layoutOf(folder).keyring);
    expect(await refusal()).toBeInstanceOf(KeyringMissing);
    tamper('DELETE FROM events', "DELETE FROM sqlite_sequence WHERE name = 'events'");
    expect(await refusal()).toBeInstanceOf(KeyFileUnusable);
  });

  it('on a gateway key that is none', async () => {
    await (await start({})).stop();
    writeFileSync(layoutOf(folder).gatewayKey, 'short');
    await expect(compose(settingsOf(), {})).rejects.toThrow(GatewayKeyUnusable);
    // Whatever was opened by then is closed again.
    expect(await refusal()).toBeUndefined();
  });

  it('on an address that is taken', async () => {
    const product = await start({});
    const { port } = await product.listen();
    const other = mkdtempSync(join(tmpdir(), 'standalone-'));
    const second = await compose(settingsOf('--data', other, '--port', String(port)), { timersEveryMs: 0 });
    running.push(second);
    await expect(second.listen()).rejects.toThrow(CannotListen);
    await second.stop();
    rmSync(other, { recursive: true, force: true });
  });
});
