import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Opened, SealContext, SealedValue } from '@toeverlaat/event-log';
import { canonicalJson, InvariantBroken, type Json } from '@toeverlaat/values';
import { erase, IV_BYTES, joined, TAG_BYTES } from './keys.js';
import { MAX_PADDED_CONTENT, paddedSize, PREFIX, unpad } from './padding.js';

/** What a sealed value is bound to, as bytes (design §4). */
export type Associated = (context: SealContext, keys: readonly string[]) => Uint8Array;

/**
 * The associated data of sealed values one after the other. Fields of one event differ in their path alone, so what stands
 * before the path, and the key ids after it, are put together once for each run of them.
 */
export const createAssociated = (): Associated => {
  let last: SealContext | undefined;
  let before = '';
  let lastKeys: readonly string[] = [];
  let after = '';
  return (context, keys) => {
    if (
      last === undefined ||
      last.eventId !== context.eventId ||
      last.stream !== context.stream ||
      last.type !== context.type ||
      last.organisation !== context.organisation
    ) {
      last = context;
      const { organisation, stream, eventId, type } = context;
      before = joined(['sealed v1', 'A256GCM', organisation, stream, eventId, type]);
    }
    if (!sameIds(lastKeys, keys)) {
      lastKeys = keys;
      after = joined(keys);
    }
    return Buffer.from(`${before}${joined([context.path])}${after}`);
  };
};

export const sameIds = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((id, index) => id === b[index]));

/** The canonical JSON of a value and the bytes of its size class. */
export type Plaintext = { readonly json: string; readonly bytes: number; readonly padded: number };
export type TooLarge = { readonly size: number; readonly limit: number };

/** @throws InvariantBroken for what JSON cannot carry unchanged */
export const plaintextOf = (value: Json): Plaintext | TooLarge => {
  let json: string;
  try {
    json = canonicalJson(value);
  } catch (error) {
    // A schema let through what JSON cannot carry unchanged: not a fault of any key.
    throw new InvariantBroken(error instanceof Error ? error.message : 'no JSON');
  }
  const bytes = Buffer.byteLength(json);
  const padded = paddedSize(bytes);
  return padded === undefined ? { size: bytes, limit: MAX_PADDED_CONTENT } : { json, bytes, padded };
};

/** All but the longest texts fit. What stood here is overwritten before anything else runs. */
const plainScratch = Buffer.allocUnsafeSlow(16 * 1024);
const sealedScratch = Buffer.allocUnsafeSlow(plainScratch.length + TAG_BYTES);

const POOLED_IVS = 1_024;
let pool = Buffer.alloc(0);
/**
 * A random nonce, never given twice. Asking the system costs a quarter of a sealed value, so many are drawn at once; a nonce is no
 * secret.
 */
const nextIv = (): Buffer => {
  if (pool.length < IV_BYTES) pool = randomBytes(IV_BYTES * POOLED_IVS);
  const iv = pool.subarray(0, IV_BYTES);
  pool = pool.subarray(IV_BYTES);
  return iv;
};

/**
 * Seals a plaintext: length prefix (32 bits, big-endian), the JSON, zeros up to the size class. The members of the value stand in
 * the order of canonical JSON.
 */
export const sealField = (
  { organisation, stream, eventId, type, path }: SealContext,
  keys: readonly string[],
  key: KeyObject,
  { json, bytes, padded }: Plaintext,
  associated: Uint8Array,
): SealedValue => {
  const fits = padded <= plainScratch.length;
  const plain = fits ? plainScratch.subarray(0, padded) : Buffer.allocUnsafeSlow(padded);
  const sealed = fits ? sealedScratch : Buffer.allocUnsafeSlow(padded + TAG_BYTES);
  plain.writeUInt32BE(bytes, 0);
  plain.write(json, PREFIX, 'utf8');
  plain.fill(0, PREFIX + bytes);
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  sealed.set(cipher.update(plain), 0);
  erase(plain);
  // GCM is a stream: nothing is left to give, but the tag is made here.
  cipher.final();
  sealed.set(cipher.getAuthTag(), padded);
  return {
    alg: 'A256GCM',
    ct: sealed.toString('base64url', 0, padded + TAG_BYTES),
    ctx: { eventId, organisation, path, stream, type },
    iv: iv.toString('base64url'),
    keys: [...keys],
    v: 1,
  };
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

export const openField = (value: SealedValue, key: KeyObject, associated: Uint8Array): Opened => {
  try {
    const bytes = Buffer.from(value.ct, 'base64url');
    const iv = Buffer.from(value.iv, 'base64url');
    if (iv.length !== IV_BYTES || bytes.length < TAG_BYTES) return { kind: 'tampered' };
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated);
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const padded = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
    decipher.final();
    const content = unpad(padded);
    if (content === undefined) return { kind: 'tampered' };
    return { kind: 'opened', value: JSON.parse(utf8.decode(content)) as Json };
  } catch {
    return { kind: 'tampered' };
  }
};
