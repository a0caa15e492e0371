import { ORGANISATION_ID } from '@toeverlaat/values';

/** How something ended: a kind, never a reason in words. The first of them are the kinds of a refusal. */
export const OUTCOMES = [
  'NotFound',
  'NotAllowed',
  'InvalidInput',
  'RuleRefused',
  'StaleVersion',
  'CommandIdReused',
  'Erased',
  'Unavailable',
  'ok',
  'repeated',
  'stale',
  'conflict',
  'refused',
  'parked',
  'failed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

const outcomes: ReadonlySet<string> = new Set(OUTCOMES);
/** The outcome of that name; `failed` for one that is not on the list. */
export const outcomeOf = (kind: string): Outcome => (outcomes.has(kind) ? (kind as Outcome) : 'failed');

/** A word of our own source: a name, never something that came in. */
const WORD = /^[a-z][A-Za-z0-9_-]{0,39}$/;
const DOTTED = /^[a-z][a-z-]{0,19}\.[A-Za-z][A-Za-z0-9_-]{0,59}(?:\.v\d{1,3})?$/;

/**
 * What a span may say and a metric may be told apart by (design rule 6), each with the form of its values. Both are
 * checked: under a listed name a value of another form is withheld as well, since a name alone would let words through.
 * No person, no role (who is the only counsellor of a house is named by it), no record, stream or command id, no text.
 */
const FORMS = {
  service: WORD,
  organisation: ORGANISATION_ID,
  recordClass: WORD,
  /** `<service>.<verb>` of a command or query. */
  pattern: DOTTED,
  category: DOTTED,
  eventType: DOTTED,
  outcome: outcomes,
  view: WORD,
  target: WORD,
  topic: /^[a-z][a-z0-9.-]{0,79}$/,
  route: /^\/[a-zA-Z0-9/:_-]{0,60}$|^none$/,
  /** First digit of an HTTP status with `xx`. */
  status: /^[1-5]xx$/,
  /** Name of an error's class, for what failed. */
  error: /^[A-Z][A-Za-z]{0,59}$/,
} as const satisfies Readonly<Record<string, RegExp | ReadonlySet<string>>>;
export type ClearName = keyof typeof FORMS;

const COUNTS = ['partition', 'count', 'attempt', 'bytes'] as const;
export type ClearCount = (typeof COUNTS)[number];
const counts: ReadonlySet<string> = new Set(COUNTS);

export type Attributes = {
  readonly [name in Exclude<ClearName, 'outcome'>]?: string | undefined;
} & { readonly [name in ClearCount]?: number | undefined } & { readonly outcome?: Outcome | undefined };

const isName = (name: string): name is ClearName => Object.hasOwn(FORMS, name);

const fits = (name: string, value: unknown): value is string | number => {
  if (counts.has(name)) return typeof value === 'number' && Number.isFinite(value);
  if (!isName(name) || typeof value !== 'string') return false;
  const form: RegExp | ReadonlySet<string> = FORMS[name];
  return form instanceof RegExp ? form.test(value) : form.has(value);
};

/** The part that may leave the process. What was left out is counted, not named: a name can be content too. */
export const clearAttributes = (attributes: Readonly<Record<string, unknown>>): Record<string, string | number> => {
  const out: Record<string, string | number> = {};
  let withheld = 0;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (fits(name, value)) out[name] = value;
    else withheld += 1;
  }
  if (withheld > 0) out['withheld'] = withheld;
  return out;
};
