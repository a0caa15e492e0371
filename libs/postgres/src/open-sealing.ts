import {
  createKeyring,
  createSealer,
  openRootKeyFile,
  rootKeyFits,
  RootKeyUnusable,
  type KeyringStore,
  type SealingService,
  type Vault,
} from '@toeverlaat/sealing';
import type { Clock } from '@toeverlaat/values';
import { KeyServerUnfit, type PostgresKeysOptions } from './key-database.js';
import { openPostgresKeyringStore } from './postgres-keyring.js';
import { openPostgresVault } from './postgres-vault.js';

export type PostgresSealingOptions = {
  readonly clock: Clock;
  readonly vault: PostgresKeysOptions;
  /** Another database than the vault's. */
  readonly keyring: PostgresKeysOptions;
  /** The same file on every host. */
  readonly rootKeyFile: string;
  /** Make the file when there is none and the keyring is empty. With several hosts: on one of them, once. */
  readonly createRootKey?: boolean;
  readonly acceptRootKeyReadableByOthers?: boolean;
  readonly cacheMs?: number;
  readonly monotonic?: () => number;
};

const databaseOf = ({ connectionString }: PostgresKeysOptions): string => {
  const url = new URL(connectionString);
  return `${url.host}${url.pathname}`;
};

/**
 * Sealing over a vault and a keyring on PostgreSQL, for a process of a distributed installation. What it may open is what
 * the two roles may; `forService` narrows it further.
 * @throws RootKeyMissing, RootKeyUnusable, KeyServerUnfit, KeyStoreUnavailable, PostgresConnectionRefused
 */
export const openPostgresSealing = async (options: PostgresSealingOptions): Promise<SealingService> => {
  const { clock, rootKeyFile, createRootKey = false, acceptRootKeyReadableByOthers, cacheMs, monotonic } = options;
  if (databaseOf(options.vault) === databaseOf(options.keyring))
    throw new KeyServerUnfit('the keyring', ['it is in the database of the vault: a backup would hold both']);
  let store: KeyringStore | undefined;
  let vault: Vault | undefined;
  try {
    store = await openPostgresKeyringStore(options.keyring);
    const empty = (await store.sample()) === undefined;
    const root = openRootKeyFile({
      file: rootKeyFile,
      createIfAbsent: createRootKey && empty,
      whyNot: empty
        ? 'none was made because that was not allowed'
        : 'the keyring hangs on it; put it back, a new one would open nothing',
      ...(acceptRootKeyReadableByOthers === undefined ? {} : { acceptReadableByOthers: acceptRootKeyReadableByOthers }),
    });
    if (!(await rootKeyFits(store, root)))
      throw new RootKeyUnusable(rootKeyFile, 'other_keyring', 'it does not open the keyring');
    vault = await openPostgresVault(options.vault);
    return createSealer({
      vault,
      keyring: createKeyring(store, root, clock),
      ...(cacheMs === undefined ? {} : { cacheMs }),
      ...(monotonic === undefined ? {} : { monotonic }),
    });
  } catch (error) {
    await store?.close();
    await vault?.close();
    throw error;
  }
};
