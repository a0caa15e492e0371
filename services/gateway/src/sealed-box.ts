import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';

const IV = 12;
const TAG = 16;
const TOKEN = /^[A-Za-z0-9_-]{40,2000}$/;

/** What the gateway hands out to get back, readable by nobody but its replicas. */
export type SealedBox = {
  /** @param bound what must be the same when it comes back, such as whose it is */
  readonly seal: (plain: string, bound?: string) => string;
  /** Undefined for anything that this key did not seal for this very use and binding. */
  readonly open: (token: string, bound?: string) => string | undefined;
};

/**
 * AES-256-GCM under a key of its own for each use.
 * @param key 32 bytes that all replicas of the gateway share
 * @param use names what is sealed; a token of one use is refused by another
 * @param padding in bytes: lengths are rounded up to it, so that they tell nothing
 */
export const createSealedBox = (key: Uint8Array, use: string, padding: number): SealedBox => {
  if (key.length !== 32) throw new RangeError(`${use} key: 32 bytes`);
  const sealing = createSecretKey(Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), use, 32)));
  const aad = (bound: string | undefined): Buffer => Buffer.from(bound === undefined ? use : `${use}\n${bound}`);
  return {
    seal: (plain, bound) => {
      const iv = randomBytes(IV);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(aad(bound));
      const bytes = Buffer.from(plain, 'utf8');
      const length = Math.ceil(bytes.length / padding) * padding;
      const padded = Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
      return Buffer.concat([iv, cipher.update(padded), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open: (token, bound) => {
      if (!TOKEN.test(token)) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length <= IV + TAG) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, IV), { authTagLength: TAG })
          .setAAD(aad(bound))
          .setAuthTag(bytes.subarray(-TAG));
        const plain = Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]);
        return plain.toString('utf8').trimEnd();
      } catch {
        return undefined;
      }
    },
  };
};
