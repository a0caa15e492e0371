import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createKeyring,
  createMemoryRootKey,
  epochRecipient,
  KeyStoreUnavailable,
  RootKeyMissing,
  type NewKey,
  type Vault,
} from '@toeverlaat/sealing';
import { describeWith } from '@toeverlaat/testing/needs';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { keyringContract, vaultContract } from '@toeverlaat/testing/sealing-contract';
import { organisationId, randomId, settableClock } from '@toeverlaat/values';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KeyServerUnfit } from './key-database.js';
import { openPostgresKeyringStore } from './postgres-keyring.js';
import { openPostgresSealing } from './open-sealing.js';
import { openPostgresVault } from './postgres-vault.js';
import { createTestKeys, withClient, type TestKeys } from './test-database.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const clock = settableClock('2026-11-02T10:00:00.000Z');
const note = { by: 'p-1', reason: 'case.closed+10y v1', at: '2026-11-02T10:00:00.000Z' };

/** Bytes that stand nowhere else on the disk. */
const newKey = (subject: string, epoch = 1): NewKey => ({
  subject,
  keyId: randomId(),
  wrap: { recipient: epochRecipient(epoch), wrapped: new Uint8Array(randomBytes(60)) },
});

const kinds = async (vault: Vault, subjects: readonly string[], organisation = gentia): Promise<readonly string[]> =>
  (await vault.findBySubject(organisation, subjects)).map((state) => state.kind);

describeWith('postgres', 'keys on PostgreSQL', (address) => {
  let vaults: TestKeys;
  let keyrings: TestKeys;
  const opened: { close: () => Promise<void> }[] = [];
  const vaultAs = async (connectionString: string): Promise<Vault> => {
    const vault = await openPostgresVault({ connectionString });
    opened.push(vault);
    return vault;
  };
  const keyringAs = async (connectionString: string) => {
    const store = await openPostgresKeyringStore({ connectionString });
    opened.push(store);
    return store;
  };
  beforeAll(async () => {
    vaults = await createTestKeys(address, 'vault');
    keyrings = await createTestKeys(address, 'keyring');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  vaultContract('PostgreSQL', async () => {
    vaults ??= await createTestKeys(address, 'vault');
    return { vault: await openPostgresVault({ connectionString: vaults.keeper }) };
  });
  keyringContract('PostgreSQL', async () => {
    keyrings ??= await createTestKeys(address, 'keyring');
    const store = await openPostgresKeyringStore({ connectionString: keyrings.keeper });
    return { keyring: createKeyring(store, createMemoryRootKey(), clock) };
  });

  it('agree on one key per subject, whoever of many processes is first', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => vaultAs(vaults.keeper)));
    for (const organisation of [gentia, zorgnet]) await many[0]?.startEpoch(organisation, 1);
    const subjects = Array.from({ length: 20 }, (_, n) => `case/race${n}`);
    const answers = await Promise.all(
      many.flatMap((vault) =>
        [gentia, zorgnet].flatMap((organisation) =>
          subjects.map(async (subject) => {
            const answer = await vault.create(organisation, 1, [newKey(subject)]);
            const state = answer.kind === 'states' ? answer.states[0] : undefined;
            return `${organisation} ${subject} ${state?.kind === 'live' ? state.key.keyId : 'none'}`;
          }),
        ),
      ),
    );
    expect(new Set(answers).size).toBe(40);
    expect(answers.filter((answer) => answer.endsWith('none'))).toEqual([]);
  });

  it('make keys of one organisation side by side: a creation that takes long holds up that of its subject alone', async () => {
    const vault = await vaultAs(vaults.keeper);
    await vault.startEpoch(gentia, 1);
    await withClient(vaults.keeper, async (slow) => {
      await slow.query('BEGIN');
      await slow.query(`SELECT set_config('toeverlaat.organisations', 'gentia', true)`);
      await slow.query(`SELECT pg_advisory_xact_lock_shared(hashtextextended('toeverlaat_vault gentia', 0))`);
      await slow.query(
        `INSERT INTO toeverlaat_vault.data_key (organisation, key_id, subject) VALUES ('gentia', 'slow', 'case/slow')`,
      );
      const other = await vault.create(gentia, 1, [newKey('case/quick')]);
      expect(other).toMatchObject({ kind: 'states', states: [{ kind: 'live', key: { subject: 'case/quick' } }] });
      const own = newKey('case/slow');
      const same = vault.create(gentia, 1, [newKey('case/beside'), own]);
      await slow.query('ROLLBACK');
      expect(await same).toMatchObject({ states: [{ kind: 'live' }, { kind: 'live', key: { keyId: own.keyId } }] });
    });
  });

  it('never make a key for what another process destroys at the same moment', async () => {
    const [one, two] = [await vaultAs(vaults.keeper), await vaultAs(vaults.keeper)];
    await one.startEpoch(gentia, 1);
    const subjects = Array.from({ length: 12 }, (_, n) => `case/gone${n}`);
    await Promise.all(
      subjects.flatMap((subject) => [
        one.create(gentia, 1, [newKey(subject), newKey(`${subject}#p1`)]),
        two.destroy(gentia, subject, note),
        one.create(gentia, 1, [newKey(`${subject}#p2`)]),
      ]),
    );
    const all = subjects.flatMap((subject) => [subject, `${subject}#p1`, `${subject}#p2`]);
    expect(new Set(await kinds(one, all))).toEqual(new Set(['destroyed']));
    const left = await withClient(vaults.owner, (client) =>
      client.query(`SELECT 1 FROM toeverlaat_vault.key_wrap w JOIN toeverlaat_vault.data_key k USING (organisation, key_id)
        WHERE k.subject LIKE 'case/gone%'
        UNION ALL SELECT 1 FROM toeverlaat_vault.purge_due`),
    );
    expect(left.rows).toEqual([]);
  });

  it('give a role the subjects of its record classes and no others', async () => {
    const [keeper, cases, figures] = [
      await vaultAs(vaults.keeper),
      await vaultAs(vaults.cases),
      await vaultAs(vaults.figures),
    ];
    for (const organisation of [gentia, zorgnet]) {
      await keeper.startEpoch(organisation, 1);
      await cases.create(organisation, 1, [newKey('case/roles'), newKey('actors/2026')]);
    }
    expect(await kinds(figures, ['actors/2026'])).toEqual(['live']);
    expect(await kinds(cases, ['case/roles', 'actors/2026'])).toEqual(['live', 'live']);
    const [mine] = await cases.findBySubject(gentia, ['case/roles']);
    const keyId = mine?.kind === 'live' ? mine.key.keyId : '';
    // By id nobody can say of which class it would be: it is not there, and never destroyed.
    expect(await figures.findById(gentia, [keyId])).toEqual([{ kind: 'none' }]);
    for (const attempt of [
      () => figures.findBySubject(gentia, ['case/roles']),
      () => figures.create(gentia, 1, [newKey('case/new')]),
      () => figures.destroy(gentia, 'case/roles', note),
      () => cases.create(gentia, 1, [newKey('request/1')]),
    ])
      await expect(attempt()).rejects.toBeInstanceOf(KeyStoreUnavailable);
    await keeper.destroy(gentia, 'case/roles', note);
    expect((await cases.ledger(gentia)).filter((entry) => entry.subject === 'case/roles')).toHaveLength(1);
    expect((await figures.ledger(gentia)).filter((entry) => entry.subject === 'case/roles')).toEqual([]);
    expect(await figures.findById(gentia, [keyId])).toEqual([{ kind: 'none' }]);
    expect(await kinds(cases, ['case/roles'], zorgnet)).toEqual(['live']);
    await expect(openPostgresVault({ connectionString: vaults.stranger })).rejects.toBeInstanceOf(KeyServerUnfit);
    await expect(openPostgresVault({ connectionString: keyrings.keeper })).rejects.toBeInstanceOf(KeyServerUnfit);
  });

  it('let only the keeper drop an epoch, and only its class make a signing key', async () => {
    const [keeper, cases] = [await keyringAs(keyrings.keeper), await keyringAs(keyrings.cases)];
    const row = (epoch: number) => ({ epoch, wrapped: new Uint8Array(randomBytes(60)), createdAt: note.at });
    for (const organisation of [gentia, zorgnet]) await cases.addEpoch(organisation, row(1));
    await expect(cases.dropEpoch(gentia, 1)).rejects.toBeInstanceOf(KeyStoreUnavailable);
    expect(await cases.epochs(gentia)).toHaveLength(1);
    await keeper.dropEpoch(gentia, 1);
    expect(await cases.epochs(gentia)).toEqual([]);
    expect(await cases.epochs(zorgnet)).toHaveLength(1);
    const signing = { keyId: 'k', publicKey: randomBytes(44), wrapped: randomBytes(80), createdAt: note.at };
    await expect(cases.addSigningKey(gentia, 'receipts/promise', signing)).rejects.toBeInstanceOf(KeyStoreUnavailable);
    expect((await cases.addSigningKey(gentia, 'case/evidence', signing)).keyId).toBe('k');
  });

  it('show a transaction that names no organisation nothing, and change nothing but what the role may', async () => {
    const keeper = await vaultAs(vaults.keeper);
    await keeper.startEpoch(gentia, 1);
    await keeper.create(gentia, 1, [newKey('case/rls')]);
    await withClient(vaults.keeper, async (client) => {
      for (const table of ['epoch', 'data_key', 'key_wrap', 'destroyed_subject', 'destroyed_key'])
        expect((await client.query(`SELECT 1 FROM toeverlaat_vault.${table}`)).rows).toEqual([]);
      await client.query(`SELECT set_config('toeverlaat.organisations', 'gentia', false)`);
      for (const statement of [
        `UPDATE toeverlaat_vault.key_wrap SET wrapped = 'x'`,
        `DELETE FROM toeverlaat_vault.destroyed_subject`,
        `UPDATE toeverlaat_vault.destroyed_key SET subject = 'case/other'`,
        `INSERT INTO toeverlaat_vault.credential VALUES (current_user, 'case')`,
        `SELECT * FROM toeverlaat_vault.key_wrap_0`,
        `TRUNCATE toeverlaat_vault.key_wrap`,
        `INSERT INTO toeverlaat_vault.epoch VALUES ('zorgnetx', 1)`,
      ])
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      await client.query(`UPDATE toeverlaat_vault.epoch SET epoch = 3`);
      await expect(client.query(`UPDATE toeverlaat_vault.epoch SET epoch = 2`)).rejects.toMatchObject({
        code: '22023',
      });
      await expect(client.query(`SELECT toeverlaat_vault.rewrite('data_key')`)).rejects.toMatchObject({
        code: '22023',
      });
    });
  });

  it('answer as before or not at all while their connections are cut', async () => {
    const vault = await vaultAs(vaults.keeper);
    await vault.startEpoch(zorgnet, 1);
    await vault.create(zorgnet, 1, [newKey('case/cut')]);
    const outcomes: string[] = [];
    const cutting = { on: true };
    const reading = Array.from({ length: 4 }, async () => {
      for (let n = 0; cutting.on || n < 5; n += 1)
        outcomes.push(
          await kinds(vault, ['case/cut'], zorgnet).then(
            (found) => found.join(),
            (error: unknown) => (error instanceof KeyStoreUnavailable ? 'unavailable' : String(error)),
          ),
        );
    });
    await withClient(address, async (admin) => {
      const role = new URL(vaults.keeper).username;
      for (let cut = 0; cut < 30; cut += 1)
        await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, [role]);
    });
    cutting.on = false;
    await Promise.all(reading);
    expect(new Set(outcomes)).toEqual(new Set(['live', 'unavailable']));
    expect(await kinds(vault, ['case/cut'], zorgnet)).toEqual(['live']);
  });

  it('say so when an older transaction still sees a destroyed key, and finish when asked again', async () => {
    const vault = await openPostgresVault({ connectionString: vaults.keeper, settleMs: 50 });
    opened.push(vault);
    await vault.startEpoch(gentia, 3);
    await vault.create(gentia, 3, [newKey('case/held', 3)]);
    const holder = new Client({ connectionString: vaults.owner });
    await holder.connect();
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await holder.query('SELECT 1 FROM toeverlaat_vault.format');
    await expect(vault.destroy(gentia, 'case/held', note)).rejects.toBeInstanceOf(KeyStoreUnavailable);
    expect(await kinds(vault, ['case/held'])).toEqual(['destroyed']);
    await holder.query('COMMIT');
    await holder.end();
    expect((await vault.destroy(gentia, 'case/held', note)).destroyedKeys).toHaveLength(1);
    expect(
      (await withClient(vaults.owner, (client) => client.query('SELECT 1 FROM toeverlaat_vault.purge_due'))).rows,
    ).toEqual([]);
  });

  it('seal, destroy and rotate together, in two processes with one root key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-root-'));
    // Keyrings of their own: whoever else writes to the shared one has another root key.
    const ring = await createTestKeys(address, 'keyring');
    const open = (options: { readonly createRootKey?: boolean; readonly file?: string } = {}) =>
      openPostgresSealing({
        clock,
        vault: { connectionString: vaults.keeper },
        keyring: { connectionString: ring.keeper },
        rootKeyFile: join(folder, options.file ?? 'root.key'),
        createRootKey: options.createRootKey ?? false,
      });
    await expect(open()).rejects.toBeInstanceOf(RootKeyMissing);
    const [sealing, other] = [await open({ createRootKey: true }), await open()];
    opened.push(sealing, other);
    const organisations = ['one', 'two'].map((name) =>
      organisationId(`${name}${randomId().replaceAll('-', '').slice(0, 20)}`),
    );
    for (const organisation of organisations) {
      const context = { organisation, stream: `case.case-${organisation}_1`, eventId: 'e', type: 't', path: 'note' };
      const sealed = await sealing.seal([{ organisation, subjects: ['case/1', 'case/1#p1'], context, value: 'tekst' }]);
      if (!sealed.ok) throw new Error(sealed.error.kind);
      expect(await sealing.rotate(organisation, { dropPrevious: true })).toMatchObject({
        ok: true,
        value: { epoch: 2, rewrapped: 2, dropped: [1] },
      });
      expect(await other.open(organisation, sealed.value)).toEqual([{ kind: 'opened', value: 'tekst' }]);
      // Another root key opens nothing, and says so at the start.
      await expect(open({ createRootKey: true, file: 'other.key' })).rejects.toBeInstanceOf(RootKeyMissing);
      if (organisation === organisations[1]) continue;
      await sealing.destroy(organisation, 'case/1#p1', note);
      expect(await sealing.open(organisation, sealed.value)).toEqual([{ kind: 'erased' }]);
    }
    await expect(
      openPostgresSealing({
        clock,
        vault: { connectionString: vaults.keeper },
        keyring: { connectionString: vaults.keeper },
        rootKeyFile: join(folder, 'root.key'),
      }),
    ).rejects.toBeInstanceOf(KeyServerUnfit);
    rmSync(folder, { recursive: true });
  });
});

const local = postgresBinaries() === undefined ? describe.skip : describe;
local(
  `keys on a PostgreSQL of their own${postgresBinaries() === undefined ? ' [needs postgres: its server binaries on this machine]' : ''}`,
  () => {
    let server: PostgresServer;
    let keys: TestKeys;
    let rings: TestKeys;
    beforeAll(async () => {
      server = await startPostgres();
      keys = await createTestKeys(server.url, 'vault');
      rings = await createTestKeys(server.url, 'keyring');
    });
    afterAll(() => server.remove());

    /** Files of the whole cluster that hold these bytes, as they are or as hexadecimal digits. */
    const filesWith = (bytes: Uint8Array): readonly string[] => {
      const [raw, hex] = [Buffer.from(bytes), Buffer.from(Buffer.from(bytes).toString('hex'))];
      return readdirSync(server.dataFolder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => {
          const content = readFileSync(file);
          return content.includes(raw) || content.includes(hex);
        })
        .map((file) => file.slice(server.dataFolder.length + 1).split('/')[0] ?? '');
    };
    const checkpoint = () => withClient(server.url, (admin) => admin.query('CHECKPOINT'));

    it('leave no bytes of a destroyed key in any file of the cluster: tables, indexes, write-ahead log', async () => {
      const vault = await openPostgresVault({ connectionString: keys.keeper });
      for (const organisation of [gentia, zorgnet]) await vault.startEpoch(organisation, 1);
      const made = Array.from({ length: 120 }, (_, n) => ({
        organisation: n % 2 === 0 ? gentia : zorgnet,
        key: newKey(`case/${n >> 1}`),
      }));
      for (const { organisation, key } of made) await vault.create(organisation, 1, [key]);
      await checkpoint();
      const [first, theirs, moved] = [made[0], made[1], made[4]];
      if (first === undefined || theirs === undefined || moved === undefined) throw new Error('no keys');
      // What the search would find: the table's file and the log.
      expect(new Set(filesWith(first.key.wrap.wrapped))).toEqual(new Set(['base', 'pg_wal']));

      await vault.destroy(gentia, 'case/0', note);
      expect(filesWith(first.key.wrap.wrapped)).toEqual([]);
      expect(filesWith(theirs.key.wrap.wrapped)).toContain('base');

      await vault.startEpoch(gentia, 2);
      const anew = new Uint8Array(randomBytes(60));
      await vault.rewrap(gentia, [
        { keyId: moved.key.keyId, from: epochRecipient(1), wrap: { recipient: epochRecipient(2), wrapped: anew } },
      ]);
      await vault.scrub();
      expect(filesWith(moved.key.wrap.wrapped)).toEqual([]);
      expect(filesWith(anew)).toContain('base');

      for (const { organisation, key } of made.filter((_, n) => n > 5 && n % 7 === 0))
        await vault.destroy(organisation, key.subject, note);
      await checkpoint();
      const gone = made.filter((_, n) => n > 5 && n % 7 === 0);
      expect(gone.flatMap(({ key }) => filesWith(key.wrap.wrapped))).toEqual([]);
      await vault.close();
    });

    it('leave no bytes of a dropped epoch', async () => {
      const store = await openPostgresKeyringStore({ connectionString: rings.keeper });
      const wrapped = { [gentia]: randomBytes(60), [zorgnet]: randomBytes(60) };
      for (const organisation of [gentia, zorgnet])
        await store.addEpoch(organisation, {
          epoch: 1,
          wrapped: wrapped[organisation] ?? randomBytes(60),
          createdAt: note.at,
        });
      await checkpoint();
      expect(filesWith(wrapped[gentia] ?? Buffer.of(0))).toContain('base');
      await store.dropEpoch(gentia, 1);
      expect(filesWith(wrapped[gentia] ?? Buffer.of(0))).toEqual([]);
      expect(filesWith(wrapped[zorgnet] ?? Buffer.of(0))).toContain('base');
      await store.close();
    });

    it('answer live or unavailable while the server is killed, never anything else, and go on by themselves', async () => {
      const vault = await openPostgresVault({ connectionString: keys.keeper });
      const organisation = organisationId('killed');
      await vault.startEpoch(organisation, 1);
      await vault.create(organisation, 1, [newKey('case/1')]);
      await vault.destroy(organisation, 'case/2', note);
      const outcomes = new Set<string>();
      const killing = { on: true };
      const reading = Array.from({ length: 3 }, async () => {
        while (killing.on)
          outcomes.add(
            await kinds(vault, ['case/1', 'case/2'], organisation).then(
              (found) => found.join(),
              (error: unknown) => (error instanceof KeyStoreUnavailable ? 'unavailable' : String(error)),
            ),
          );
      });
      for (let round = 0; round < 3; round += 1) {
        await server.kill();
        await expect(vault.findBySubject(organisation, ['case/1'])).rejects.toBeInstanceOf(KeyStoreUnavailable);
        await server.start();
        expect(await kinds(vault, ['case/1', 'case/2'], organisation)).toEqual(['live', 'destroyed']);
      }
      killing.on = false;
      await Promise.all(reading);
      expect(outcomes).toEqual(new Set(['live,destroyed', 'unavailable']));
      await vault.close();
    });

    it('finish a destruction that a kill cut short, with nothing left', async () => {
      const organisation = organisationId('cut');
      for (let round = 0; round < 4; round += 1) {
        const vault = await openPostgresVault({ connectionString: keys.keeper });
        await vault.startEpoch(organisation, 1);
        const key = newKey(`case/${round}`);
        await vault.create(organisation, 1, [key]);
        const cut = vault.destroy(organisation, key.subject, note).then(
          () => 'destroyed',
          (error: unknown) => (error instanceof KeyStoreUnavailable ? 'unavailable' : String(error)),
        );
        // At another moment in each round: before the commit, in the rewrite, in the checkpoint.
        for (let wait = 0; wait < round; wait += 1)
          await kinds(vault, [key.subject], organisation).catch(() => undefined);
        await server.kill();
        expect(['destroyed', 'unavailable']).toContain(await cut);
        await server.start();
        const states = await kinds(vault, [key.subject], organisation);
        expect(['live', 'destroyed']).toContain(states[0]);
        expect((await vault.destroy(organisation, key.subject, note)).destroyedKeys).toEqual([key.keyId]);
        expect(filesWith(key.wrap.wrapped)).toEqual([]);
        await vault.close();
      }
    });

    it('refuse a server that would keep what is erased, naming each setting', async () => {
      const alter = async (...statements: readonly string[]) => {
        await withClient(server.url, async (admin) => {
          for (const statement of statements) await admin.query(statement);
          await admin.query('SELECT pg_reload_conf()');
        });
      };
      await withClient(server.url, (admin) => admin.query(`SELECT pg_create_physical_replication_slot('copy')`));
      const role = new URL(keys.keeper).username;
      await alter(`ALTER ROLE ${role} SET log_min_duration_statement = 0`);
      const refused = await openPostgresVault({ connectionString: keys.keeper }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(KeyServerUnfit);
      expect(refused).toMatchObject({
        findings: ['log_parameter_max_length is -1', 'replication slot is copy'],
      });
      await (await openPostgresVault({ connectionString: keys.keeper, acceptTraces: true })).close();
      await alter(`ALTER ROLE ${role} RESET log_min_duration_statement`, `SELECT pg_drop_replication_slot('copy')`);
      await (await openPostgresVault({ connectionString: keys.keeper })).close();
    });

    it('tell a server that is not there as unavailable, and quote no password', async () => {
      const refused = await openPostgresVault({ connectionString: 'postgres://keeper:geheim@127.0.0.1:1/none' }).catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(KeyStoreUnavailable);
      expect(String(refused)).not.toContain('geheim');
    });
  },
);
