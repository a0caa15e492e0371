import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createKeyring,
  createMemoryKeyringStore,
  createMemoryRootKey,
  createMemorySealing,
  createMemoryVault,
  openFileSealing,
  openSqliteKeyringStore,
  openSqliteVault,
} from '@toeverlaat/sealing';
import { settableClock } from '@toeverlaat/values';
import { keyringContract, readerContract, vaultContract } from './sealing-contract.js';

const clock = settableClock('2026-11-02T10:00:00.000Z');
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'toeverlaat-keys-'));
  return { path, dispose: async () => rmSync(path, { recursive: true, force: true }) };
};

vaultContract('memory', async () => ({ vault: createMemoryVault() }));
vaultContract('SQLite', async () => {
  const { path, dispose } = folder();
  return { vault: openSqliteVault(join(path, 'vault.sqlite')), dispose };
});

keyringContract('memory', async () => ({
  keyring: createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock),
}));
keyringContract('SQLite', async () => {
  const { path, dispose } = folder();
  const store = openSqliteKeyringStore(join(path, 'keyring.sqlite'));
  return { keyring: createKeyring(store, createMemoryRootKey(), clock), dispose };
});

readerContract('memory', async () => ({ sealing: createMemorySealing(clock) }));
readerContract('files', async () => {
  const { path, dispose } = folder();
  const sealing = await openFileSealing({
    dataFolder: join(path, 'data'),
    rootKeyFile: join(path, 'secrets', 'root.key'),
    createRootKey: true,
    clock,
  });
  return { sealing, dispose };
});
