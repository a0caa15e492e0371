import { createBlobStore, createMemorySealing, type BlobStorage } from '@toeverlaat/sealing';
import { blobContract } from '@toeverlaat/testing/blob-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { organisationId, settableClock } from '@toeverlaat/values';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { openPostgresBlobStorage, PostgresBlobsUnusable } from './postgres-blobs.js';
import { createTestBlobs, createTestKeys, withClient, type TestDatabase } from './test-database.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const context = 'case.case-gentia_1/signed-document';
const sealing = createMemorySealing(settableClock('2026-11-02T10:00:00.000Z'));

describeWith('postgres', 'blobs on PostgreSQL', (address) => {
  let database: TestDatabase;
  const opened: BlobStorage[] = [];
  const open = async (): Promise<BlobStorage> => {
    const storage = await openPostgresBlobStorage({ connectionString: database.application });
    opened.push(storage);
    return storage;
  };
  beforeAll(async () => {
    database ??= await createTestBlobs(address);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close()));
  });

  const asOwner = <T extends object>(sql: string, values: readonly unknown[] = []): Promise<readonly T[]> =>
    withClient(database.owner, async (client) => (await client.query<T>(sql, [...values])).rows);

  blobContract('PostgreSQL', async () => {
    database ??= await createTestBlobs(address);
    return {
      storage: await open(),
      again: open,
      everything: async (organisation) =>
        (
          await asOwner<{ name: string }>(
            `SELECT 'blob ' || id AS name FROM toeverlaat_blobs.blob WHERE organisation = $1
             UNION ALL SELECT 'upload ' || id FROM toeverlaat_blobs.upload WHERE organisation = $1
             UNION ALL SELECT 'stray ' || s.id FROM toeverlaat_blobs.slice s WHERE s.organisation = $1
               AND NOT EXISTS (SELECT 1 FROM toeverlaat_blobs.blob b WHERE b.organisation = $1 AND b.id = s.id)`,
            [organisation],
          )
        ).map((row) => row.name),
      bytesOf: async (organisation, blob) =>
        Buffer.concat(
          (
            await asOwner<{ bytes: Buffer }>(
              `SELECT s.bytes FROM toeverlaat_blobs.slice s JOIN toeverlaat_blobs.blob b USING (organisation, id)
               WHERE organisation = $1 AND b.address = $2 ORDER BY s.n`,
              [organisation, blob],
            )
          ).map((row) => row.bytes),
        ),
      overwrite: async (organisation, blob, bytes) => {
        const [row] = await asOwner<{ id: string }>(
          'UPDATE toeverlaat_blobs.blob SET bytes = $3 WHERE organisation = $1 AND address = $2 RETURNING id::text',
          [organisation, blob, bytes.length],
        );
        await asOwner('DELETE FROM toeverlaat_blobs.slice WHERE organisation = $1 AND id = $2::uuid', [
          organisation,
          row?.id,
        ]);
        for (let n = 0; n * 262_144 < bytes.length; n += 1)
          await asOwner('INSERT INTO toeverlaat_blobs.slice VALUES ($1, $2::uuid, $3, $4)', [
            organisation,
            row?.id,
            n,
            Buffer.from(bytes.subarray(n * 262_144, (n + 1) * 262_144)),
          ]);
      },
    };
  });

  /** A source that stops in the middle until it is told to go on. */
  const halted = () => {
    const [begun, resumed] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    async function* content(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(600_000);
      begun.resolve(undefined);
      await resumed.promise;
      yield new Uint8Array(10);
    }
    return { content: content(), begun: begun.promise, resume: () => resumed.resolve(undefined) };
  };
  const cut = (): Promise<unknown> =>
    withClient(address, (admin) =>
      admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [
        new URL(database.application).username,
      ]),
    );
  const unfinished = async (): Promise<number> =>
    (await asOwner('SELECT 1 FROM toeverlaat_blobs.blob WHERE writer IS NOT NULL')).length;

  it('removes what a host left that ended, and not what another still writes', async () => {
    const [living, ended, third] = [await open(), await open(), await open()];
    const [mine, theirs] = [halted(), halted()];
    const writing = createBlobStore({ storage: living, sealing }).put(gentia, ['case/1'], context, mine.content);
    void createBlobStore({ storage: ended, sealing }).put(zorgnet, ['case/1'], context, theirs.content);
    await Promise.all([mine.begun, theirs.begun]);
    expect(await third.removeUnfinished()).toBe(0);
    expect(await living.removeUnfinished()).toBe(0);
    // A process that ends lets go of its connections and says nothing more.
    await ended.close();
    expect(await third.removeUnfinished()).toBe(1);
    expect(await third.removeUnfinished()).toBe(0);
    mine.resume();
    const stored = await writing;
    expect(stored).toMatchObject({ ok: true, value: { size: 600_010 } });
    expect(await unfinished()).toBe(0);
  });

  it('tells a writer whose place was taken away meanwhile, and leaves nothing of it', async () => {
    const [cutOff, other] = [await open(), await open()];
    const source = halted();
    const store = createBlobStore({ storage: cutOff, sealing });
    const writing = store.put(gentia, ['case/1'], context, source.content);
    await source.begun;
    await cut();
    expect(await other.removeUnfinished()).toBe(1);
    source.resume();
    expect(await writing).toMatchObject({ ok: false, error: { kind: 'BlobStoreUnavailable' } });
    expect(await unfinished()).toBe(0);
    async function* small(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
    }
    expect(await store.put(gentia, ['case/1'], context, small())).toMatchObject({ ok: true });
  });

  it('goes on reading over a cut connection, or says that it does not answer; never a part as the whole', async () => {
    const storage = await open();
    const store = createBlobStore({ storage, sealing });
    const content = Buffer.alloc(900_000, 7);
    async function* whole(): AsyncGenerator<Uint8Array> {
      yield content;
    }
    const stored = await store.put(gentia, ['case/1'], context, whole());
    if (!stored.ok) throw new Error(stored.error.kind);
    const found = await store.get(gentia, stored.value.blob, context);
    if (!found.ok) throw new Error(found.error.kind);
    const parts: Uint8Array[] = [];
    const outcome = await (async () => {
      for await (const part of found.value) {
        parts.push(part);
        if (parts.length % 4 === 2) await cut();
      }
      return 'whole';
    })().catch((error: unknown) => (error instanceof Error ? 'failed' : error));
    expect(outcome === 'failed' || Buffer.concat(parts).equals(content)).toBe(true);
    await storage.close();
    expect(await store.get(gentia, stored.value.blob, context)).toMatchObject({ error: { kind: 'KeyUnavailable' } });
  });

  it('lets the role put in and take away in the organisation it names, and change nothing', async () => {
    const store = createBlobStore({ storage: await open(), sealing });
    async function* small(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
    }
    for (const organisation of [gentia, zorgnet]) await store.put(organisation, ['case/1'], context, small());
    await withClient(database.application, async (client) => {
      expect((await client.query('SELECT 1 FROM toeverlaat_blobs.slice')).rows).toEqual([]);
      await client.query(`SELECT set_config('toeverlaat.organisations', 'gentia', false)`);
      const { rows } = await client.query('SELECT DISTINCT organisation FROM toeverlaat_blobs.slice');
      expect(rows).toEqual([{ organisation: 'gentia' }]);
      for (const statement of [
        `UPDATE toeverlaat_blobs.slice SET bytes = ''`,
        'DELETE FROM toeverlaat_blobs.slice',
        `UPDATE toeverlaat_blobs.blob SET organisation = 'zorgnet'`,
        `INSERT INTO toeverlaat_blobs.blob (organisation, id, writer) VALUES ('zorgnet', gen_random_uuid(), 1)`,
        'TRUNCATE toeverlaat_blobs.upload',
      ])
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('refuses a database without blobs, one that holds keys, and a server that is not there', async () => {
    const keys = await createTestKeys(address, 'vault');
    for (const connectionString of [address, keys.keeper, 'postgres://nobody@127.0.0.1:1/none'])
      await expect(openPostgresBlobStorage({ connectionString })).rejects.toBeInstanceOf(PostgresBlobsUnusable);
    const both = await createTestBlobs(address);
    await withClient(both.owner, (client) => client.query('CREATE SCHEMA toeverlaat_vault'));
    await expect(openPostgresBlobStorage({ connectionString: both.application })).rejects.toThrow('same database');
  });
});
