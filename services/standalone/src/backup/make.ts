import { openSqliteEventLog } from '@toeverlaat/event-log';
import { lineOf, sealedRecords } from '@toeverlaat/records';
import { epochsOfKeyring, epochsOfVault, type EpochsOf } from '@toeverlaat/sealing';
import { addDays, localDateOf, type Clock } from '@toeverlaat/values';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Layout } from '../layout.js';
import { DataFolderInUse, lockFolder } from '../lock.js';
import { VERSION } from '../version.js';
import { copyMeasured, filesUnder, isAbsent, isEmptyFolder, measured, snapshot, syncFolder, writing } from './files.js';
import {
  BACKUP_FORMAT,
  MANIFEST,
  manifestText,
  readManifest,
  type BackupContent,
  type BackupFile,
} from './manifest.js';
import { BackupRefused } from './refusal.js';

/** Where each part stands in a backup. */
export const placeOf = {
  reactors: 'messaging/reactors.sqlite',
  log: 'log/events.sqlite',
  ledger: 'ledger/seals.jsonl',
  vault: 'vault/vault.sqlite',
  keyring: 'keyring/keyring.sqlite',
  demonstration: 'settings/demonstration.json',
  blobs: 'blobs',
} as const;

export type MakeOptions = {
  readonly layout: Layout;
  readonly clock: Clock;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

const LOCK = '.writing';

/**
 * Fills a folder beside the wanted one and gives it its name when it is whole: killed anywhere there is no backup, and the next
 * run begins anew.
 */
const inWhole = async (out: string, work: (folder: string) => Promise<BackupContent>): Promise<BackupContent> => {
  if (!(await isEmptyFolder(out))) throw new BackupRefused('out_not_empty', out);
  const folder = `${out}.unfinished`;
  await writing(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const lockFile = join(folder, LOCK, 'in-use.sqlite');
  let lock;
  try {
    lock = lockFolder(folder, lockFile);
  } catch (error) {
    throw error instanceof DataFolderInUse ? new BackupRefused('being_written', folder, { cause: error }) : error;
  }
  try {
    for (const name of await readdir(folder))
      if (name !== LOCK) await rm(join(folder, name), { recursive: true, force: true });
    const content = await writing(folder, () => work(folder));
    await writing(folder, async () => {
      const handle = await open(join(folder, MANIFEST), 'wx', 0o600);
      try {
        await handle.writeFile(manifestText(content));
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
    lock.release();
    await rm(join(folder, LOCK), { recursive: true, force: true });
    await syncFolder(folder);
    // An empty folder may stand there; a rename takes its place, and refuses one that was filled meanwhile.
    await rename(folder, out);
    await syncFolder(dirname(out));
    return content;
  } finally {
    lock.release();
  }
};

const plain = (epochs: EpochsOf): BackupContent['epochs'] =>
  Object.fromEntries([...epochs].map(([organisation, list]) => [organisation, [...list]]));

/** Backups of a kind in a folder or right under it. */
export const backupsIn = (folder: string, kind: BackupContent['kind']): readonly string[] => {
  const isOne = (path: string): boolean => {
    try {
      return readManifest(path).kind === kind;
    } catch (error) {
      if (error instanceof BackupRefused) return false;
      throw error;
    }
  };
  if (!existsSync(folder)) return [];
  const under = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
  return [folder, ...under].filter(isOne);
};

const blobsOf = async (layout: Layout, folder: string): Promise<readonly BackupFile[]> => {
  const files: BackupFile[] = [];
  for (const path of await filesUnder(layout.blobs)) {
    // On their way in: nobody has been told of them.
    if (basename(path).startsWith('.')) continue;
    const to = `${placeOf.blobs}/${path}`;
    try {
      files.push({ part: 'blobs', path: to, ...(await copyMeasured(join(layout.blobs, path), join(folder, to))) });
    } catch (error) {
      // Erased since the list was made: then it belongs in no backup.
      if (!isAbsent(error)) throw error;
      await rm(join(folder, to), { force: true });
    }
  }
  return files;
};

/**
 * Backs an installation up, beside the product that runs on it or without one. The order is what makes it consistent: positions
 * of reactions before the log (none is ahead of it), the log before the vault (no event whose key is missing), the log before the
 * attachments it names, the vault before a keyring that comes along.
 * @param keyringBesideVault puts the keyring into the same folder: whoever has it and the root key opens everything in it
 * @throws BackupRefused: there is no backup under this name
 */
export const makeBackup = async (
  out: string,
  { layout, clock, at = () => undefined, keyringBesideVault }: MakeOptions & { readonly keyringBesideVault: boolean },
): Promise<BackupContent> => {
  if (!existsSync(layout.log) || !existsSync(layout.vault))
    throw new BackupRefused('nothing_to_back_up', layout.folder);
  if (!keyringBesideVault && backupsIn(dirname(out), 'keyring').length > 0)
    throw new BackupRefused('keyring_beside_vault', dirname(out));
  return inWhole(out, async (folder) => {
    const files: BackupFile[] = [];
    const take = async (part: BackupFile['part'], from: string, path: string): Promise<void> => {
      at(part);
      files.push({ part, path, ...(await snapshot(from, join(folder, path))) });
    };
    const madeAt = clock.now();
    if (existsSync(layout.reactors)) await take('messaging', layout.reactors, placeOf.reactors);
    await take('log', layout.log, placeOf.log);
    await take('vault', layout.vault, placeOf.vault);
    if (keyringBesideVault) await take('keyring', layout.keyring, placeOf.keyring);
    at('blobs');
    files.push(...(await blobsOf(layout, folder)));
    if (existsSync(layout.demonstration))
      files.push({
        part: 'settings',
        path: placeOf.demonstration,
        ...(await copyMeasured(layout.demonstration, join(folder, placeOf.demonstration))),
      });
    at('ledger');
    const log = openSqliteEventLog({ file: join(folder, placeOf.log), readOnly: true });
    let records;
    let events = 0;
    try {
      records = await sealedRecords(log);
      events = Number((await log.head()) ?? 0);
    } finally {
      await log.close();
    }
    const ledger = join(folder, placeOf.ledger);
    await mkdir(dirname(ledger), { recursive: true, mode: 0o700 });
    const handle = await open(ledger, 'wx', 0o600);
    try {
      await handle.writeFile(records.map(lineOf).join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
    files.push({ part: 'ledger', path: placeOf.ledger, ...(await measured(ledger)) });
    at('manifest');
    return {
      format: BACKUP_FORMAT,
      id: randomUUID(),
      kind: 'data',
      madeAt,
      release: VERSION,
      events,
      seals: records.length,
      epochs: plain(epochsOfVault(join(folder, placeOf.vault))),
      files,
    };
  });
};

const stampOf = (instant: string): string => instant.replaceAll(/[-:]|\.\d+/g, '');

/**
 * Backs the keyring up, alone, into a folder of its own for all of them, and removes those whose days are over: a certificate
 * says until when a backup may open what was erased, and this is what makes it true.
 * @param days that a backup of the keyring is kept
 * @throws BackupRefused
 */
export const makeKeyringBackup = async (
  to: string,
  { layout, clock, at = () => undefined, days }: MakeOptions & { readonly days: number },
): Promise<{ readonly folder: string; readonly removed: readonly string[] }> => {
  if (!existsSync(layout.keyring)) throw new BackupRefused('nothing_to_back_up', layout.folder);
  for (const place of [to, dirname(to)])
    if (backupsIn(place, 'data').length > 0) throw new BackupRefused('keyring_beside_vault', place);
  const madeAt = clock.now();
  const folder = join(to, `keyring-${stampOf(madeAt)}`);
  await inWhole(folder, async (unfinished) => {
    at('keyring');
    const file = { part: 'keyring', path: placeOf.keyring } as const;
    const bytes = await snapshot(layout.keyring, join(unfinished, placeOf.keyring));
    at('manifest');
    return {
      format: BACKUP_FORMAT,
      id: randomUUID(),
      kind: 'keyring',
      madeAt,
      release: VERSION,
      epochs: plain(epochsOfKeyring(join(unfinished, placeOf.keyring))),
      files: [{ ...file, ...bytes }],
    };
  });
  const removed: string[] = [];
  for (const one of backupsIn(to, 'keyring'))
    if (one !== to && addDays(localDateOf(readManifest(one).madeAt), days) < localDateOf(madeAt)) {
      await rm(one, { recursive: true, force: true });
      removed.push(one);
    }
  return { folder, removed };
};
