import { createMemoryEventLog, openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import {
  createMemoryReactorStore,
  openSqliteReactorStore,
  type Reactor,
  type ReactorStore,
} from '@toeverlaat/messaging';
import { createBlobStore, createMemorySealing, openFileSealing } from '@toeverlaat/sealing';
import type { BlobStore, SealingService } from '@toeverlaat/sealing';
import type { Clock } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import type { Layout } from '../layout.js';
import { KeyringMissing } from '../refusals.js';
import type { Undo } from './undo.js';

/** What a mode chooses behind the ports of services (design §1). */
export type Adapters = {
  readonly log: EventLog;
  /** Where the log is a file that this process appends to. */
  readonly logFile?: string;
  readonly sealing: SealingService;
  readonly reactorStore: ReactorStore;
  /** The store of attachments, sealed with the keys of one service. */
  readonly blobs: (own: SealingService) => BlobStore;
  /** The log held nothing when it was opened. */
  readonly fresh: boolean;
};

/** Files of one folder; log, keys and reactor positions in memory where a test wants it so. */
export const fileAdapters = async (
  layout: Layout,
  rootKeyFile: string,
  clock: Clock,
  memory: boolean,
  undo: Undo,
): Promise<Adapters> => {
  const log = memory ? createMemoryEventLog() : openSqliteEventLog({ file: layout.log });
  undo.add('log', log.close);
  const fresh = (await log.head()) === undefined;
  if (!memory && !fresh && !existsSync(layout.keyring)) throw new KeyringMissing(layout.keyring, layout.log);
  const sealing = memory
    ? createMemorySealing(clock)
    : await openFileSealing({
        clock,
        rootKeyFile,
        vaultFile: layout.vault,
        keyringFile: layout.keyring,
        createRootKey: fresh,
      });
  undo.add('keys', sealing.close);
  const reactorStore = memory
    ? { ...createMemoryReactorStore(), close: () => undefined }
    : openSqliteReactorStore(layout.reactors);
  undo.add('reactor positions', reactorStore.close);
  return {
    log,
    ...(memory ? {} : { logFile: layout.log }),
    sealing,
    reactorStore,
    blobs: (own) => createBlobStore({ folder: layout.blobs, sealing: own }),
    fresh,
  };
};

/** A reactor names itself to the store it keeps its position in; this is how commands find those of every service. */
export const collecting = (store: ReactorStore, reactors: Map<string, Reactor>): ReactorStore => ({
  ...store,
  attach: (name, reactor) => {
    reactors.set(name, reactor);
  },
});
