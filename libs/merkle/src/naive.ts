import { createHash } from 'node:crypto';

/* RFC 6962 §2.1 as it is written there, over lists, sharing nothing with the code under test. For tests only. */

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The largest power of two smaller than n. */
const k = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1);

/** MTH over leaf hashes. */
export const naiveRoot = (d: readonly Uint8Array[]): Uint8Array =>
  d.length === 0
    ? sha256()
    : d.length === 1
      ? (d[0] ?? sha256())
      : sha256(Uint8Array.of(1), naiveRoot(d.slice(0, k(d.length))), naiveRoot(d.slice(k(d.length))));

/** PATH(m, D[n]) */
export const naivePath = (m: number, d: readonly Uint8Array[]): readonly Uint8Array[] => {
  if (d.length === 1) return [];
  const at = k(d.length);
  return m < at
    ? [...naivePath(m, d.slice(0, at)), naiveRoot(d.slice(at))]
    : [...naivePath(m - at, d.slice(at)), naiveRoot(d.slice(0, at))];
};

const subproof = (m: number, d: readonly Uint8Array[], whole: boolean): readonly Uint8Array[] => {
  if (m === d.length) return whole ? [] : [naiveRoot(d)];
  const at = k(d.length);
  return m <= at
    ? [...subproof(m, d.slice(0, at), whole), naiveRoot(d.slice(at))]
    : [...subproof(m - at, d.slice(at), false), naiveRoot(d.slice(0, at))];
};

/** PROOF(m, D[n]), 0 < m ≤ n */
export const naiveProof = (m: number, d: readonly Uint8Array[]): readonly Uint8Array[] => subproof(m, d, true);
