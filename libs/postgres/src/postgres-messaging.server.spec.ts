import { deliveryStoreContract, relayStoreContract } from '@toeverlaat/testing/messaging-store-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { randomId } from '@toeverlaat/values';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Position } from '@toeverlaat/event-log';
import { MESSAGING_SCHEMA } from './messaging-schema.js';
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

  it('says where there are no tables', async () => {
    const other = await createTestDatabase(address);
    await expect(openPostgresMessaging({ connectionString: other.application })).rejects.toThrow(
      PostgresMessagingUnusable,
    );
  });
});
