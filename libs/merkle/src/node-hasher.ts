import { hash } from 'node:crypto';
import { HASH_BYTES, type Sha256, type TreeHasher } from './hash.js';

// As text: Node hands out a short string in less than half the time of a Buffer.
const digest = (bytes: Uint8Array): Uint8Array => {
  const out = Buffer.allocUnsafe(HASH_BYTES);
  out.write(hash('sha256', bytes, 'binary'), 'latin1');
  return out;
};

/** SHA-256 of `node:crypto`. */
export const nodeSha256: Sha256 = digest;

const pair = Buffer.allocUnsafeSlow(1 + 2 * HASH_BYTES);
pair[0] = 1;

/** The tree hasher over `node:crypto`. */
export const nodeHasher: TreeHasher = {
  leaf: (entry) => {
    const bytes = Buffer.allocUnsafe(1 + entry.length);
    bytes[0] = 0;
    bytes.set(entry, 1);
    return digest(bytes);
  },
  node: (left, right) => {
    pair.set(left, 1);
    pair.set(right, 1 + HASH_BYTES);
    return digest(pair);
  },
  empty: digest(new Uint8Array(0)),
};
