import type { Json, OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';

/**
 * Whose key a field is sealed under: `case/<id>` a record, `case/<id>#<participant>` a participant in one record,
 * `person/<id>` a directory entry. Never a person across records (design §4). The part before `/` is the record class.
 */
export type SubjectId = string;

/** Where a sealed value belongs; it is associated data, so the value opens nowhere else. */
export const sealContextSchema = z.strictObject({
  organisation: z.string(),
  stream: z.string(),
  eventId: z.string(),
  /** Stored type with version at the time of sealing: an upcast never breaks an old value. */
  type: z.string(),
  path: z.string(),
});
export type SealContext = z.infer<typeof sealContextSchema>;

/** A sealed value as stored (design §4). `keys` are data key ids, in the order of the subjects. */
export const sealedValueSchema = z.strictObject({
  v: z.literal(1),
  alg: z.literal('A256GCM'),
  keys: z.array(z.string()).min(1).max(8),
  ctx: sealContextSchema,
  iv: z.base64url(),
  ct: z.base64url(),
});
export type SealedValue = z.infer<typeof sealedValueSchema>;

const SEALED_KEYS = 6;
const CONTEXT_KEYS = 5;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const isBase64Url = (value: unknown): boolean =>
  typeof value === 'string' && value.length % 4 !== 1 && BASE64URL.test(value);
const isText = (value: unknown): boolean => typeof value === 'string';

/** What `sealedValueSchema` accepts, without its cost: a rebuild of the views looks at millions of sealed values. */
export const isSealedShape = (value: unknown): value is SealedValue => {
  if (typeof value !== 'object' || value === null) return false;
  const { v, alg, keys, ctx, iv, ct } = value as { readonly [K in keyof SealedValue]?: unknown };
  if (v !== 1 || alg !== 'A256GCM' || !isBase64Url(iv) || !isBase64Url(ct)) return false;
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > 8 || !keys.every(isText)) return false;
  if (typeof ctx !== 'object' || ctx === null) return false;
  const { organisation, stream, eventId, type, path } = ctx as { readonly [K in keyof SealContext]?: unknown };
  return (
    isText(organisation) &&
    isText(stream) &&
    isText(eventId) &&
    isText(type) &&
    isText(path) &&
    Object.keys(ctx).length === CONTEXT_KEYS &&
    Object.keys(value).length === SEALED_KEYS
  );
};

/** Text on its way in. It is sealed before it is stored and never comes back in this form. */
export type PlainText = { readonly plain: string };

/** Free text, names, words of people: opaque to every decider (design rule 3). */
export type ConfidentialText = PlainText | SealedValue;
export const plainText = (plain: string): PlainText => ({ plain });

/** What a code whose own subject was erased folds to; the rest of the record lives on. */
export const ERASED = Object.freeze({ erased: true } as const);
export type Erased = typeof ERASED;
export type Erasable<T> = T | Erased;
export const isErased = (value: unknown): value is Erased =>
  typeof value === 'object' && value !== null && (value as { erased?: unknown }).erased === true;

export type SealItem = {
  readonly organisation: OrganisationId;
  readonly subjects: readonly SubjectId[];
  readonly context: SealContext;
  readonly value: Json;
};

export type SealError =
  | { readonly kind: 'KeyDestroyed'; readonly subject: SubjectId }
  | { readonly kind: 'KeyUnavailable'; readonly detail: string }
  | { readonly kind: 'ValueTooLarge'; readonly path: string; readonly size: number; readonly limit: number };

export type Opened =
  | { readonly kind: 'opened'; readonly value: Json }
  /** A `KeyDestroyed` is recorded for one of its keys. */
  | { readonly kind: 'erased' }
  /** Any other missing key: retryable, and an alarm. Never mistaken for erased. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** The bytes do not authenticate, or the value was moved from where it belongs. */
  | { readonly kind: 'tampered' };

/** What the codec and the query edge need of sealing; `libs/sealing` gives it. */
export type Sealer = {
  /** Seals all or nothing; makes the data key of a subject that has none yet. */
  readonly seal: (
    items: readonly SealItem[],
  ) => Promise<{ ok: true; value: readonly SealedValue[] } | { ok: false; error: SealError }>;
  /** One answer per value, in order. `organisation` must be that of every value, or the value is `tampered`. */
  readonly open: (organisation: OrganisationId, values: readonly SealedValue[]) => Promise<readonly Opened[]>;
  /**
   * Whether every one of these keys is in memory now: none was destroyed as far as is known here, and the time of none is
   * over. What was opened with them may be used again as long as this holds; a sealer without it lets nothing be kept.
   */
  readonly holds?: (organisation: OrganisationId, keyIds: Iterable<string>) => boolean;
  /**
   * Tells from now on which keys were destroyed, as soon as it is known here: what was opened with them goes then, and not
   * only when it is asked for again.
   */
  readonly onForgotten?: (forgotten: (organisation: OrganisationId, keyIds: readonly string[]) => void) => void;
};
