// Runs in a browser as it stands: only WebCrypto, no module of Node, nothing of the other libraries at run time.
import { unpad } from './padding.js';
import { openWithReceipt, sealForReceipt, type ReceiptSealed } from './receipts.js';

/**
 * A data key wrapped for a reader's own public key (design §4: once per recipient). It opens every value sealed under
 * that subject alone, and no other. It is made when it is handed out and stored nowhere (ADR 16).
 */
export type ReaderWrap = {
  readonly v: 1;
  readonly organisation: string;
  /** Whose data key it is, e.g. `request/<id>#replies`. */
  readonly subject: string;
  readonly keyId: string;
  readonly key: ReceiptSealed;
};

/** A sealed value as stored (design §4), as far as a reader needs it. */
export type ReadableValue = {
  readonly v: 1;
  readonly alg: 'A256GCM';
  readonly keys: readonly string[];
  readonly ctx: {
    readonly organisation: string;
    readonly stream: string;
    readonly eventId: string;
    readonly type: string;
    readonly path: string;
  };
  readonly iv: string;
  readonly ct: string;
};

/** A data key in a reader's hands: 32 bytes, and its id. */
export type ReaderKey = { readonly organisation: string; readonly keyId: string; readonly key: Uint8Array };

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const KEY_BYTES = 32;

/** Byte-length-prefixed parts, as the sealer joins them. */
const joined = (parts: readonly string[]): string =>
  parts.map((part) => `${utf8.encode(part).length}:${part}`).join('');

const wrapContext = (organisation: string, subject: string, keyId: string): string =>
  joined(['data key for a reader v1', organisation, subject, keyId]);

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

/**
 * Wraps a data key for a reader.
 * @param publicKey X25519, 32 bytes: of a receipt, as registered
 * @throws for bytes that are no X25519 public key
 */
export const wrapForReader = async (
  publicKey: Uint8Array,
  of: { readonly organisation: string; readonly subject: string; readonly keyId: string },
  material: Uint8Array,
): Promise<ReaderWrap> => {
  const { organisation, subject, keyId } = of;
  const key = await sealForReceipt(publicKey, material, wrapContext(organisation, subject, keyId));
  return { v: 1, organisation, subject, keyId, key };
};

/** The data key; undefined when it was not wrapped for this reader, or what it says it is was changed. */
export const openReaderWrap = async (privateKey: Uint8Array, wrap: ReaderWrap): Promise<ReaderKey | undefined> => {
  const { organisation, subject, keyId } = wrap;
  const key = await openWithReceipt(privateKey, wrap.key, wrapContext(organisation, subject, keyId));
  return key === undefined || key.length !== KEY_BYTES ? undefined : { organisation, keyId, key };
};

/**
 * What was sealed under the subject of this key, as parsed JSON; undefined when it was sealed under another key or under
 * more than one, or was changed or moved.
 */
export const openAsReader = async (reader: ReaderKey, value: ReadableValue): Promise<unknown> => {
  const { ctx, keys } = value;
  if (keys.length !== 1 || keys[0] !== reader.keyId || ctx.organisation !== reader.organisation) return undefined;
  try {
    const material = await crypto.subtle.importKey('raw', new Uint8Array(reader.key), 'HKDF', false, ['deriveKey']);
    const info = joined(['toeverlaat key v1', reader.organisation, 'field', reader.keyId]);
    const key = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new Uint8Array(utf8.encode(info)) },
      material,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
    const aad = joined([
      'sealed v1',
      value.alg,
      ctx.organisation,
      ctx.stream,
      ctx.eventId,
      ctx.type,
      ctx.path,
      ...keys,
    ]);
    const params = {
      name: 'AES-GCM',
      iv: fromBase64Url(value.iv),
      additionalData: new Uint8Array(utf8.encode(aad)),
    };
    const content = unpad(new Uint8Array(await crypto.subtle.decrypt(params, key, fromBase64Url(value.ct))));
    return content === undefined ? undefined : (JSON.parse(strictUtf8.decode(content)) as unknown);
  } catch {
    return undefined;
  }
};
