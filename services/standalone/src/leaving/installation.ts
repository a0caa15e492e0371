import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { createHandingOver, type HandingOver } from '@toeverlaat/records';
import { createSealer, openFileKeys, type KeyStores, type SealingService } from '@toeverlaat/sealing';
import { createLogger, type Logger } from '@toeverlaat/telemetry';
import { fileServices, tellHanded } from '@toeverlaat/service-kit';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { createUndo } from '../composition/undo.js';
import { layoutOf, type Layout } from '../layout.js';
import { lockFolder } from '../lock.js';
import type { Settings } from '../settings.js';
import { orRefuse } from './decided.js';

/** The log of an installation that does not run, with everything that opens it. */
export type StoppedInstallation = {
  readonly log: EventLog;
  readonly stores: KeyStores;
  readonly sealing: SealingService;
};

/**
 * Opens log and keys of a folder whose lock is held.
 * @throws RootKeyMissing, RootKeyUnusable
 */
export const openStopped = async (
  layout: Pick<Layout, 'log' | 'vault' | 'keyring'>,
  rootKey: string,
  clock: Clock,
  undo: Pick<ReturnType<typeof createUndo>, 'add'>,
  { createRootKey = false }: { readonly createRootKey?: boolean } = {},
): Promise<StoppedInstallation> => {
  const log = openSqliteEventLog({ file: layout.log });
  undo.add('log', log.close);
  const stores = await openFileKeys({
    clock,
    rootKeyFile: rootKey,
    vaultFile: layout.vault,
    keyringFile: layout.keyring,
    createRootKey,
  });
  const sealing = createSealer(stores);
  undo.add('keys', sealing.close);
  return { log, stores, sealing };
};

export type OpenedInstallation = StoppedInstallation & { readonly handing: HandingOver; readonly logger: Logger };

/** Opens the installation that is left for one command. @throws DataFolderInUse, RootKeyMissing, RootKeyUnusable */
export const withInstallation = async <T>(
  { settings, clock }: { readonly settings: Settings; readonly clock: Clock },
  work: (opened: OpenedInstallation) => Promise<T>,
): Promise<T> => {
  const layout = layoutOf(settings.data);
  const logger = createLogger({ level: settings.logLevel, service: 'leaving' });
  const undo = createUndo(logger);
  try {
    const lock = lockFolder(settings.data, layout.lock);
    undo.add('lock', lock.release);
    const opened = await openStopped(layout, settings.rootKey, clock, undo);
    const { log, sealing } = opened;
    return await work({ ...opened, logger, handing: createHandingOver({ log, clock, sealing, logger }) });
  } finally {
    await undo.run();
  }
};

/**
 * Tells whoever keeps files which of them nobody changes here from now on, before the product runs again; done twice it is done once.
 * @throws LeavingRefused
 */
export const closeFiles = async (
  { log, handing }: Pick<OpenedInstallation, 'log' | 'handing'>,
  clock: Clock,
  organisation: OrganisationId,
): Promise<void> => {
  const { handoverId, close, reopen } = orRefuse(await handing.closed(organisation), organisation);
  for (const service of fileServices)
    await tellHanded({ service, log, clock }, organisation, handoverId, { close, reopen });
};
