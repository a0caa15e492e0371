import type { Anchor } from '@toeverlaat/records';
import { epochsOfVault } from '@toeverlaat/sealing';
import { createLogger } from '@toeverlaat/telemetry';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileAdapters } from '../composition/adapters.js';
import { createUndo } from '../composition/undo.js';
import { compose } from '../compose.js';
import { evidenceOf } from '../evidence.js';
import { layoutOf, type Layout } from '../layout.js';
import { lockFolder } from '../lock.js';
import type { Settings } from '../settings.js';
import { applyNewestLedger, carryOut, type Applied } from './apply.js';
import { checkBackup, checkEpochs, keyringFileOf } from './check.js';
import { copyMeasured, isEmptyFolder, syncFolder, writing } from './files.js';
import { placeOf } from './make.js';
import { readManifest, type BackupContent, type BackupFile } from './manifest.js';
import { readMarker, removeMarker, writeMarker, type Marker } from './marker.js';
import { BackupRefused } from './refusal.js';

export type RestoreOptions = {
  /** Of the installation that is put back: its data folder, root key and anchors. */
  readonly settings: Settings;
  readonly clock: Clock;
  /** Folder of the backup; left out where the files were put into the data folder by hand. */
  readonly from?: string | undefined;
  /** Folder of the keyring's backup; left out where it lies beside the vault. */
  readonly keyring?: string | undefined;
  /** Copies of an anchor. */
  readonly ledgers?: readonly string[];
  /** In place of those of the settings, for tests. */
  readonly anchors?: readonly Anchor[];
  readonly onProgress?: (done: number, total: number) => void;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

export type Restored = Applied & { readonly events: number };

/** Where a file of a backup belongs; undefined for what is not put back. */
const targetOf = (layout: Layout, { part, path }: BackupFile): string | undefined => {
  switch (part) {
    case 'log':
      return layout.log;
    case 'vault':
      return layout.vault;
    case 'messaging':
      return layout.reactors;
    case 'settings':
      return layout.demonstration;
    case 'blobs':
      return join(layout.blobs, path.slice(placeOf.blobs.length + 1));
    // Named by itself, or the older one.
    case 'keyring':
    case 'ledger':
      return undefined;
  }
};

/** What was begun and cut off goes first: a half of a file is never taken for a whole one. */
const clear = async (layout: Layout): Promise<void> => {
  for (const path of [dirname(layout.log), join(layout.folder, 'keys'), layout.blobs, layout.views, layout.evidence])
    await rm(path, { recursive: true, force: true });
  for (const path of [layout.reactors, layout.demonstration])
    for (const beside of ['', '-wal', '-shm']) await rm(`${path}${beside}`, { force: true });
};

const copyAll = async (
  layout: Layout,
  from: string,
  content: BackupContent,
  keyringFile: string,
  at: (step: string) => void,
): Promise<void> => {
  at('clear');
  await clear(layout);
  for (const file of content.files) {
    const target = targetOf(layout, file);
    if (target === undefined) continue;
    at(`copy ${file.part}`);
    const copied = await writing(target, () => copyMeasured(join(from, file.path), target));
    if (copied.sha256 !== file.sha256) throw new BackupRefused('damaged', join(from, file.path));
  }
  at('copy keyring');
  await writing(layout.keyring, () => copyMeasured(keyringFile, layout.keyring));
  // A copy has no write-ahead log; the log is only opened with one.
  await writing(layout.log, () => {
    const db = new DatabaseSync(layout.log);
    try {
      db.exec('PRAGMA journal_mode = WAL');
    } finally {
      db.close();
    }
  });
  for (const folder of [layout.log, layout.vault, layout.keyring].map((file) => dirname(file)))
    await syncFolder(folder);
};

/** The marker of this restore, which may be one that goes on. */
const begin = async (layout: Layout, settings: Settings, backup: string | null): Promise<Marker> => {
  const begun = readMarker(layout);
  if (begun !== undefined) {
    if (backup !== null && begun.backup !== backup) throw new BackupRefused('other_restore', layout.restore);
    return begun;
  }
  const marker: Marker = { v: 1, restore: randomUUID(), backup, step: backup === null ? 'applying' : 'copying' };
  if (backup === null) {
    if (!existsSync(layout.log) || !existsSync(layout.vault)) throw new BackupRefused('no_backup', layout.folder);
  } else {
    // The root key of a demonstration lies in the folder itself, and has to be put there first.
    const rootKey = dirname(settings.rootKey) === layout.folder ? [basename(settings.rootKey)] : [];
    const except = ['lock', `${basename(layout.restore)}.new`, ...rootKey];
    if (!(await isEmptyFolder(layout.folder, except))) throw new BackupRefused('target_not_empty', layout.folder);
  }
  await writing(layout.restore, () => writeMarker(layout, marker));
  return marker;
};

/** Ledger, new names and new keys, over the files as they lie in the data folder. */
const apply = async (
  layout: Layout,
  { settings, clock, ledgers = [], anchors, at = () => undefined }: RestoreOptions,
  { restore }: Marker,
): Promise<Applied> => {
  const undo = createUndo(createLogger({ level: settings.logLevel, service: 'restore' }));
  try {
    const { log, sealing } = await fileAdapters(layout, settings.rootKey, clock, false, undo);
    return await applyNewestLedger(
      {
        log,
        sealing,
        clock,
        organisations: () => Promise.resolve([...epochsOfVault(layout.vault).keys()] as OrganisationId[]),
        anchors: anchors ?? evidenceOf(settings, layout).anchors ?? [],
        ledgers,
        keyring: layout.keyring,
      },
      restore,
      at,
    );
  } finally {
    await undo.run();
  }
};

/**
 * Puts an installation back (design §4, Backups): files, then the newest ledger of what was erased, new names for its logs, new
 * epochs of its keys, and the erasures carried out again over every service. Until all of it is done no start opens anything; cut
 * off anywhere, the same call goes on.
 * @throws BackupRefused, DataFolderInUse, RootKeyMissing, RootKeyUnusable, EvidenceStopped
 */
export const restoreBackup = async (options: RestoreOptions): Promise<Restored> => {
  const { settings, clock, from, at = () => undefined } = options;
  const layout = layoutOf(settings.data);
  // Before anything is written: is it whole, and do its keys belong together?
  let content: BackupContent | undefined;
  let keyringFile = '';
  if (from !== undefined) {
    content = readManifest(from);
    if (content.kind !== 'data') throw new BackupRefused('no_backup', from);
    keyringFile = keyringFileOf(from, options.keyring);
    if (options.keyring !== undefined) await checkBackup(options.keyring);
    checkEpochs(from, keyringFile);
    if (readMarker(layout)?.step !== 'applying') await checkBackup(from, options.onProgress);
  }
  await writing(layout.folder, () => mkdir(layout.folder, { recursive: true, mode: 0o700 }));
  const lock = lockFolder(settings.data, layout.lock);
  let applied: Applied;
  try {
    at('begin');
    const marker = await begin(layout, settings, content?.id ?? null);
    if (marker.step === 'copying' && from !== undefined && content !== undefined) {
      await copyAll(layout, resolve(from), content, keyringFile, at);
      at('copied');
      await writing(layout.restore, () => writeMarker(layout, { ...marker, step: 'applying' }));
    } else if (marker.step === 'copying') throw new BackupRefused('restore_unfinished', layout.restore);
    applied = await apply(layout, options, marker);
  } finally {
    lock.release();
  }

  at('carry out');
  const product = await compose(settings, {
    clock,
    restoring: true,
    withoutDoor: true,
    timersEveryMs: 0,
    ...(options.anchors === undefined ? {} : { evidence: { anchors: options.anchors } }),
  });
  try {
    await carryOut(product);
    at('end');
    removeMarker(layout);
    return { ...applied, events: Number((await product.log.head()) ?? 0) };
  } finally {
    await product.stop();
  }
};
