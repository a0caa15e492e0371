import { keyTermsShape, readGiven, type SettingsError } from '@toeverlaat/standalone';
import { operationsSettings } from '@toeverlaat/telemetry';
import { err, ok, organisationId, type Result } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { z } from 'zod';
import { logSchema } from '../settings.js';

const postgres = z.string().regex(/^postgres(?:ql)?:\/\//u, 'postgres://role:password@host:port/database');
const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));

/** What the process that keeps epochs of keys is told; names as in `ProcessSettings`. */
export const keysSettingsSchema = z.strictObject({
  /** Read, for the names of organisations. */
  log: logSchema,
  /** As the role that may use every record class and drops epochs (ADR 59). */
  vault: postgres.optional(),
  keyring: postgres.optional(),
  /** Or a folder of both, shared by the processes of one host. */
  keys: path.optional(),
  rootKey: path,
  ...keyTermsShape,
  /** Milliseconds between looks. */
  everyMs: z.coerce.number().int().min(1_000).max(86_400_000).default(3_600_000),
  /** An organisation, or `all`: starts an epoch now, whatever the last one's days, and ends. */
  rotate: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,39}$/u, 'the name of an organisation, or all')
    .transform((name) => (name === 'all' ? ('all' as const) : organisationId(name)))
    .optional(),
  /** With `rotate`: the epoch before goes at once, so that no copy of the vault before now opens anything again. */
  dropPrevious: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(false),
  ...operationsSettings,
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
});
export type KeysSettings = Readonly<z.output<typeof keysSettingsSchema>>;

export const readKeysSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<KeysSettings, SettingsError> => {
  const given = readGiven(keysSettingsSchema, ['dropPrevious'], argv, environment);
  if (!given.ok) return given;
  const { vault, keyring, keys, rotate, dropPrevious } = given.value;
  if ((vault === undefined) !== (keyring === undefined))
    return err({
      setting: vault === undefined ? 'vault' : 'keyring',
      rule: 'required',
      help: 'both or neither',
    });
  if ((vault === undefined) === (keys === undefined))
    return err({ setting: 'keys', rule: 'one of both', help: 'set --vault and --keyring, or --keys' });
  if (dropPrevious && rotate === undefined)
    return err({ setting: 'dropPrevious', rule: 'with rotate', help: 'say whose: --rotate <organisation>' });
  return ok(given.value);
};
