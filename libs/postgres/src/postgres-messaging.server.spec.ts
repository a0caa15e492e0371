import { deliveryStoreContract, relayStoreContract } from '@toeverlaat/testing/messaging-store-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { organisationId, randomId, type EventId } from '@toeverlaat/values';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Position } from '@toeverlaat/event-log';
import { EVERY_OWNER, installPostgresMessaging, MESSAGING_SCHEMA } from './messaging-schema.js';
import { openPostgresMessaging, PostgresMessagingUnusable, type PostgresMessaging } from './postgres-messaging.js';
import { createTestDatabase, createTestMessaging, type TestDatabase } from './test-database.js';

describeWith('postgres', 'messaging on PostgreSQL', (address) => {
  let database: TestDatabase;
  let messaging: PostgresMessaging;
  beforeAll(async () => {
    database = await createTestMessaging(address);
    messaging = await openPostgresMessaging({ connectionString: database.application });
  });
  afterAll(async () => {
    await messaging.close();
  });

  deliveryStoreContract('PostgreSQL', () => Promise.resolve({ store: messaging.deliveries }));
  relayStoreContract('PostgreSQL', () => Promise.resolve({ store: messaging.relays }));

  it('moves a reactor and parks in one transaction', async () => {
    const reactor = `test-${randomId()}`;
    const item = { reactor, position: '2' as Position, event: undefined, reason: 'x', attempts: 1 };
    await messaging.reactors.advance(reactor, '1' as Position, []);
    await messaging.reactors.advance(reactor, '2' as Position, [item]);
    expect(await messaging.reactors.checkpoint(reactor)).toBe('2');
    expect(await messaging.reactors.parked(reactor)).toEqual([item]);
    // What cannot be parked moves nothing.
    const bad = { ...item, position: '3' as Position, attempts: 2 ** 40 };
    await expect(messaging.reactors.advance(reactor, '3' as Position, [bad])).rejects.toThrow('out of range');
    expect(await messaging.reactors.checkpoint(reactor)).toBe('2');
  });

  it('says that an installation is being put back, which only whoever puts it back begins and ends', async () => {
    const { owner, application } = await createTestMessaging(address);
    const role = new URL(application).username;
    const keeper = await openPostgresMessaging({ connectionString: application });
    const { restore, reactors, relays } = keeper;
    const position = '0000000000000000042' as Position;
    await reactors.advance('intake', position, []);
    await relays.advance('intake', { position, last: undefined });
    expect(await restore.standing()).toBeUndefined();
    expect(await restore.begin('one')).toBe('one');
    expect(await restore.begin('two')).toBe('one');
    await restore.forget();
    expect([await reactors.checkpoint('intake'), await relays.checkpoint('intake')]).toEqual([undefined, undefined]);
    // From now on the role is one service's.
    const client = new Client({ connectionString: owner });
    await client.connect();
    await installPostgresMessaging(client, { [role]: 'intake' });
    expect(await restore.standing()).toBe('one');
    for (const attempt of [() => restore.begin('three'), restore.end])
      await expect(attempt()).rejects.toMatchObject({ code: '42501' });
    await installPostgresMessaging(client, { [role]: EVERY_OWNER });
    await restore.end();
    expect(await restore.standing()).toBeUndefined();
    // A copy from before there was such a table.
    await client.query(`DROP TABLE ${MESSAGING_SCHEMA}.restore`);
    expect(await restore.standing()).toBeUndefined();
    await client.end();
    await keeper.close();
  });

  it('keeps what was discarded from the application', async () => {
    const client = new Client({ connectionString: database.application });
    await client.connect();
    try {
      for (const statement of ['DELETE FROM', 'TRUNCATE'])
        await expect(client.query(`${statement} ${MESSAGING_SCHEMA}.discarded`)).rejects.toMatchObject({
          code: '42501',
        });
    } finally {
      await client.end();
    }
  });

  it('lets an operator list, show, ask to replay, and discard with a motive', async () => {
    const reactor = `test-${randomId()}`;
    const position = 'toeverlaat.case/3/0000000000000000042' as Position;
    const event = {
      eventId: randomId() as EventId,
      type: 'case.HearingHeld',
      organisation: organisationId('gentia'),
      stream: 'case.case-gentia_c1',
      streamId: 'c1',
      revision: 4,
      recordedAt: '2026-11-23T10:00:00.000Z',
      correlationId: randomId(),
      data: {},
    };
    const other = 'toeverlaat.case/3/0000000000000000043' as Position;
    const item = { reactor, position, event, reason: 'TypeError', attempts: 5 };
    const unreadable = { ...item, position: other, event: undefined };
    await messaging.reactors.advance(reactor, position, [item, unreadable]);
    const urlFile = join(mkdtempSync(join(tmpdir(), 'parked-')), 'url');
    writeFileSync(urlFile, `${database.application}\n`, { mode: 0o600 });
    const command = (...words: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(import.meta.dirname, '../dist/commands/parked.js'), ...words],
        { encoding: 'utf8', env: { PATH: process.env['PATH'], TOEVERLAAT_MESSAGING_URL_FILE: urlFile } },
      );
      return { status, out: stdout, err: stderr };
    };
    expect(command('list').out).toContain(
      `${reactor}  ${position}  case.HearingHeld  gentia  case.case-gentia_c1@4  2026-11-23T10:00:00.000Z  TypeError after 5`,
    );
    expect(command('show', reactor, position).out).toContain('"streamId": "c1"');
    expect(command('replay', reactor, other)).toMatchObject({ status: 2 });
    expect(command('replay', reactor, position)).toMatchObject({ status: 0 });
    expect(await messaging.deliveries.takeReplayRequests(reactor)).toEqual([position]);
    expect(command('discard', reactor, position).err).toContain('--motive');
    expect(command('discard', reactor, position, '--motive', 'entered twice')).toMatchObject({ status: 0 });
    expect(command('show', reactor, position)).toMatchObject({ status: 2 });
    expect(command('discarded').out).toContain('entered twice');
    expect(command('nonsense')).toMatchObject({ status: 2 });
  });

  it('says where there are no tables', async () => {
    const other = await createTestDatabase(address);
    await expect(openPostgresMessaging({ connectionString: other.application })).rejects.toThrow(
      PostgresMessagingUnusable,
    );
  });
});
