import { operationsSettings } from '@toeverlaat/telemetry';
import { err, ok, type Result } from '@toeverlaat/values';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readGiven, type SettingsError } from './composition/read-settings.js';

const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1'),
]);

/** Where the seals of the evidence go, and how often. */
export const evidenceShape = {
  /** Outside the operator's reach: a file that only grows, a git repository (and where it is pushed), a mail outbox. */
  anchorFile: z.string().min(1).optional(),
  anchorGit: z.string().min(1).optional(),
  anchorGitRemote: z.string().min(1).optional(),
  anchorOutbox: z.string().min(1).optional(),
  anchorMailFrom: z.email().optional(),
  anchorMailTo: z.email().optional(),
  /** Minutes between checkpoints (60), hours between seals that are anchored (24). */
  checkpointMinutes: z.coerce.number().int().min(1).max(1_440).optional(),
  sealHours: z.coerce.number().int().min(1).max(168).optional(),
  /** Minutes (60) after which what was erased is sealed and anchored between those; as long as `sealHours` for never. */
  sealErasuresMinutes: z.coerce.number().int().min(1).max(10_080).optional(),
};

/**
 * Days from one epoch of key-encryption keys to the next (7), and for how many days a backup of the keyring is kept (14):
 * after two epochs and that time no backup opens what was erased, and certificates say so (design §4).
 */
export const keyTermsShape = {
  keyEpochDays: z.coerce.number().int().min(1).max(366).optional(),
  keyringBackupDays: z.coerce.number().int().min(0).max(366).optional(),
};

/**
 * What the daily run does with records that fell due: `leave` them until somebody asks (the default), or `prepare` a batch for two
 * people to decide about. Nothing is destroyed without the two.
 */
export const dueShape = { dueErasures: z.enum(['leave', 'prepare']).optional() };

/** Everything that can be set. Names are the same in the file, as `--kebab-case` flags and as `TOEVERLAAT_UPPER_CASE`. */
export const settingsSchema = z.strictObject({
  /** `demonstration` seeds, signs in demonstration people and keeps its root key beside the log; `production` does not. */
  profile: z.enum(['demonstration', 'production']).default('demonstration'),
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(4000),
  /** Folder for log, views, keys and blobs. */
  data: z.string().min(1).default('./data'),
  /** File of the root key. Inside the data folder only in the demonstration, or when the next setting accepts it. */
  rootKey: z.string().min(1).optional(),
  /** Accepts that whoever steals the disk has key and log together. */
  acceptRootKeyOnTheLogsDisk: flag.default(false),
  /** Cases to add to the demonstration beyond the scenarios. */
  cases: z.coerce.number().int().min(0).max(1_000_000).default(0),
  seed: z.coerce.number().int().min(0).default(1),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
  /** OpenID Connect issuer whose access tokens are accepted; the demonstration brings its own. */
  oidcIssuer: z.url().optional(),
  oidcAudience: z.string().min(1).optional(),
  oidcJwks: z.url().optional(),
  ...evidenceShape,
  ...operationsSettings,
  ...keyTermsShape,
  ...dueShape,
});
/** Where the seals go, as it is set. */
export type AnchorSettings = {
  readonly [K in keyof typeof evidenceShape & `anchor${string}`]?: string | undefined;
};

/**
 * What is wrong with where the seals go; undefined: nothing. Outside the demonstration they have to go somewhere, and whoever opens
 * the log has to know where: without an anchor history can be written anew without a trace, an older copy is opened
 * unseen, and a restore has nothing to destroy again by (ADR 85).
 */
export const anchorFault = ({
  profile,
  anchorFile,
  anchorGit,
  anchorGitRemote,
  anchorOutbox,
  anchorMailFrom,
  anchorMailTo,
}: AnchorSettings & { readonly profile: string }): SettingsError | undefined => {
  if (anchorGitRemote !== undefined && anchorGit === undefined)
    return {
      setting: 'anchorGit',
      rule: 'required',
      help: 'a remote is that of a repository: set --anchor-git to its folder',
    };
  if (anchorOutbox !== undefined && (anchorMailFrom === undefined || anchorMailTo === undefined))
    return {
      setting: anchorMailFrom === undefined ? 'anchorMailFrom' : 'anchorMailTo',
      rule: 'required',
      help: 'an outbox needs who sends and who gets its mails: set --anchor-mail-from and --anchor-mail-to',
    };
  if (profile !== 'demonstration' && [anchorFile, anchorGit, anchorOutbox].every((one) => one === undefined))
    return {
      setting: 'anchorFile',
      rule: 'required',
      help: 'outside the demonstration the seals of the evidence go to a place outside your reach, by which an older copy is known too: set --anchor-file, --anchor-git or --anchor-outbox',
    };
  return undefined;
};

export type Settings = Readonly<z.output<typeof settingsSchema>> & { readonly data: string; readonly rootKey: string };

const deviceOf = (path: string): number => {
  try {
    return statSync(path).dev;
  } catch {
    // Not there yet: it will lie where its nearest existing ancestor lies.
    return deviceOf(dirname(path));
  }
};

/** Whether two paths lie on one disk, so that one theft takes both. */
export const onOneDisk = (a: string, b: string): boolean => deviceOf(resolve(a)) === deviceOf(resolve(b));

/**
 * Reads the settings: a flag beats the environment, which beats the config file (`--config file.json` or
 * `TOEVERLAAT_CONFIG`), which beats the default. The first setting that is wrong is named.
 */
export const readSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  sameDisk: (a: string, b: string) => boolean = onOneDisk,
): Result<Settings, SettingsError> => {
  const given = readGiven(settingsSchema, ['acceptRootKeyOnTheLogsDisk'], argv, environment);
  if (!given.ok) return given;
  const settings = given.value;
  const data = resolve(settings.data);
  const rootKey = resolve(settings.rootKey ?? `${data}/root.key`);
  if (settings.profile !== 'demonstration' && !settings.acceptRootKeyOnTheLogsDisk && sameDisk(rootKey, data))
    return err({
      setting: 'rootKey',
      rule: 'not on the disk of the log',
      help: 'outside the demonstration the root key must not lie on the disk of the log: set --root-key to a file on another disk, or accept the risk with --accept-root-key-on-the-logs-disk',
    });
  if (
    settings.profile !== 'demonstration' &&
    (settings.oidcIssuer === undefined || settings.oidcAudience === undefined)
  )
    return err({
      setting: settings.oidcIssuer === undefined ? 'oidcIssuer' : 'oidcAudience',
      rule: 'required',
      help: 'outside the demonstration people sign in at your own OpenID Connect provider: set --oidc-issuer and --oidc-audience',
    });
  const fault = anchorFault(settings);
  if (fault !== undefined) return err(fault);
  return ok({ ...settings, data, rootKey });
};
