/** Length of every hash here: SHA-256. */
export const HASH_BYTES = 32;

/** SHA-256 of the bytes as a new array of 32. Injected, so that the same code runs where there is no `node:crypto`. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Tree hashing of RFC 6962 §2.1 (RFC 9162 §2.1.1). */
export type TreeHasher = {
  /** SHA-256(0x00 || entry). The product's leaf bytes begin with their 0x00 already: do not hash those with this. */
  readonly leaf: (entry: Uint8Array) => Uint8Array;
  /** SHA-256(0x01 || left || right), a new array. */
  readonly node: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  /** SHA-256(): the root of the tree without leaves. */
  readonly empty: Uint8Array;
};

/** A tree hasher over any SHA-256. */
export const createTreeHasher = (sha256: Sha256): TreeHasher => {
  const pair = new Uint8Array(1 + 2 * HASH_BYTES);
  pair[0] = 1;
  return {
    leaf: (entry) => {
      const bytes = new Uint8Array(1 + entry.length);
      bytes.set(entry, 1);
      return sha256(bytes);
    },
    node: (left, right) => {
      pair.set(left, 1);
      pair.set(right, 1 + HASH_BYTES);
      return sha256(pair);
    },
    empty: sha256(new Uint8Array(0)),
  };
};

export const isHash = (value: Uint8Array): boolean => value.length === HASH_BYTES;

/** Not in constant time: nothing compared here is secret. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
};

/** A copy, also of a `Buffer`, whose own `slice` is a window. */
export const copyOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Sizes and indexes go up to 2^53 − 1; bit operators of the language end at 2^31, hence the arithmetic. */
export const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
export const isOdd = (value: number): boolean => value % 2 === 1;
export const half = (value: number): number => Math.floor(value / 2);

/** The largest power of two below `size`, where RFC 6962 splits a tree. @param size at least 2 */
export const splitOf = (size: number): number => {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
};
