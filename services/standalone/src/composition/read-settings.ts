import { err, ok, type Result } from '@toeverlaat/values';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { z } from 'zod';

export type SettingsError = { readonly setting: string; readonly rule: string; readonly help: string };

const kebab = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
const environmentName = (name: string): string => `TOEVERLAAT_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

const fromFile = (file: string): Result<Record<string, unknown>, SettingsError> => {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return ok(parsed as Record<string, unknown>);
    return err({ setting: 'config', rule: 'object', help: `${file} must hold one JSON object` });
  } catch (error) {
    return err({
      setting: 'config',
      rule: 'readable',
      help: `${file}: ${error instanceof Error ? error.message : 'unreadable'}`,
    });
  }
};

/**
 * Reads what a schema asks for: a flag beats the environment, which beats the config file (`--config file.json` or
 * `TOEVERLAAT_CONFIG`), which beats the default. Names are the same in the file, as `--kebab-case` flags and as
 * `TOEVERLAAT_UPPER_CASE`. The first setting that is wrong is named, its value is not: it may be a secret.
 * @param switches settings whose flag takes no value
 */
export const readGiven = <S extends z.ZodObject>(
  schema: S,
  switches: readonly string[],
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<z.output<S>, SettingsError> => {
  const names = Object.keys(schema.shape);
  let flags: Record<string, unknown>;
  try {
    flags = parseArgs({
      args: [...argv],
      options: Object.fromEntries(
        [...names, 'config'].map((name) => [
          kebab(name),
          { type: switches.includes(name) ? 'boolean' : 'string' } as const,
        ]),
      ),
    }).values;
  } catch (error) {
    const help = error instanceof Error ? error.message : 'unknown flag';
    return err({ setting: /'(--[a-z-]+)/u.exec(help)?.[1] ?? 'flags', rule: 'unknown', help });
  }
  const configFile = flags['config'] ?? environment['TOEVERLAAT_CONFIG'];
  const file = typeof configFile === 'string' ? fromFile(configFile) : ok<Record<string, unknown>>({});
  if (!file.ok) return file;

  const given: Record<string, unknown> = { ...file.value };
  for (const name of names) {
    const value = flags[kebab(name)] ?? environment[environmentName(name)];
    if (value !== undefined) given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const setting =
    issue?.code === 'unrecognized_keys' ? (issue.keys[0] ?? 'config') : String(issue?.path[0] ?? 'config');
  return err({
    setting,
    rule: issue?.code ?? 'invalid',
    help: `--${kebab(setting)} / ${environmentName(setting)}: ${issue?.message ?? 'invalid'}`,
  });
};
