import { createKeyring, createMemoryRootKey, createSealer } from '@toeverlaat/sealing';
import { destroyedKeysContract } from '@toeverlaat/testing/destroyed-keys-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { settableClock } from '@toeverlaat/values';
import { openPostgresKeyringStore } from './postgres-keyring.js';
import { openPostgresEventLog } from './postgres-log.js';
import { openPostgresVault } from './postgres-vault.js';
import { createTestDatabase, createTestKeys } from './test-database.js';

const clock = settableClock('2026-11-02T10:00:00.000Z');

describeWith('postgres', 'processes that share a log and keys on PostgreSQL', (address) => {
  destroyedKeysContract('PostgreSQL', async () => {
    const database = await createTestDatabase(address);
    const vaults = await createTestKeys(address, 'vault');
    const keyrings = await createTestKeys(address, 'keyring');
    const root = createMemoryRootKey();
    return {
      replica: async () => {
        const store = await openPostgresKeyringStore({ connectionString: keyrings.keeper });
        return {
          log: await openPostgresEventLog({ connectionString: database.application }),
          sealing: createSealer({
            vault: await openPostgresVault({ connectionString: vaults.keeper }),
            keyring: createKeyring(store, root, clock),
            monotonic: () => 0,
          }),
        };
      },
      dispose: () => Promise.resolve(),
    };
  });
});
