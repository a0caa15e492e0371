import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64 } from './base64.js';
import { nodeSha256 } from './node-hasher.js';
import {
  createNoteVerifier,
  formatVerifierKey,
  isKeyName,
  type KeyFault,
  type NoteSigner,
  type NoteVerifier,
  type SignatureAlgorithm,
} from './note.js';
import { err, ok, type Result } from './result.js';

const TYPE = 1;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const rawPublicKey = (key: KeyObject): Uint8Array => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** What RFC 8410 puts before the 32 bytes of an Ed25519 seed in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Ed25519 (RFC 8032), signature type 0x01. */
export const ed25519: SignatureAlgorithm = {
  type: TYPE,
  publicKeyBytes: 32,
  signatureBytes: 64,
  verify: (publicKey, message, signature) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) };
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
  },
};

/** What this product's own signatures may be made with. */
export const noteAlgorithms: readonly SignatureAlgorithm[] = [ed25519];

/** A verifier for a key in note format, by `node:crypto`. */
export const noteVerifier = (verifierKey: string): Result<NoteVerifier, KeyFault> =>
  createNoteVerifier(nodeSha256, noteAlgorithms, verifierKey);

/** A signer with an Ed25519 private key. @throws TypeError for another kind of key or a name no note can carry */
export const ed25519Signer = (name: string, privateKey: KeyObject): NoteSigner => {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError('not an Ed25519 private key');
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  return {
    name,
    ...formatVerifierKey(nodeSha256, { name, type: TYPE, publicKey }),
    sign: (message) => sign(null, message, privateKey),
  };
};

/** A signer from the 32 bytes of its seed, which is the whole secret. */
export const ed25519SignerFromSeed = (name: string, seed: Uint8Array): NoteSigner => {
  if (seed.length !== 32) throw new TypeError(`an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return ed25519Signer(name, key);
};

const SIGNER_KEY = 'PRIVATE+KEY+';

/** A new key: the signer, and its secret as `PRIVATE+KEY+name+keyId+base64(type, seed)`, the form note tools read. */
export const newEd25519Key = (name: string): { readonly signer: NoteSigner; readonly signerKey: string } => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const signer = ed25519SignerFromSeed(name, seed);
  return { signer, signerKey: `${SIGNER_KEY}${name}+${signer.keyId}+${toBase64(Uint8Array.of(TYPE, ...seed))}` };
};

/** Reads a secret that `newEd25519Key` wrote. The fault never repeats any of it. */
export const parseSignerKey = (signerKey: string): Result<NoteSigner, KeyFault> => {
  if (!signerKey.startsWith(SIGNER_KEY)) return err('malformed_key');
  const [name = '', keyId, ...rest] = signerKey.slice(SIGNER_KEY.length).split('+');
  const typed = fromBase64(rest.join('+'));
  if (typed === undefined || typed.length === 0 || !isKeyName(name)) return err('malformed_key');
  if (typed[0] !== TYPE) return err('unknown_algorithm');
  if (typed.length !== 33) return err('wrong_key_length');
  const signer = ed25519SignerFromSeed(name, typed.subarray(1));
  return signer.keyId === keyId ? ok(signer) : err('key_id_differs');
};
