import { sign } from 'node:crypto';
import type { Instant, OrganisationId } from '@toeverlaat/values';
import type { SigningKey } from './keyring.js';
import { promiseBytes, type SignedPromise } from './receipts.js';

/** Signs what a reporter is promised: that this event stands in the log's tree by then, at the latest (design §4). */
export type PromiseSigner = {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER: published, so that a promise can be checked offline with `verifyPromise`. */
  readonly publicKey: Uint8Array;
  readonly sign: (promise: {
    readonly eventId: string;
    /** SHA-256 of the leaf, hex, where it is known already. */
    readonly leaf?: string;
    readonly includedBy: Instant;
  }) => SignedPromise;
};

export const createPromiseSigner = (organisation: OrganisationId, key: SigningKey): PromiseSigner => ({
  keyId: key.keyId,
  publicKey: key.publicKey,
  sign: ({ eventId, leaf, includedBy }) => {
    const promise = { organisation, eventId, includedBy, ...(leaf === undefined ? {} : { leaf }) };
    const signature = sign(null, promiseBytes(promise), key.privateKey).toString('base64url');
    return { v: 1, alg: 'Ed25519', keyId: key.keyId, promise, signature };
  },
});
