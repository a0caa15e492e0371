import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/*
 * Every policy that ever held, by its version, as data: what was decided under one can be decided again (design rule 12). A file is
 * written when the policy changes, and never changed: its name is a digest of what it holds, which a test compares.
 */

const FOLDER = new URL('../policies/', import.meta.url);
const VERSION = /^\d{4}\.[0-9a-f]{10}$/;

const codes = z.array(z.string()).readonly();
/** A rule as some version had it: what it names may be gone from the policy of today. */
const pastRuleSchema = z.strictObject({
  id: z.string(),
  roles: codes,
  verbs: codes,
  recordClasses: codes,
  relations: codes,
  fields: codes,
  why: z.string(),
  source: z.string(),
});
export type PastRule = Readonly<z.infer<typeof pastRuleSchema>>;

const read = new Map<string, readonly PastRule[]>();

/** The rules of a version; undefined for one that is not kept. @throws ZodError for a file that is no policy */
export const policyOf = (version: string): readonly PastRule[] | undefined => {
  if (!VERSION.test(version)) return undefined;
  const known = read.get(version);
  if (known !== undefined) return known;
  let text: string;
  try {
    text = readFileSync(new URL(`${version}.json`, FOLDER), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const rules = z.array(pastRuleSchema).parse(JSON.parse(text));
  read.set(version, rules);
  return rules;
};

/** Every version that is kept, in the order of their names. */
export const keptPolicies = (): readonly string[] =>
  readdirSync(FOLDER)
    .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
    .filter((name) => VERSION.test(name))
    .toSorted();

/** Whether some rule gives a role such an act on such a record, whatever they are to it. */
export const givenUnder = (
  rules: readonly PastRule[],
  asked: { readonly role: string; readonly verb: string; readonly recordClass: string },
): boolean =>
  rules.some(
    (rule) =>
      rule.roles.includes(asked.role) &&
      rule.verbs.includes(asked.verb) &&
      rule.recordClasses.includes(asked.recordClass),
  );
