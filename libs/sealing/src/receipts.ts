// Runs in a browser as it stands: only WebCrypto, no module of Node, nothing of the other libraries at run time.
import { pad, unpad } from './padding.js';

/**
 * The receipt of an anonymous reporter (design §4): a code that only its holder has. From it come a look-up id, an
 * authenticator and a key pair; look-up id, a hash of the authenticator and the public key are registered, never the
 * code. 85 random bits, written as letters or as digits, each with a checksum of its own.
 */
export type ReceiptCode = {
  /** 85 bits in 11 bytes, big-endian. */
  readonly secret: Uint8Array;
  /** `K7QF-2M9T-…`: five groups of four in Crockford's base 32, the last three characters a CRC-15. */
  readonly letters: string;
  /** Six groups of five digits, for a telephone's keys; the last four are the check. */
  readonly digits: string;
};

export type ReceiptLanguage = 'nl' | 'fr' | 'de' | 'en';

/** Why a typed code is not one; nothing about any registered receipt. */
export type InvalidReceiptCode = {
  readonly kind: 'InvalidReceiptCode';
  readonly rule: 'characters' | 'length' | 'checksum';
};

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SECRET_BITS = 85n;
const SECRET_BYTES = 11;
const SECRET_SYMBOLS = 17;
const LETTERS = 20;
const SECRET_DIGITS = 26;
const DIGITS = 30;
/** Prime, so that no single wrong digit and no swap of two neighbours passes. */
const DIGIT_MODULUS = 9973n;
const DIGIT_OFFSET = 4217n;

const numberOf = (secret: Uint8Array): bigint => secret.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

const bytesOf = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(SECRET_BYTES);
  for (let index = SECRET_BYTES - 1, rest = value; index >= 0; index -= 1, rest >>= 8n)
    bytes[index] = Number(rest & 0xffn);
  return bytes;
};

/** CRC-15/CAN with a start value, so that the empty secret has no empty checksum: finds any error within three neighbouring characters. */
const crc15 = (value: bigint): bigint => {
  let crc = 0x2a5a;
  for (let bit = SECRET_BITS - 1n; bit >= 0n; bit -= 1n) {
    const flip = ((crc >> 14) & 1) ^ Number((value >> bit) & 1n);
    crc = ((crc << 1) & 0x7fff) ^ (flip === 1 ? 0x4599 : 0);
  }
  return BigInt(crc);
};

const digitCheck = (value: bigint): bigint => (value + DIGIT_OFFSET) % DIGIT_MODULUS;

const grouped = (text: string, size: number): string => (text.match(new RegExp(`.{${size}}`, 'g')) ?? []).join('-');

const codeOf = (value: bigint): ReceiptCode => {
  let rest = (value << 15n) | crc15(value);
  let letters = '';
  for (let index = 0; index < LETTERS; index += 1, rest >>= 5n) letters = ALPHABET.charAt(Number(rest & 31n)) + letters;
  const digits =
    value.toString().padStart(SECRET_DIGITS, '0') +
    digitCheck(value)
      .toString()
      .padStart(DIGITS - SECRET_DIGITS, '0');
  return { secret: bytesOf(value), letters: grouped(letters, 4), digits: grouped(digits, 5) };
};

const webRandom = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/**
 * A new code, with its letters spelled for reading aloud in that language.
 * @param random gives that many random bytes; the platform's own by default
 */
export const newReceiptCode = (
  language: ReceiptLanguage,
  random: (length: number) => Uint8Array = webRandom,
): ReceiptCode & { readonly spelled: readonly string[] } => {
  const code = codeOf(numberOf(random(SECRET_BYTES)) & ((1n << SECRET_BITS) - 1n));
  return { ...code, spelled: spellReceiptCode(code.letters, language) };
};

const plainOf = (typed: string): string =>
  typed
    .toUpperCase()
    .replaceAll(/[\s\-._\u2010-\u2015]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');

/** Reads either form as a person types it: any case, any grouping, O for 0, I and L for 1. */
export const parseReceiptCode = (
  typed: string,
): { readonly ok: true; readonly value: ReceiptCode } | { readonly ok: false; readonly error: InvalidReceiptCode } => {
  const invalid = (rule: InvalidReceiptCode['rule']) =>
    ({ ok: false, error: { kind: 'InvalidReceiptCode', rule } }) as const;
  const plain = plainOf(typed);
  if ([...plain].some((letter) => !ALPHABET.includes(letter))) return invalid('characters');
  let value: bigint;
  if (plain.length === LETTERS) {
    value = Array.from(plain.slice(0, SECRET_SYMBOLS)).reduce(
      (sum, letter) => (sum << 5n) | BigInt(ALPHABET.indexOf(letter)),
      0n,
    );
  } else if (plain.length === DIGITS && /^\d+$/.test(plain)) {
    value = BigInt(plain.slice(0, SECRET_DIGITS));
    if (value >= 1n << SECRET_BITS) return invalid('checksum');
  } else return invalid('length');
  const code = codeOf(value);
  const expected = plain.length === LETTERS ? code.letters : code.digits;
  return plainOf(expected) === plain ? { ok: true, value: code } : invalid('checksum');
};

/** True when what was typed again is the last group of the letters or of the digits: the holder did write the code down. */
export const lastGroupMatches = (code: Pick<ReceiptCode, 'letters' | 'digits'>, typed: string): boolean => {
  const plain = plainOf(typed);
  return [code.letters, code.digits].some((form) => form.slice(form.lastIndexOf('-') + 1) === plain);
};

const SPELLING: Readonly<Record<ReceiptLanguage, string>> = {
  nl: 'Anna Bernard Cornelis Dirk Eduard Ferdinand Gerard Hendrik Johan Karel Maria Nico Pieter Quotiënt Rudolf Simon Theodoor Victor Willem Xantippe Ypsilon Zaandam',
  fr: 'Anatole Berthe Célestin Désiré Eugène François Gaston Henri Joseph Kléber Marcel Nicolas Pierre Quintal Raoul Suzanne Thérèse Victor William Xavier Yvonne Zoé',
  de: 'Anton Berta Cäsar Dora Emil Friedrich Gustav Heinrich Julius Kaufmann Martha Nordpol Paula Quelle Richard Samuel Theodor Viktor Wilhelm Xanthippe Ypsilon Zacharias',
  en: 'Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel Juliett Kilo Mike November Papa Quebec Romeo Sierra Tango Victor Whiskey Xray Yankee Zulu',
};

/** One line per group, letters by the spelling alphabet of the language, for reading the code aloud. */
export const spellReceiptCode = (letters: string, language: ReceiptLanguage): readonly string[] => {
  const words = new Map(SPELLING[language].split(' ').map((word, index) => [ALPHABET.charAt(index + 10), word]));
  return letters.split('-').map((group) => [...group].map((letter) => words.get(letter) ?? letter).join(' '));
};

const utf8 = new TextEncoder();

/** A copy with a buffer of its own, as WebCrypto wants it. */
const owned = (bytes: ArrayLike<number>): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const toBase64Url = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};
const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> => {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index += 1) bytes[index] = raw.charCodeAt(index);
  return bytes;
};

const hkdf = async (
  material: Uint8Array,
  salt: Uint8Array,
  info: string,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const key = await crypto.subtle.importKey('raw', owned(material), 'HKDF', false, ['deriveBits']);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: owned(salt), info: owned(utf8.encode(info)) };
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, length * 8));
};

const RECEIPT_SALT = utf8.encode('toeverlaat receipt v1');
/** The fixed head of a PKCS#8 X25519 private key (RFC 8410); 32 bytes follow. */
const PKCS8_X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

const importPrivate = async (privateKey: Uint8Array) => {
  const der = new Uint8Array(PKCS8_X25519.length + privateKey.length);
  der.set(PKCS8_X25519);
  der.set(privateKey, PKCS8_X25519.length);
  const key = await crypto.subtle.importKey('pkcs8', der, { name: 'X25519' }, true, ['deriveBits']);
  const { x } = await crypto.subtle.exportKey('jwk', key);
  if (x === undefined) throw new TypeError('the platform gives no public key of an X25519 key');
  return { key, publicKey: fromBase64Url(x) };
};

export type DerivedReceipt = {
  /** Finds the receipt; registered. 32 hexadecimal characters. */
  readonly lookupId: string;
  /** Proves that one holds the code; shown to the server, which keeps `verifierOf` it only. 64 hexadecimal characters. */
  readonly authenticator: string;
  /** X25519, 32 bytes; registered, so that replies can be sealed for the reporter. */
  readonly publicKey: Uint8Array;
  /** X25519, 32 bytes; stays with the holder. */
  readonly privateKey: Uint8Array;
};

/** Everything that follows from a code, by HKDF-SHA256. Knowing one part tells nothing of the others. */
export const deriveReceipt = async (code: Pick<ReceiptCode, 'secret'>): Promise<DerivedReceipt> => {
  const part = (info: string, length: number) => hkdf(code.secret, RECEIPT_SALT, info, length);
  const privateKey = await part('x25519', 32);
  const { publicKey } = await importPrivate(privateKey);
  return {
    lookupId: hex(await part('look-up id', 16)),
    authenticator: hex(await part('authenticator', 32)),
    publicKey,
    privateKey,
  };
};

const VERIFIER_DOMAIN = 'toeverlaat receipt verifier v1:';

/** What the server keeps of an authenticator: its SHA-256, hex. The authenticator has 85 bits: no salt, no slow hash is needed. */
export const verifierOf = async (authenticator: string): Promise<string> =>
  hex(new Uint8Array(await crypto.subtle.digest('SHA-256', owned(utf8.encode(VERIFIER_DOMAIN + authenticator)))));

/**
 * Compares in constant time. Pass `undefined` for a look-up id that is not registered: the same work is done and the
 * answer is false, so that time tells nothing.
 */
export const verifyReceipt = async (authenticator: string, verifier: string | undefined): Promise<boolean> => {
  const actual = await verifierOf(authenticator);
  const expected = (verifier ?? '').padEnd(actual.length, ' ');
  let difference = expected.length ^ actual.length;
  for (let index = 0; index < actual.length; index += 1)
    difference |= actual.charCodeAt(index) ^ expected.charCodeAt(index);
  return difference === 0 && verifier !== undefined;
};

/** Bytes only the holder of a receipt opens: ephemeral X25519, HKDF-SHA256, AES-256-GCM, padded to size classes. */
export type ReceiptSealed = {
  readonly v: 1;
  readonly alg: 'X25519-A256GCM';
  readonly epk: string;
  readonly iv: string;
  readonly ct: string;
};

const sharedKey = async (
  bits: Uint8Array,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
  use: 'encrypt' | 'decrypt',
) => {
  const salt = new Uint8Array([...ephemeral, ...recipient]);
  const raw = await hkdf(bits, salt, 'toeverlaat reply v1', 32);
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [use]);
};

/**
 * Seals for the holder of a receipt. `aad` says what the bytes belong to, e.g. organisation and message id: they open
 * nowhere else.
 * @throws RangeError when the bytes are larger than the largest size class
 */
export const sealForReceipt = async (publicKey: Uint8Array, bytes: Uint8Array, aad: string): Promise<ReceiptSealed> => {
  const padded = pad(bytes);
  if (padded === undefined) throw new RangeError('too large to be sealed for a receipt');
  const recipient = await crypto.subtle.importKey('raw', owned(publicKey), { name: 'X25519' }, false, []);
  const ephemeral = await importPrivate(webRandom(32));
  const epk = ephemeral.publicKey;
  const bits = new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'X25519', public: recipient }, ephemeral.key, 256),
  );
  const key = await sharedKey(bits, epk, publicKey, 'encrypt');
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const params = { name: 'AES-GCM', iv, additionalData: owned(utf8.encode(aad)) };
  const ct = new Uint8Array(await crypto.subtle.encrypt(params, key, owned(padded)));
  return { v: 1, alg: 'X25519-A256GCM', epk: toBase64Url(epk), iv: toBase64Url(iv), ct: toBase64Url(ct) };
};

/** The bytes; undefined when they were not sealed for this receipt, or for something else than `aad`, or were changed. */
export const openWithReceipt = async (
  privateKey: Uint8Array,
  sealed: ReceiptSealed,
  aad: string,
): Promise<Uint8Array | undefined> => {
  const own = await importPrivate(privateKey);
  try {
    const epk = fromBase64Url(sealed.epk);
    const sender = await crypto.subtle.importKey('raw', epk, { name: 'X25519' }, false, []);
    const bits = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: sender }, own.key, 256));
    const key = await sharedKey(bits, epk, own.publicKey, 'decrypt');
    const params = { name: 'AES-GCM', iv: fromBase64Url(sealed.iv), additionalData: owned(utf8.encode(aad)) };
    return unpad(new Uint8Array(await crypto.subtle.decrypt(params, key, fromBase64Url(sealed.ct))));
  } catch {
    return undefined;
  }
};

/** That an event of this organisation is in the log's tree at the latest then. It says nothing of what the event holds. */
export type ReceiptPromise = {
  readonly organisation: string;
  readonly eventId: string;
  /** SHA-256 of the leaf, hex. */
  readonly leaf?: string;
  /** UTC, ISO 8601. */
  readonly includedBy: string;
};
export type SignedPromise = {
  readonly v: 1;
  readonly alg: 'Ed25519';
  readonly keyId: string;
  readonly promise: ReceiptPromise;
  readonly signature: string;
};

/** The bytes that are signed: a domain, a line end, canonical JSON (sorted keys, no white space). */
export const promiseBytes = ({ organisation, eventId, leaf, includedBy }: ReceiptPromise): Uint8Array<ArrayBuffer> =>
  owned(utf8.encode(`toeverlaat promise v1\n${JSON.stringify({ eventId, includedBy, leaf, organisation })}`));

/** Checks a promise against the published key (SubjectPublicKeyInfo, DER), offline and in a browser too. */
export const verifyPromise = async (publicKey: Uint8Array, signed: SignedPromise): Promise<boolean> => {
  try {
    const key = await crypto.subtle.importKey('spki', owned(publicKey), { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify(
      { name: 'Ed25519' },
      key,
      fromBase64Url(signed.signature),
      promiseBytes(signed.promise),
    );
  } catch {
    return false;
  }
};
