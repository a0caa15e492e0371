import { canonicalJson } from '@toeverlaat/values';
import type { SealedValue } from './sealed.js';

/** Members of a sealed value and of its context in the order of canonical JSON. */
const SEALED_ORDER = ['alg', 'ct', 'ctx', 'iv', 'keys', 'v'];
const CONTEXT_ORDER = ['eventId', 'organisation', 'path', 'stream', 'type'];

const hasMembers = (value: object, members: readonly string[]): boolean => {
  let at = 0;
  for (const key in value) {
    if (key !== members[at]) return false;
    at += 1;
  }
  return at === members.length;
};

/**
 * A sealed value as it comes from the sealer or out of the log has its members in canonical order already, and holds only
 * strings, a list of strings and a number: JSON.stringify then gives the canonical bytes, at a fraction of the cost.
 */
const isCanonicalSealed = (value: object): boolean => {
  if (!hasMembers(value, SEALED_ORDER)) return false;
  const { alg, ct, ctx, iv, keys, v } = value as { readonly [K in keyof SealedValue]?: unknown };
  if (typeof alg !== 'string' || typeof ct !== 'string' || typeof iv !== 'string' || v !== 1) return false;
  if (!Array.isArray(keys) || typeof ctx !== 'object' || ctx === null || !hasMembers(ctx, CONTEXT_ORDER)) return false;
  for (const key of keys) if (typeof key !== 'string') return false;
  for (const member of CONTEXT_ORDER)
    if (typeof (ctx as Readonly<Record<string, unknown>>)[member] !== 'string') return false;
  return true;
};

/** `canonicalJson`, faster for a sealed value. @throws TypeError for a value that JSON cannot carry unchanged */
export const canonicalText = (value: unknown): string =>
  typeof value === 'object' && value !== null && isCanonicalSealed(value)
    ? JSON.stringify(value)
    : canonicalJson(value);

/** The canonical JSON of the data of an event, as bytes. @throws TypeError for a value that JSON cannot carry unchanged */
export const canonicalData = (data: Readonly<Record<string, unknown>>): Uint8Array => {
  let out = '';
  for (const key of Object.keys(data).toSorted()) {
    const value = data[key];
    if (value !== undefined) out += `${out === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(value)}`;
  }
  return Buffer.from(`{${out}}`, 'utf8');
};
