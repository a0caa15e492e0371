import { nodeHasher, verifyTlogProof } from '@toeverlaat/merkle';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { isObject, isText, parsed } from './folder.js';
import { verifiersOf } from './seals.js';
import { Found } from './findings.js';

/** What a reporter keeps: the signed promise, and once it is there the proof that it was kept. */
export type ReceiptVerdict =
  | {
      readonly ok: true;
      readonly eventId: string;
      readonly includedBy: string;
      readonly promiseKey: string;
      /** The caller brought the keys of all that it holds: none was merely taken from the file. */
      readonly keysKnown: boolean;
      readonly inclusion:
        | { readonly kind: 'none' }
        | {
            readonly kind: 'proved';
            readonly index: number;
            readonly size: number;
            /** When the checkpoint was signed, by the operator's clock. */
            readonly at: string;
            readonly inTime: boolean;
            readonly origin: string;
          };
    }
  | { readonly ok: false; readonly code: ReceiptFault };

export type ReceiptFault =
  | 'receipt_malformed'
  | 'promise_signature_false'
  | 'promise_key_unknown'
  | 'proof_key_unknown'
  | 'proof_of_another_organisation'
  | 'proof_signature_false'
  | 'proof_false';

export type ReceiptOptions = {
  /** Keys one trusts for the organisation's log. */
  readonly keys?: readonly string[];
  /** SHA-256 of the promise keys, as the organisation published them: 64 hexadecimal digits each. */
  readonly promiseKeys?: readonly string[];
};

type Promised = {
  readonly organisation: string;
  readonly eventId: string;
  readonly leaf: string;
  readonly includedBy: string;
  readonly signature: string;
  readonly publicKey: string;
};

const promiseOf = (value: unknown): Promised | undefined => {
  if (!isObject(value) || value['v'] !== 1 || value['alg'] !== 'Ed25519' || !isObject(value['promise']))
    return undefined;
  const { organisation, eventId, leaf, includedBy } = value['promise'];
  const { signature, publicKey } = value;
  return isText(organisation) &&
    isText(eventId) &&
    isText(leaf) &&
    /^[0-9a-f]{64}$/.test(leaf) &&
    isText(includedBy) &&
    isText(signature) &&
    isText(publicKey)
    ? { organisation, eventId, leaf, includedBy, signature, publicKey }
    : undefined;
};

/** A domain, a line end, JSON with its names in order (libs/sealing writes it). */
const signedBytes = ({ organisation, eventId, leaf, includedBy }: Promised): Uint8Array =>
  Buffer.from(`toeverlaat promise v1\n${JSON.stringify({ eventId, includedBy, leaf, organisation })}`);

const signatureHolds = (promise: Promised): boolean => {
  try {
    const key = createPublicKey({ key: Buffer.from(promise.publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, signedBytes(promise), key, Buffer.from(promise.signature, 'base64url'))
    );
  } catch {
    return false;
  }
};

const faultOf = (error: string): ReceiptFault => {
  switch (error) {
    case 'no_known_signer':
      return 'proof_key_unknown';
    case 'signature_invalid':
      return 'proof_signature_false';
    case 'other_origin':
      return 'proof_of_another_organisation';
    default:
      return 'proof_false';
  }
};

/** Checks a receipt's text offline; it holds nothing of what was said. */
export const verifyReceipt = async (text: string, options: ReceiptOptions = {}): Promise<ReceiptVerdict> => {
  const value = parsed(text);
  const promise = isObject(value) ? promiseOf(value['promise']) : undefined;
  if (!isObject(value) || promise === undefined) return { ok: false, code: 'receipt_malformed' };
  if (!signatureHolds(promise)) return { ok: false, code: 'promise_signature_false' };
  const promiseKey = createHash('sha256').update(Buffer.from(promise.publicKey, 'base64')).digest('hex');
  if (options.promiseKeys !== undefined && !options.promiseKeys.includes(promiseKey))
    return { ok: false, code: 'promise_key_unknown' };
  const { eventId, includedBy, leaf, organisation } = promise;
  const inclusion = value['inclusion'];
  const proofless = inclusion === undefined || inclusion === null;
  const keysKnown = options.promiseKeys !== undefined && (proofless || options.keys !== undefined);
  const held = { ok: true, eventId, includedBy, promiseKey, keysKnown } as const;
  if (proofless) return { ...held, inclusion: { kind: 'none' } };
  if (!isObject(inclusion)) return { ok: false, code: 'receipt_malformed' };
  const { origin, signers, proof } = inclusion;
  if (!isText(origin) || !isText(proof) || !Array.isArray(signers) || !signers.every(isText))
    return { ok: false, code: 'receipt_malformed' };
  if (!origin.endsWith(`/${organisation}`)) return { ok: false, code: 'proof_of_another_organisation' };
  if (options.keys !== undefined && !signers.every((key) => options.keys?.includes(key)))
    return { ok: false, code: 'proof_key_unknown' };
  let verifiers;
  try {
    verifiers = verifiersOf(signers);
  } catch (error) {
    if (error instanceof Found) return { ok: false, code: 'proof_key_unknown' };
    throw error;
  }
  const proved = await verifyTlogProof(nodeHasher, proof, { leaf: Buffer.from(leaf, 'hex'), origin, verifiers });
  if (!proved.ok) return { ok: false, code: faultOf(proved.error) };
  const { index, checkpoint } = proved.value;
  const at = checkpoint.extensions.find((line) => line.startsWith('time '))?.slice(5) ?? '';
  return {
    ...held,
    inclusion: { kind: 'proved', index, size: checkpoint.size, at, inTime: at !== '' && at <= includedBy, origin },
  };
};
