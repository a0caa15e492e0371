import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Layout } from '../layout.js';
import { BackupRefused } from './refusal.js';

/**
 * How far a restore is. It stands in the data folder from before the first file is put there until what was erased is destroyed
 * again: a start that finds it opens nothing.
 */
const markerSchema = z.strictObject({
  v: z.literal(1),
  /** Of this restore: what it records, it records once under it. */
  restore: z.uuid(),
  /** Id of the backup; null where the files were put back by hand. */
  backup: z.uuid().nullable(),
  step: z.enum(['copying', 'applying']),
});
export type Marker = z.infer<typeof markerSchema>;

const syncDirectory = (folder: string): void => {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** @throws BackupRefused `restore_unfinished` for a marker that cannot be read: it stands for a restore all the same */
export const readMarker = ({ restore: file }: Pick<Layout, 'restore'>): Marker | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    return markerSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new BackupRefused('restore_unfinished', file, { cause: error });
  }
};

export const writeMarker = ({ restore: file }: Pick<Layout, 'restore'>, marker: Marker): void => {
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(marker)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
  syncDirectory(dirname(file));
};

export const removeMarker = ({ restore: file }: Pick<Layout, 'restore'>): void => {
  rmSync(file, { force: true });
  syncDirectory(dirname(file));
};

/** @throws BackupRefused */
export const refuseUnfinishedRestore = (layout: Pick<Layout, 'restore'>): void => {
  if (existsSync(layout.restore)) throw new BackupRefused('restore_unfinished', layout.restore);
};
