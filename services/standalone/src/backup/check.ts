import { checkLog } from '@toeverlaat/event-log';
import { epochsOfKeyring, epochsOfVault } from '@toeverlaat/sealing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { measured } from './files.js';
import { placeOf } from './make.js';
import { readManifest, type BackupContent, type BackupFile } from './manifest.js';
import { BackupRefused } from './refusal.js';

const isSound = (file: string): boolean => {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok';
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
};

const fileOf = (content: BackupContent, part: BackupFile['part']): BackupFile | undefined =>
  content.files.find((file) => file.part === part);

/**
 * Goes through a whole backup: every file is there with its bytes, every SQLite file is sound, every record of the log too.
 * Changes nothing. The vault may have been taken out, as its time is shorter than the log's.
 * @throws BackupRefused naming the first file that is wrong
 */
export const checkBackup = async (
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly content: BackupContent; readonly holdsVault: boolean; readonly holdsKeyring: boolean }> => {
  const content = readManifest(folder);
  const holds = (part: BackupFile['part']): boolean => {
    const file = fileOf(content, part);
    return file !== undefined && existsSync(join(folder, file.path));
  };
  const taken = content.kind === 'data' && !holds('vault');
  for (const file of content.files) {
    if (taken && (file.part === 'vault' || file.part === 'keyring') && !holds(file.part)) continue;
    const path = join(folder, file.path);
    let found;
    try {
      found = await measured(path);
    } catch (error) {
      throw new BackupRefused('damaged', path, { cause: error });
    }
    if (found.bytes !== file.bytes || found.sha256 !== file.sha256) throw new BackupRefused('damaged', path);
    if (path.endsWith('.sqlite') && !isSound(path)) throw new BackupRefused('damaged', path);
  }
  if (content.kind === 'data') {
    const log = join(folder, placeOf.log);
    const answer = await checkLog(log, onProgress);
    if (!answer.ok || answer.events !== content.events) throw new BackupRefused('damaged', log);
  }
  return { content, holdsVault: holds('vault'), holdsKeyring: holds('keyring') };
};

/** Where the keyring for a backup lies: in a backup of its own, or beside the vault when that was asked for. */
export const keyringFileOf = (folder: string, keyring: string | undefined): string => {
  const from = keyring ?? folder;
  const content = readManifest(from);
  const file = fileOf(content, 'keyring');
  if (file === undefined || !existsSync(join(from, file.path))) throw new BackupRefused('no_keyring', from);
  return join(from, file.path);
};

/**
 * Every epoch that the vault needs has to be in the keyring: a keyring from before the newest rotation of the vault, or from two
 * after it, opens nothing.
 * @throws BackupRefused `wrong_epoch`, `without_vault`
 */
export const checkEpochs = (folder: string, keyringFile: string): void => {
  const vault = join(folder, placeOf.vault);
  if (!existsSync(vault)) throw new BackupRefused('without_vault', folder);
  const held = epochsOfKeyring(keyringFile);
  for (const [organisation, needed] of epochsOfVault(vault))
    if (!needed.every((epoch) => held.get(organisation)?.includes(epoch) === true))
      throw new BackupRefused(
        'wrong_epoch',
        `${keyringFile} (${organisation}: ${needed.join(', ')}; held: ${(held.get(organisation) ?? []).join(', ')})`,
      );
};
