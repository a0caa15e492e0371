import {
  createMemoryDeliveryStore,
  createMemoryRelayStore,
  openSqliteDeliveryStore,
  openSqliteRelayStore,
} from '@toeverlaat/kafka';
import { systemClock } from '@toeverlaat/values';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliveryStoreContract, relayStoreContract } from './messaging-store-contract.js';

const file = (): string => join(mkdtempSync(join(tmpdir(), 'messaging-')), 'messaging.sqlite');

deliveryStoreContract('memory', () => Promise.resolve({ store: createMemoryDeliveryStore() }));
deliveryStoreContract('SQLite', () => {
  const store = openSqliteDeliveryStore(file());
  return Promise.resolve({ store, close: store.close });
});
relayStoreContract('memory', () => Promise.resolve({ store: createMemoryRelayStore(systemClock) }));
relayStoreContract('SQLite', () => {
  const store = openSqliteRelayStore(file(), systemClock);
  return Promise.resolve({ store, close: store.close });
});
