import { fromBase64, toBase64 } from './base64.js';
import type { Sha256 } from './hash.js';
import { err, ok, type Result } from './result.js';

/* Signed notes (C2SP signed-note): text, an empty line, lines "— name base64(key id, signature)". */

/** A way to sign, by the signature type byte that C2SP assigned to it. */
export type SignatureAlgorithm = {
  /** 0x01 is Ed25519. */
  readonly type: number;
  readonly publicKeyBytes: number;
  readonly signatureBytes: number;
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
};

/** Who signs. `sign` may ask a machine elsewhere. */
export type NoteSigner = {
  readonly name: string;
  /** First four bytes of SHA-256(name, 0x0A, type, public key), as eight hexadecimal digits. */
  readonly keyId: string;
  /** What others need to check the signatures: `name+keyId+base64(type, public key)`. */
  readonly verifierKey: string;
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** A key one trusts. */
export type NoteVerifier = {
  readonly name: string;
  readonly keyId: string;
  readonly verifierKey: string;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>;
};

export type NoteSignature = { readonly name: string; readonly keyId: string; readonly signature: Uint8Array };

/** A note as parsed: nothing in it is believed yet. */
export type UnverifiedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** Why a note is not taken. */
export type NoteFault =
  | 'too_large'
  | 'not_utf8'
  | 'control_character'
  | 'no_signature_block' // no empty line, or the last line is not ended
  | 'malformed_signature_line'
  | 'too_many_signatures'
  | 'duplicate_signature' // two of one key
  | 'no_known_signer'
  | 'signature_invalid'; // of a known key: the whole note is refused

const MOST_BYTES = 1_000_000;
const MOST_SIGNATURES = 100;
const DASH = '— ';
const NAME = /^[^\s\u0085+]+$/u;

/** Below U+0020, but for the line feed. */
const hasControl = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 && unit !== 0x0a) return true;
  }
  return false;
};

/** A key name: not empty, no spaces, no plus sign, nothing a note cannot carry. */
export const isKeyName = (name: string): boolean => NAME.test(name) && name.isWellFormed() && !hasControl(name);

const encoder = new TextEncoder();
const utf8 = (text: string): Uint8Array => encoder.encode(text);

const decoded = (note: string | Uint8Array): Result<string, NoteFault> => {
  if (note.length > MOST_BYTES) return err('too_large');
  if (typeof note === 'string') return note.isWellFormed() ? ok(note) : err('not_utf8');
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(note));
  } catch {
    return err('not_utf8');
  }
};

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOfKeyId = (keyId: string): Uint8Array =>
  Uint8Array.from([0, 2, 4, 6], (at) => Number.parseInt(keyId.slice(at, at + 2), 16));

const signatureOf = (line: string): NoteSignature | undefined => {
  if (!line.startsWith(DASH)) return undefined;
  const [name = '', encoded = '', ...more] = line.slice(DASH.length).split(' ');
  const bytes = fromBase64(encoded);
  if (more.length > 0 || !isKeyName(name) || bytes === undefined || bytes.length < 5) return undefined;
  return { name, keyId: hex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
};

/**
 * Takes a note apart, strictly: valid UTF-8, no control characters, at least one signature line, nothing after the last,
 * no two signatures of one key, at most 1 MB and 100 signatures. None of it is believed yet: see `openNote`.
 */
export const parseNote = (note: string | Uint8Array): Result<UnverifiedNote, NoteFault> => {
  const whole = decoded(note);
  if (!whole.ok) return whole;
  const content = whole.value;
  if (hasControl(content)) return err('control_character');
  const cut = content.lastIndexOf('\n\n');
  if (cut < 0 || !content.endsWith('\n') || cut + 2 === content.length) return err('no_signature_block');
  const lines = content.slice(cut + 2, -1).split('\n');
  if (lines.length > MOST_SIGNATURES) return err('too_many_signatures');
  const signatures = lines.map(signatureOf).filter((signature) => signature !== undefined);
  if (signatures.length < lines.length) return err('malformed_signature_line');
  if (new Set(signatures.map(({ name, keyId }) => `${name} ${keyId}`)).size < lines.length)
    return err('duplicate_signature');
  return ok({ text: content.slice(0, cut + 1), signatures });
};

const writtenNote = (text: string, signatures: readonly NoteSignature[]): string =>
  `${text}\n${signatures
    .map(({ name, keyId, signature }) => {
      const bytes = new Uint8Array(4 + signature.length);
      bytes.set(bytesOfKeyId(keyId));
      bytes.set(signature, 4);
      return `${DASH}${name} ${toBase64(bytes)}\n`;
    })
    .join('')}`;

/** A note with at least one signature that was verified. */
export type OpenedNote = {
  readonly text: string;
  /** The known keys that signed, in order of their lines. Who demands several keys (or algorithms) compares this. */
  readonly signedBy: readonly NoteVerifier[];
  /** Signatures of keys that were not given: not looked at, as the format asks. */
  readonly unknown: readonly NoteSignature[];
};

/**
 * Verifies a note under the keys one trusts. A signature of another key is ignored; one of a known key that does not
 * verify spoils the note.
 */
export const openNote = async (
  note: string | Uint8Array,
  verifiers: readonly NoteVerifier[],
): Promise<Result<OpenedNote, NoteFault>> => {
  const parsed = parseNote(note);
  if (!parsed.ok) return parsed;
  const { text, signatures } = parsed.value;
  const message = utf8(text);
  const signedBy: NoteVerifier[] = [];
  const unknown: NoteSignature[] = [];
  for (const signature of signatures) {
    const verifier = verifiers.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    if (verifier === undefined) unknown.push(signature);
    else if (await verifier.verify(message, signature.signature)) signedBy.push(verifier);
    else return err('signature_invalid');
  }
  return signedBy.length === 0 ? err('no_known_signer') : ok({ text, signedBy, unknown });
};

/**
 * Signs a text with every signer, in their order. The text ends with a line feed, which is signed; the empty line that
 * follows is not.
 * @throws TypeError for a text that no note can carry, no signers, or two with one key; whatever a signer throws
 */
export const signNote = async (text: string, signers: readonly NoteSigner[]): Promise<string> => {
  if (!text.endsWith('\n')) throw new TypeError('the text of a note ends with a line feed');
  if (signers.length === 0) throw new TypeError('a note needs a signer');
  const message = utf8(text);
  const signatures: NoteSignature[] = [];
  for (const { name, keyId, sign } of signers) signatures.push({ name, keyId, signature: await sign(message) });
  const note = writtenNote(text, signatures);
  const parsed = parseNote(note);
  if (!parsed.ok) throw new TypeError(`this note could not be read: ${parsed.error}`);
  if (parsed.value.text !== text) throw new TypeError('this note could not be read: the text would be another');
  return note;
};

/** Why a verifier key is not taken. */
export type KeyFault = 'malformed_key' | 'key_id_differs' | 'unknown_algorithm' | 'wrong_key_length';

/** A verifier key taken apart; the key id agrees with name, type and public key. */
export type VerifierKey = {
  readonly name: string;
  readonly keyId: string;
  readonly type: number;
  readonly publicKey: Uint8Array;
};

const keyIdOf = (sha256: Sha256, name: string, typed: Uint8Array): string => {
  const head = utf8(`${name}\n`);
  const bytes = new Uint8Array(head.length + typed.length);
  bytes.set(head);
  bytes.set(typed, head.length);
  return hex(sha256(bytes).subarray(0, 4));
};

/** `name+keyId+base64(type, public key)`, and the key id. @throws TypeError for a name no note can carry */
export const formatVerifierKey = (
  sha256: Sha256,
  { name, type, publicKey }: Omit<VerifierKey, 'keyId'>,
): { readonly keyId: string; readonly verifierKey: string } => {
  if (!isKeyName(name)) throw new TypeError('a key name is not empty and has no space and no plus sign');
  const typed = Uint8Array.of(type, ...publicKey);
  const keyId = keyIdOf(sha256, name, typed);
  return { keyId, verifierKey: `${name}+${keyId}+${toBase64(typed)}` };
};

/** Reads a verifier key in note format. */
export const parseVerifierKey = (sha256: Sha256, key: string): Result<VerifierKey, KeyFault> => {
  const [name = '', keyId = '', ...rest] = key.split('+');
  const typed = fromBase64(rest.join('+'));
  const malformed = !isKeyName(name) || !/^[0-9a-f]{8}$/.test(keyId);
  const [type] = typed ?? [];
  if (malformed || typed === undefined || type === undefined) return err('malformed_key');
  if (keyIdOf(sha256, name, typed) !== keyId) return err('key_id_differs');
  return ok({ name, keyId, type, publicKey: typed.slice(1) });
};

/** A verifier for a key in note format, by the first of the algorithms that has its type. */
export const createNoteVerifier = (
  sha256: Sha256,
  algorithms: readonly SignatureAlgorithm[],
  verifierKey: string,
): Result<NoteVerifier, KeyFault> => {
  const parsed = parseVerifierKey(sha256, verifierKey);
  if (!parsed.ok) return parsed;
  const { name, keyId, type, publicKey } = parsed.value;
  const algorithm = algorithms.find((one) => one.type === type);
  if (algorithm === undefined) return err('unknown_algorithm');
  if (publicKey.length !== algorithm.publicKeyBytes) return err('wrong_key_length');
  return ok({
    name,
    keyId,
    verifierKey,
    verify: (message, signature) =>
      signature.length === algorithm.signatureBytes && algorithm.verify(publicKey, message, signature),
  });
};
