import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { openSqliteReactorStore } from '@toeverlaat/messaging';
import { openPostgresEventLog } from '@toeverlaat/postgres';
import { createBlobStore, openFileSealing } from '@toeverlaat/sealing';
import type { Adapters, Undo } from '@toeverlaat/standalone';
import type { Logger } from '@toeverlaat/telemetry';
import { assertNever, type Clock } from '@toeverlaat/values';
import { join } from 'node:path';
import type { LogSetting, ProcessSettings } from './settings.js';

/** What every process that works on the data is told of where the data is. */
export type Stores = {
  readonly log: LogSetting;
  readonly keys: string;
  readonly rootKey: string;
  readonly blobs: string | undefined;
  readonly reactions: string;
};

/** A setting without which this cannot start; readProcessSettings has refused that before. */
export class SettingMissing extends Error {
  override readonly name = 'SettingMissing';
}

export const storesOf = ({ log, keys, rootKey, blobs, reactions }: ProcessSettings): Stores => {
  if (log === undefined || keys === undefined || rootKey === undefined || reactions === undefined)
    throw new SettingMissing('log, keys, rootKey, reactions');
  return { log, keys, rootKey, blobs, reactions };
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
    case 'sqlite':
      return openSqliteEventLog({ file: setting.file, busyTimeoutMs: BUSY_MS, pollMs: POLL_MS });
    default:
      return assertNever(setting);
  }
};

/**
 * Log and keys of a distributed deployment, behind the ports that services know. Only a preparation may make a root key:
 * two processes that both found none would make two.
 */
export const openStores = async (
  stores: Stores,
  clock: Clock,
  logger: Logger,
  undo: Undo,
  preparing = false,
): Promise<Adapters> => {
  const log = await openLog(stores.log, logger);
  undo.add('log', log.close);
  const fresh = (await log.head()) === undefined;
  const sealing = await openFileSealing({
    clock,
    rootKeyFile: stores.rootKey,
    vaultFile: join(stores.keys, 'vault', 'vault.sqlite'),
    keyringFile: join(stores.keys, 'keyring', 'keyring.sqlite'),
    createRootKey: preparing && fresh,
  });
  undo.add('keys', sealing.close);
  const reactorStore = openSqliteReactorStore(stores.reactions);
  undo.add('reactor positions', reactorStore.close);
  const { blobs } = stores;
  return {
    log,
    sealing,
    reactorStore,
    blobs: (own) => {
      if (blobs === undefined) throw new SettingMissing('blobs');
      return createBlobStore({ folder: blobs, sealing: own });
    },
    fresh,
  };
};
