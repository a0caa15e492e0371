import { foundingSchema, type Founding } from '@toeverlaat/contracts';
import { err, ok, uuidV5, type Result } from '@toeverlaat/values';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';

/** One organisation to found, under a command id that is the same each time the file is read (design rule 8). */
export type FoundingRequest = { readonly commandId: string; readonly data: Founding };

/** What is wrong with a file: where, and which rule it breaks. */
export type FileFault = { readonly field: string; readonly rule: string; readonly help: string };

const entrySchema = z.looseObject({ organisation: z.string(), commandId: z.uuid().optional() });
const fileSchema = z.strictObject({ organisations: z.array(entrySchema).min(1).max(100) });

const faultsOf = ({ issues }: z.ZodError, prefix: string): readonly FileFault[] =>
  issues.map((issue) => ({
    field: [prefix, ...issue.path.map(String)].filter((part) => part !== '').join('.'),
    rule: issue.code === 'custom' ? issue.message : issue.code,
    help: issue.message,
  }));

/**
 * Reads a file of organisations, YAML or JSON, and names everything that is wrong with it. External services come before the
 * clients that name them, in the order of the file.
 * @returns in the order of the file
 */
export const readFoundings = (text: string): Result<readonly FoundingRequest[], readonly FileFault[]> => {
  let content: unknown;
  try {
    // JSON is YAML; no tags, so that nothing but plain values comes out, and no anchors, so that it cannot grow.
    content = parse(text, { schema: 'core', maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    return err([{ field: 'file', rule: 'malformed', help: error.message }]);
  }
  const file = fileSchema.safeParse(content);
  if (!file.success) return err(faultsOf(file.error, ''));
  const faults: FileFault[] = [];
  const requests: FoundingRequest[] = [];
  const seen = new Set<string>();
  for (const [at, { commandId, ...entry }] of file.data.organisations.entries()) {
    const founding = foundingSchema.safeParse(entry);
    if (!founding.success) faults.push(...faultsOf(founding.error, `organisations.${at}`));
    else if (seen.has(founding.data.organisation))
      faults.push({ field: `organisations.${at}.organisation`, rule: 'repeated', help: 'named twice in the file' });
    else {
      const { organisation } = founding.data;
      seen.add(organisation);
      requests.push({ commandId: commandId ?? uuidV5('founding', organisation), data: founding.data });
    }
  }
  return faults.length === 0 ? ok(requests) : err(faults);
};
