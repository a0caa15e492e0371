export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Printable ASCII without quote and backslash: JSON writes it as it is. Stored values are mostly ids and base64url. */
const VERBATIM = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (VERBATIM.test(text) ? `"${text}"` : JSON.stringify(text));

/** What is stored is mostly made in the order of its names; sorting is for what is not. */
const sortedKeys = (record: Readonly<Record<string, unknown>>): readonly string[] => {
  const keys = Object.keys(record);
  for (let at = 1; at < keys.length; at += 1) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.toSorted();
  return keys;
};

/**
 * JSON with sorted keys and no white space (the subset of RFC 8785 this product needs: safe integers, strings,
 * booleans, null, arrays, objects; a fraction or an unsafe integer is refused). `undefined` members are left out.
 * @throws TypeError for a value that JSON cannot carry unchanged
 */
export const canonicalJson = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError('canonical JSON: only safe integers');
      return String(value);
    case 'object': {
      if (value === null) return 'null';
      // Concatenation and not lists of parts: every stored event goes through here, and this halves its cost.
      let out = '';
      if (Array.isArray(value)) {
        for (const item of value) out += `${out === '' ? '' : ','}${canonicalJson(item)}`;
        return `[${out}]`;
      }
      const record = value as Record<string, unknown>;
      for (const key of sortedKeys(record)) {
        const member = record[key];
        if (member !== undefined) out += `${out === '' ? '' : ','}${quoted(key)}:${canonicalJson(member)}`;
      }
      return `{${out}}`;
    }
    default:
      throw new TypeError(`canonical JSON: no ${typeof value}`);
  }
};

export const canonicalBytes = (value: unknown): Uint8Array => Buffer.from(canonicalJson(value), 'utf8');
