import { createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { associated, erase, KEY_BYTES, randomKey, takeKey, unwrapBytes, wrapBytes } from './keys.js';

/** The key above all keys: a file for standalone, a KMS or OpenBao in production. It never leaves its holder. */
export type RootKey = {
  readonly wrap: (material: Uint8Array, context: readonly string[]) => Promise<Uint8Array>;
  /** Undefined when the bytes do not authenticate: another root key, or another context. Rejects when out of reach. */
  readonly unwrap: (wrapped: Uint8Array, context: readonly string[]) => Promise<Uint8Array | undefined>;
};

/** The root key file is not there. What was sealed cannot be read without it; it is never made anew beside a keyring. */
export class RootKeyMissing extends Error {
  override readonly name = 'RootKeyMissing';
  readonly file: string;
  constructor(file: string, why: string) {
    super(`root key file ${file} is missing: ${why}`);
    this.file = file;
  }
}

/** The root key file is there but cannot be used; `rule` says what it breaks. */
export class RootKeyUnusable extends Error {
  override readonly name = 'RootKeyUnusable';
  readonly file: string;
  readonly rule: 'format' | 'readable_by_others' | 'other_keyring';
  constructor(file: string, rule: RootKeyUnusable['rule'], advice: string) {
    super(`root key file ${file} cannot be used (${rule}): ${advice}`);
    this.file = file;
    this.rule = rule;
  }
}

const rootKeyOf = (key: KeyObject): RootKey => ({
  wrap: (material, context) => Promise.resolve(wrapBytes(key, material, associated('root', ...context))),
  unwrap: (wrapped, context) => Promise.resolve(unwrapBytes(key, wrapped, associated('root', ...context))),
});

/** A root key that lives in memory only: for tests. */
export const createMemoryRootKey = (): RootKey => rootKeyOf(takeKey(randomKey()));

export type RootKeyFileOptions = {
  readonly file: string;
  /** Make the file when it is absent. Say no where a keyring exists already. */
  readonly createIfAbsent: boolean;
  /** Why it may not be made, for the error. */
  readonly whyNot?: string;
  /** A secret mounted by an orchestrator is often readable by its group; by default that is refused. */
  readonly acceptReadableByOthers?: boolean;
};

const PREFIX = 'toeverlaat-root-key-v1:';

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const makeFile = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomUUID()}`;
  const raw = randomKey();
  const handle = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(handle, `${PREFIX}${raw.toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
    erase(raw);
  }
  try {
    // A link, unlike a rename, never replaces a key that another process has just made.
    linkSync(unfinished, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(unfinished);
  }
  if (process.platform === 'win32') return;
  // The name is durable only with its folder: a keyring must never outlive the file its keys hang on.
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

/**
 * Whether a file of this mode and owner is out of everybody else's reach. An orchestrator that mounts a secret keeps it as root's
 * and lets the process read it through the group it gave to the process alone: there is no other mode in which a process
 * that is not root could read it. `others` may never.
 */
export const isOutOfReach = (mode: number, ownerUid: number, ownUid: number): boolean =>
  (mode & 0o077) === 0 || (ownerUid === 0 && ownUid !== 0 && (mode & 0o037) === 0);

/**
 * The root key of an installation: one line of text in a file that nobody else can read (mode 0600, or as a mounted secret).
 * @throws RootKeyMissing, RootKeyUnusable
 */
export const openRootKeyFile = (options: RootKeyFileOptions): RootKey => {
  const { file } = options;
  let stands: ReturnType<typeof statSync>;
  try {
    stands = statSync(file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    if (!options.createIfAbsent)
      throw new RootKeyMissing(file, options.whyNot ?? 'put the file back, or allow a new one to be made');
    makeFile(file);
    stands = statSync(file);
  }
  const own = process.getuid?.();
  if (own !== undefined && options.acceptReadableByOthers !== true && !isOutOfReach(stands.mode, stands.uid, own))
    throw new RootKeyUnusable(file, 'readable_by_others', 'set its mode to 0600');
  const text = readFileSync(file, 'utf8').trim();
  const raw = Buffer.from(text.slice(PREFIX.length), 'base64url');
  if (!text.startsWith(PREFIX) || raw.length !== KEY_BYTES || raw.toString('base64url') !== text.slice(PREFIX.length))
    throw new RootKeyUnusable(file, 'format', 'restore the file from where the root key is kept');
  const key = createSecretKey(raw);
  erase(raw);
  return rootKeyOf(key);
};
