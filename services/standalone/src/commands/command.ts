import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ownerOnly } from '../owner-only.js';
import { refusalOf } from '../refusals.js';
import { readSettings, type Settings } from '../settings.js';
import { complain } from '../terminal.js';

/** The command was called wrongly; the message names what. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** The product's own settings, for a command that takes nothing else. @throws WrongUse naming the setting */
export const commandSettings = (argv: readonly string[]): Settings => {
  const settings = readSettings(argv, process.env);
  if (!settings.ok)
    throw new WrongUse(`setting ${settings.error.setting} (${settings.error.rule}): ${settings.error.help}`);
  return settings.value;
};

/** Where the data are: `--data`, `TOEVERLAAT_DATA`, or the default. */
export const dataFolderOf = (given: string | undefined): string =>
  resolve(given ?? process.env['TOEVERLAAT_DATA'] ?? './data');

/** Flags and words of a command. @throws WrongUse */
export const argumentsOf = <const T extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: T,
) => {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : 'wrong arguments');
  }
};

/** A whole number within bounds. @throws WrongUse naming the flag */
export const wholeNumber = (flag: string, given: string | undefined, fallback: number, max: number): number => {
  const value = given === undefined ? fallback : Number(given);
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new WrongUse(`--${flag}: a whole number from 0 to ${max}`);
  return value;
};

/** Runs a command: its number is the exit code, 2 stands for wrong use, 3 for a refusal or a fault. */
export const runCommand = async (work: () => Promise<number>): Promise<void> => {
  ownerOnly();
  try {
    process.exitCode = await work();
  } catch (error) {
    if (error instanceof WrongUse) {
      complain(error.message);
      process.exitCode = 2;
      return;
    }
    complain(refusalOf(error) ?? (error instanceof Error ? (error.stack ?? error.message) : 'failed'));
    process.exitCode = 3;
  }
};
