import {
  INSTALLATION,
  applyNewestLedger,
  carryOut,
  compose,
  evidenceOf,
  organisationsOf,
  createUndo,
  type Anchor,
  type Applied,
  type Settings,
} from '@toeverlaat/standalone';
import { serviceNames } from '@toeverlaat/contracts';
import { createLogger } from '@toeverlaat/telemetry';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStores, type Stores } from '../adapters.js';
import type { RestoreSettings } from './settings.js';

export type RestoreDeployment = {
  readonly stores: Stores;
  /** Folder for what is built while it runs, removed afterwards, and what the product would be told. */
  readonly settings: Omit<RestoreSettings, 'log' | 'vault' | 'keyring' | 'keys' | 'blobs' | 'messaging'>;
  readonly clock: Clock;
  /** Copies of an anchor. */
  readonly ledgers: readonly string[];
  /** In place of those of the settings, for tests. */
  readonly anchors?: readonly Anchor[];
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

/**
 * Makes a deployment ready whose databases were put back from a backup, by whatever means its operator has (ADR 63): from its
 * first step on no process opens anything, until what was erased is destroyed again, every log has its new name and every
 * service has dropped what it derived. Cut off anywhere, the same call goes on. No process of the deployment may run.
 * @throws BackupRefused, DataFolderInUse, EvidenceStopped, RootKeyMissing, KeyServerUnfit, PostgresLogUnusable
 */
export const restoreDeployment = async ({
  stores,
  settings,
  clock,
  ledgers,
  anchors,
  at = () => undefined,
}: RestoreDeployment): Promise<Applied> => {
  const logger = createLogger({ level: settings.logLevel, service: 'restore' });
  const evidence = evidenceOf(settings, { evidence: join(settings.data, 'evidence') });
  const undo = createUndo(logger);
  let applied: Applied;
  try {
    const { log, sealing, messaging } = await openStores(stores, clock, logger, undo, 'restoring');
    at('begin');
    const restore = await messaging.restore.begin(randomUUID());
    applied = await applyNewestLedger(
      {
        log,
        sealing,
        clock,
        organisations: async () => {
          const all: OrganisationId[] = [INSTALLATION, ...(await organisationsOf(log)())];
          const keyed = await Promise.all(all.map((one) => sealing.epochSince(one)));
          return all.filter((_, n) => keyed[n] !== undefined);
        },
        anchors: anchors ?? evidence.anchors ?? [],
        ledgers,
        keyring: 'the keyring',
      },
      restore,
      at,
    );
    at('forget');
    await messaging.restore.forget();
  } finally {
    await undo.run();
  }

  at('carry out');
  const { publishedViews, ...rest } = settings;
  const told: Settings = {
    ...rest,
    profile: 'production',
    host: '127.0.0.1',
    port: 0,
    rootKey: stores.rootKey,
    acceptRootKeyOnTheLogsDisk: false,
    cases: 0,
    seed: 1,
  };
  // Views and tiles of an earlier attempt are of what was there then.
  const clear = (): void => {
    for (const built of ['views', 'evidence']) rmSync(join(settings.data, built), { recursive: true, force: true });
  };
  clear();
  const end: (() => Promise<void>)[] = [];
  const product = await compose(told, {
    clock,
    restoring: true,
    withoutDoor: true,
    timersEveryMs: 0,
    ...(anchors === undefined ? {} : { evidence: { anchors } }),
    adapters: async (of, own) => {
      const opened = await openStores(stores, of, logger, own, 'restoring');
      end.push(opened.messaging.restore.end);
      return opened;
    },
  });
  try {
    await carryOut(product);
    if (publishedViews !== undefined) {
      rmSync(publishedViews, { recursive: true, force: true });
      for (const name of serviceNames) await product.services[name]?.publishViews(publishedViews);
    }
    at('end');
    for (const one of end) await one();
    return applied;
  } finally {
    await product.stop();
    clear();
  }
};
