/* Standard base64 (RFC 4648 §4), strict: no white space, padding as it must be, unused bits zero. Not Node's, which
   forgives all of that, and so that the core runs where there is no Buffer. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUE = new Map([...ALPHABET].map((sign, value) => [sign, value]));

export const toBase64 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const signs = [18, 12, 6, 0].map((shift) => ALPHABET[(group >> shift) & 63] ?? '').join('');
    const missing = Math.max(0, at + 3 - bytes.length);
    text += signs.slice(0, 4 - missing) + '='.repeat(missing);
  }
  return text;
};

/** The bytes; undefined for anything that `toBase64` would not have written. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  if (text.length % 4 !== 0) return undefined;
  const missing = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3);
  let at = 0;
  for (let from = 0; from < text.length; from += 4) {
    const last = from + 4 === text.length;
    let group = 0;
    for (let i = 0; i < 4; i += 1) {
      const padding = last && i >= 4 - missing;
      const value = padding ? 0 : VALUE.get(text[from + i] ?? '');
      if (value === undefined) return undefined;
      group = (group << 6) | value;
    }
    bytes.set([group >> 16, (group >> 8) & 255, group & 255], at);
    at += 3;
  }
  const padding = bytes.subarray(bytes.length - missing);
  return padding.every((byte) => byte === 0) ? bytes.slice(0, bytes.length - missing) : undefined;
};
