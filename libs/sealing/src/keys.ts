import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

export const KEY_BYTES = 32;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;
const WRAP_VERSION = 1;

/** Byte-length-prefixed parts in one string: ('a','bc') and ('ab','c') differ. */
export const joined = (parts: readonly string[]): string => {
  let out = '';
  for (const part of parts) out += `${Buffer.byteLength(part)}:${part}`;
  return out;
};

/** What a wrapped key is bound to; a wrap that was moved to another row does not open. */
export const associated = (...parts: readonly string[]): Buffer => Buffer.from(joined(parts), 'utf8');

/** A random 256-bit key, as raw bytes: wrap it, turn it into a KeyObject, then `erase` it. */
export const randomKey = (): Buffer => randomBytes(KEY_BYTES);

/** Overwrites raw key bytes that are no longer needed. */
export const erase = (bytes: Uint8Array): void => {
  bytes.fill(0);
};

/** A KeyObject of raw bytes, which are overwritten: AES with a KeyObject costs a third of AES with a Buffer on Node 24. */
export const takeKey = (raw: Uint8Array): KeyObject => {
  const key = createSecretKey(raw);
  erase(raw);
  return key;
};

/** Version byte, nonce, AES-256-GCM of the material, tag. */
export const wrapBytes = (key: KeyObject, material: Uint8Array, aad: Uint8Array): Uint8Array => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const sealed = cipher.update(material);
  return Buffer.concat([Uint8Array.of(WRAP_VERSION), iv, sealed, cipher.final(), cipher.getAuthTag()]);
};

/** The material, or undefined when the bytes do not authenticate under this key and this context. */
export const unwrapBytes = (key: KeyObject, wrapped: Uint8Array, aad: Uint8Array): Buffer | undefined => {
  if (wrapped.length < 1 + IV_BYTES + TAG_BYTES || wrapped[0] !== WRAP_VERSION) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(1, 1 + IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(aad);
    decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES));
    const material = decipher.update(wrapped.subarray(1 + IV_BYTES, wrapped.length - TAG_BYTES));
    return Buffer.concat([material, decipher.final()]);
  } catch {
    return undefined;
  }
};

/** What a data key is used for; each use has a key of its own. */
export type Purpose = 'field' | 'blob' | 'pseudonym' | 'lookup' | 'fingerprint';

/**
 * HKDF-SHA256 of the data keys of all subjects, in their order: without any one of them the key is gone for ever
 * (design §4). Organisation, purpose and key ids are bound in.
 */
export const deriveKey = (
  organisation: string,
  purpose: Purpose,
  keys: readonly { readonly keyId: string; readonly material: KeyObject }[],
): KeyObject => {
  const info = associated('toeverlaat key v1', organisation, purpose, ...keys.map((key) => key.keyId));
  const material = Buffer.concat(keys.map((key) => key.material.export()));
  const derived = Buffer.from(hkdfSync('sha256', material, new Uint8Array(0), info, KEY_BYTES));
  erase(material);
  return takeKey(derived);
};

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** The first `length` characters of the bytes in lower-case base32 (RFC 4648 alphabet), 5 bits each. */
export const base32 = (bytes: Uint8Array, length: number): string => {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && out.length < length) {
      bits -= 5;
      out += BASE32.charAt((value >>> bits) & 31);
    }
  }
  return out;
};
