import { canonicalJson, ORGANISATION_ID } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BackupRefused } from './refusal.js';

/*
 * A backup is a folder with a list of its files, which is written last: without it there is no backup (ADR 55). The hashes find
 * what was damaged; they are no signature, and whoever can write the folder can make them anew.
 */

export const BACKUP_FORMAT = 'toeverlaat-backup/1';
export const MANIFEST = 'backup.json';

/** What of an installation a file is: each part has its own time for which it may be kept (design §4). */
export const backupParts = ['log', 'messaging', 'blobs', 'settings', 'ledger', 'vault', 'keyring'] as const;
export type BackupPart = (typeof backupParts)[number];

/** Forward slashes, no step upwards, nothing hidden but the list of uploads. */
const PATH = /^(?:\.?[A-Za-z0-9][A-Za-z0-9._-]*\/)*[A-Za-z0-9][A-Za-z0-9._-]*$/;
const fileSchema = z.strictObject({
  part: z.enum(backupParts),
  path: z.string().regex(PATH),
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupFile = z.infer<typeof fileSchema>;

const contentSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  id: z.uuid(),
  /** `data`: log, vault and what belongs to them. `keyring`: the keyring alone. */
  kind: z.enum(['data', 'keyring']),
  madeAt: z.iso.datetime(),
  release: z.string(),
  /** Of the log, at the moment that it was copied. */
  events: z.number().int().min(0).optional(),
  /** Seals in the log: the ledger of what was erased goes up to the newest of them. */
  seals: z.number().int().min(0).optional(),
  /** Epochs of key-encryption keys that the vault needs, or that the keyring holds. */
  epochs: z.record(z.string().regex(ORGANISATION_ID), z.array(z.number().int().min(1))),
  files: z.array(fileSchema),
});
export type BackupContent = z.infer<typeof contentSchema>;

const digestOf = (content: unknown): string => createHash('sha256').update(canonicalJson(content)).digest('hex');

export const manifestText = (content: BackupContent): string =>
  `${JSON.stringify({ ...content, sha256: digestOf(content) }, undefined, 1)}\n`;

/** @throws BackupRefused `no_backup`, `newer_format`, `damaged` */
export const readManifest = (folder: string): BackupContent => {
  let text: string;
  try {
    text = readFileSync(join(folder, MANIFEST), 'utf8');
  } catch (error) {
    throw new BackupRefused('no_backup', folder, { cause: error });
  }
  const damaged = (): BackupRefused => new BackupRefused('damaged', join(folder, MANIFEST));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged();
  }
  if (typeof json !== 'object' || json === null || !('sha256' in json)) throw damaged();
  const { sha256, ...content } = json;
  if ('format' in content && content.format !== BACKUP_FORMAT) throw new BackupRefused('newer_format', folder);
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success || digestOf(content) !== sha256) throw damaged();
  return parsed.data;
};
