import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { LeavingRefused } from './refusal.js';

/** A receiver's private key in a file of its own: X25519, 32 bytes, base64url, readable by its owner alone. */
const PRIVATE = /^[A-Za-z0-9_-]{43}\n?$/;

/**
 * Makes a receiver's key pair; the private half stays in the file.
 * @returns the public key, base64url, which is what the old host is told
 * @throws whatever the file system throws, for a file that is there already too
 */
export const makeKeyFile = async (file: string): Promise<string> => {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${d}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return x;
};

const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The public half of such a key. */
export const publicOf = (privateKey: Uint8Array): Uint8Array => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, privateKey]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url');
};

/** @throws LeavingRefused `wrong_receiver_key` for a file that holds no key */
export const readKeyFile = (file: string): Uint8Array => {
  let held = '';
  try {
    held = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LeavingRefused('wrong_receiver_key', file, { cause: error });
  }
  if (!PRIVATE.test(held)) throw new LeavingRefused('wrong_receiver_key', file);
  return Buffer.from(held.trim(), 'base64url');
};
