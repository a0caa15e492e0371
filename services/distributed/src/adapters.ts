import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { openKurrentEventLog } from '@toeverlaat/kurrentdb';
import { openSqliteDeliveryStore, openSqliteRelayStore } from '@toeverlaat/kafka';
import { openSqliteReactorStore } from '@toeverlaat/messaging';
import {
  openPostgresBlobStorage,
  openPostgresEventLog,
  openPostgresMessaging,
  openPostgresSealing,
  type PostgresMessaging,
  type RestoreNote,
} from '@toeverlaat/postgres';
import { createBlobStore, openFileSealing, type BlobStore, type SealingService } from '@toeverlaat/sealing';
import { BackupRefused, type Adapters, type Undo } from '@toeverlaat/standalone';
import type { Logger } from '@toeverlaat/telemetry';
import { assertNever, systemClock, type Clock } from '@toeverlaat/values';
import { join } from 'node:path';
import { fileRestoreNote } from './restore/file-note.js';
import type { BlobsSetting, LogSetting, MessagingSetting, ProcessSettings } from './settings.js';

/** Where vault and keyring are: two databases, or files of one folder. */
export type KeysSetting =
  | { readonly kind: 'postgres'; readonly vault: string; readonly keyring: string }
  | { readonly kind: 'folder'; readonly folder: string };

/** What every process that works on the data is told of where the data is. */
export type Stores = {
  readonly log: LogSetting;
  readonly keys: KeysSetting;
  readonly rootKey: string;
  readonly blobs: BlobsSetting | undefined;
  readonly messaging: MessagingSetting;
};

/** A setting without which this cannot start; readProcessSettings has refused that before. */
export class SettingMissing extends Error {
  override readonly name = 'SettingMissing';
}

export const storesOf = (
  settings: Partial<Pick<ProcessSettings, 'log' | 'vault' | 'keyring' | 'keys' | 'rootKey' | 'blobs' | 'messaging'>>,
): Stores => {
  const { log, vault, keyring, keys, rootKey, blobs, messaging } = settings;
  if (log === undefined || rootKey === undefined || messaging === undefined)
    throw new SettingMissing('log, rootKey, messaging');
  if (vault !== undefined && keyring !== undefined)
    return { log, keys: { kind: 'postgres', vault, keyring }, rootKey, blobs, messaging };
  if (keys === undefined) throw new SettingMissing('keys');
  return { log, keys: { kind: 'folder', folder: keys }, rootKey, blobs, messaging };
};

/** How long a write waits for another process of the host, in milliseconds. */
const BUSY_MS = 5_000;
/** How often a view looks for what another process wrote into the file, in milliseconds. */
const POLL_MS = 25;

export const openLog = async (setting: LogSetting, logger: Logger): Promise<EventLog> => {
  switch (setting.kind) {
    case 'postgres':
      return openPostgresEventLog({
        connectionString: setting.url,
        onError: (error) => {
          logger.warn('the log does not answer', { error });
        },
      });
    case 'kurrentdb':
      return openKurrentEventLog({
        connectionString: setting.url,
        onError: (detail) => {
          logger.warn('the log does not wake its readers', { error: detail });
        },
      });
    case 'sqlite':
      return openSqliteEventLog({ file: setting.file, busyTimeoutMs: BUSY_MS, pollMs: POLL_MS });
    default:
      return assertNever(setting);
  }
};

export const openKeys = (
  setting: KeysSetting,
  rootKeyFile: string,
  clock: Clock,
  createRootKey: boolean,
): Promise<SealingService> => {
  switch (setting.kind) {
    case 'postgres':
      return openPostgresSealing({
        clock,
        vault: { connectionString: setting.vault },
        keyring: { connectionString: setting.keyring },
        rootKeyFile,
        createRootKey,
      });
    case 'folder':
      return openFileSealing({
        clock,
        rootKeyFile,
        vaultFile: join(setting.folder, 'vault', 'vault.sqlite'),
        keyringFile: join(setting.folder, 'keyring', 'keyring.sqlite'),
        createRootKey,
      });
    default:
      return assertNever(setting);
  }
};

/** What reactions, relays and consumers keep. */
export type Messaging = Pick<PostgresMessaging, 'reactors' | 'relays' | 'deliveries'>;

type Restorable = Messaging & { readonly restore: RestoreNote };

const openMessaging = async (setting: MessagingSetting, logger: Logger, undo: Undo): Promise<Restorable> => {
  switch (setting.kind) {
    case 'postgres': {
      const opened = await openPostgresMessaging({
        connectionString: setting.url,
        onError: (error) => {
          logger.warn('positions of messages do not answer', { error });
        },
      });
      undo.add('positions of messages', opened.close);
      return opened;
    }
    case 'file': {
      const reactors = openSqliteReactorStore(setting.file);
      undo.add('positions of reactions', reactors.close);
      // Leases are of the present, whatever time the demonstration plays.
      const relays = openSqliteRelayStore(`${setting.file}.relays`, systemClock);
      undo.add('positions of relays', relays.close);
      const deliveries = openSqliteDeliveryStore(`${setting.file}.deliveries`);
      undo.add('positions of deliveries', deliveries.close);
      return { reactors, relays, deliveries, restore: fileRestoreNote(setting.file) };
    }
    default:
      return assertNever(setting);
  }
};

const openBlobs = async (
  setting: BlobsSetting,
  logger: Logger,
  undo: Undo,
): Promise<(own: SealingService) => BlobStore> => {
  switch (setting.kind) {
    case 'postgres': {
      const storage = await openPostgresBlobStorage({
        connectionString: setting.url,
        onError: (error) => {
          logger.warn('attachments do not answer', { error });
        },
      });
      undo.add('attachments', storage.close);
      // Of processes that ended; what others still write is left.
      await storage.removeUnfinished();
      return (own) => createBlobStore({ storage, sealing: own });
    }
    case 'folder':
      return (own) => createBlobStore({ folder: setting.folder, sealing: own });
    default:
      return assertNever(setting);
  }
};

/** What stores are opened for. */
export type Purpose = 'serving' | 'preparing' | 'restoring';

/**
 * Log and keys of a distributed deployment, behind the ports that services know. Only a preparation may make a root key:
 * two processes that both found none would make two.
 * @throws BackupRefused `restore_unfinished`, PostgresLogUnusable …
 */
export const openStores = async (
  stores: Stores,
  clock: Clock,
  logger: Logger,
  undo: Undo,
  purpose: Purpose = 'serving',
): Promise<Adapters & { readonly messaging: Restorable }> => {
  // First of all: what is being put back opens to nobody else (ADR 63).
  const messaging = await openMessaging(stores.messaging, logger, undo);
  if (purpose !== 'restoring' && (await messaging.restore.standing()) !== undefined)
    throw new BackupRefused('restore_unfinished', 'the database of messages');
  const log = await openLog(stores.log, logger);
  undo.add('log', log.close);
  const fresh = (await log.head()) === undefined;
  const sealing = await openKeys(stores.keys, stores.rootKey, clock, purpose === 'preparing' && fresh);
  undo.add('keys', sealing.close);
  const { blobs } = stores;
  const blobsOf = blobs === undefined ? undefined : await openBlobs(blobs, logger, undo);
  return {
    log,
    sealing,
    messaging,
    reactorStore: messaging.reactors,
    blobs: (own) => {
      if (blobsOf === undefined) throw new SettingMissing('blobs');
      return blobsOf(own);
    },
    fresh,
  };
};
