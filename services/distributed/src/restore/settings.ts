import { evidenceShape, keyTermsShape, readGiven, type SettingsError } from '@toeverlaat/standalone';
import type { Result } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { z } from 'zod';
import { processSettingsSchema } from '../settings.js';

const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));

/** What a restore is told: where the stores are, as the role that may do everything in them, and where the ledger is. */
export const restoreSettingsSchema = z.strictObject({
  ...processSettingsSchema.pick({ log: true, vault: true, keyring: true, keys: true, blobs: true, messaging: true })
    .shape,
  rootKey: path,
  /** A folder for what is built while it runs; removed afterwards. */
  data: path,
  /** Folder in which view files are published for cold replicas: emptied, and filled anew. */
  publishedViews: path.optional(),
  ...evidenceShape,
  ...keyTermsShape,
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});
export type RestoreSettings = Readonly<z.output<typeof restoreSettingsSchema>>;

export const readRestoreSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<RestoreSettings, SettingsError> => readGiven(restoreSettingsSchema, [], argv, environment);
