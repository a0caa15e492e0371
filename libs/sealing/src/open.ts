import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '@toeverlaat/values';
import { createKeyring, rootKeyFits, type Keyring, type KeyringStore } from './keyring.js';
import { createMemoryKeyringStore } from './keyring-memory.js';
import { openSqliteKeyringStore } from './keyring-sqlite.js';
import { createMemoryRootKey, openRootKeyFile, RootKeyUnusable } from './root-key.js';
import { createSealer, type SealingService } from './sealer.js';
import { createMemoryVault } from './vault-memory.js';
import { openSqliteVault } from './vault-sqlite.js';
import { KeyFileUnusable, type Vault } from './vault.js';

export type FileSealingOptions = {
  readonly clock: Clock;
  readonly rootKeyFile: string;
  /** Make the root key file on the very first start; never where a keyring exists. */
  readonly createRootKey?: boolean;
  readonly acceptRootKeyReadableByOthers?: boolean;
  readonly cacheMs?: number;
  readonly monotonic?: () => number;
} & (
  | { readonly dataFolder: string; readonly vaultFile?: string; readonly keyringFile?: string }
  | { readonly vaultFile: string; readonly keyringFile: string }
);

/** Where the key files of a data folder stand: in folders of their own, so that a backup can keep them apart. */
export const keyFilesOf = (dataFolder: string): { readonly vaultFile: string; readonly keyringFile: string } => ({
  vaultFile: join(dataFolder, 'vault', 'vault.sqlite'),
  keyringFile: join(dataFolder, 'keyring', 'keyring.sqlite'),
});

/**
 * Vault and keyring over files, for commands that hand keys over; everything else seals.
 * @throws RootKeyMissing, RootKeyUnusable, KeyFileUnusable: each names the file and says what to do; nothing was made or changed
 */
export const openFileKeys = async (
  options: FileSealingOptions,
): Promise<{ readonly vault: Vault; readonly keyring: Keyring }> => {
  const files =
    'dataFolder' in options
      ? {
          vaultFile: options.vaultFile ?? keyFilesOf(options.dataFolder).vaultFile,
          keyringFile: options.keyringFile ?? keyFilesOf(options.dataFolder).keyringFile,
        }
      : { vaultFile: options.vaultFile, keyringFile: options.keyringFile };
  const { vaultFile, keyringFile } = files;
  const keyringExists = existsSync(keyringFile);
  if (!keyringExists && existsSync(vaultFile))
    throw new KeyFileUnusable(
      keyringFile,
      'keyring_missing',
      `the vault ${vaultFile} was written with it; put it back`,
    );
  const root = openRootKeyFile({
    file: options.rootKeyFile,
    createIfAbsent: options.createRootKey === true && !keyringExists,
    whyNot: keyringExists
      ? `the keyring ${keyringFile} hangs on it; put it back, a new one would open nothing`
      : 'none was made because that was not allowed',
    ...(options.acceptRootKeyReadableByOthers === undefined
      ? {}
      : { acceptReadableByOthers: options.acceptRootKeyReadableByOthers }),
  });
  let store: KeyringStore | undefined;
  let vault: Vault | undefined;
  try {
    store = openSqliteKeyringStore(keyringFile);
    if (!(await rootKeyFits(store, root)))
      throw new RootKeyUnusable(options.rootKeyFile, 'other_keyring', `it does not open the keyring ${keyringFile}`);
    vault = openSqliteVault(vaultFile);
  } catch (error) {
    await store?.close();
    throw error;
  }
  return { vault, keyring: createKeyring(store, root, options.clock) };
};

/**
 * Sealing over files, for standalone.
 * @throws RootKeyMissing, RootKeyUnusable, KeyFileUnusable: each names the file and says what to do; nothing was made or changed
 */
export const openFileSealing = async (options: FileSealingOptions): Promise<SealingService> =>
  createSealer({
    ...(await openFileKeys(options)),
    ...(options.cacheMs === undefined ? {} : { cacheMs: options.cacheMs }),
    ...(options.monotonic === undefined ? {} : { monotonic: options.monotonic }),
  });

/** True when the root key stands on the same disk folder as the data: a stolen folder then has both. */
export const rootKeyBesideData = (rootKeyFile: string, dataFolder: string): boolean =>
  `${resolve(dirname(rootKeyFile))}/`.startsWith(`${resolve(dataFolder)}/`);

/** Sealing in memory, for tests: gone when the process ends. */
export const createMemorySealing = (
  clock: Clock,
  options: { readonly cacheMs?: number; readonly monotonic?: () => number } = {},
): SealingService =>
  createSealer({
    ...options,
    vault: createMemoryVault(),
    keyring: createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock),
  });
