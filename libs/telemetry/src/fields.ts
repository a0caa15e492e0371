/**
 * What a log line may hold (design rule 6): record class, state, terms, pseudonymous ids, and how the machine does.
 * A field that is not on this list is not printed, whatever it holds; a name is added here only after asking whether it
 * could ever carry a person, a site, a fact or a word somebody wrote.
 */
export const CLEAR_FIELDS = [
  'service',
  'organisation',
  'requestId',
  'correlationId',
  'commandId',
  'eventId',
  'eventType',
  'stream',
  'category',
  'revision',
  'position',
  'view',
  'version',
  'pattern',
  'operation',
  'role',
  'purpose',
  'verb',
  'recordClass',
  'code',
  'rule',
  'status',
  'state',
  'method',
  'route',
  'url',
  'port',
  'profile',
  'folder',
  'setting',
  'attempt',
  'attempts',
  'count',
  'bytes',
  'limit',
  'durationMs',
  'lagMs',
  'retryAfterMs',
  'reason',
  'worker',
  'migration',
] as const;
export type ClearField = (typeof CLEAR_FIELDS)[number];

/** `error` is printed by name, code and place; its message is not, for a message may quote what a person wrote. */
export type LogFields = { readonly [field in ClearField]?: string | number | boolean | null | undefined } & {
  readonly error?: unknown;
};

const clear: ReadonlySet<string> = new Set(CLEAR_FIELDS);
/** Longer than any id, code or file name; what is longer is not one of them. */
const MAX_LENGTH = 300;

export type PrintedError = {
  readonly name: string;
  readonly code?: string;
  readonly at?: readonly string[];
  readonly cause?: PrintedError;
};

const CODE = /^[A-Za-z0-9_.:-]{1,80}$/;
const word = (value: unknown): string | undefined =>
  typeof value === 'string' && CODE.test(value) ? value : undefined;

/** Name, code and stack frames of an error; never its message nor its own properties. */
export const printedError = (error: unknown, depth = 0): PrintedError => {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = word((error as { code?: unknown }).code);
  // The stack starts with the message; a message of several lines could pass for frames.
  const stack = error.stack ?? '';
  const message = stack.indexOf(error.message);
  const at = (message < 0 ? stack : stack.slice(message + error.message.length))
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
  return {
    name: word(error.name) ?? 'Error',
    ...(code === undefined ? {} : { code }),
    ...(at.length === 0 ? {} : { at }),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: printedError(error.cause, depth + 1) }),
  };
};

/**
 * The part of an object that may be printed: listed names with short plain values. What was left out is counted, not
 * named, for a name can be content too.
 */
export const clearOnly = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const out: Record<string, unknown> = {};
  let withheld = 0;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (key === 'error' || key === 'err') out['error'] = printedError(value);
    else if (!clear.has(key)) withheld += 1;
    else if (typeof value === 'string' && value.length <= MAX_LENGTH) out[key] = value;
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) out[key] = value;
    else withheld += 1;
  }
  if (withheld > 0) out['withheld'] = withheld;
  return out;
};
