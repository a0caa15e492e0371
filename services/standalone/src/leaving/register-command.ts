import type { Language } from '@toeverlaat/contracts';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isEmptyFolder, writeWhole } from '../backup/files.js';
import { readKeyFile } from './key-file.js';
import { LeavingRefused } from './refusal.js';
import { openRegister } from './register.js';
import { registerPdf } from './register-words.js';

/** Names of what comes of it: on paper, and as values. */
export const REGISTER_PDF = 'register.pdf';
export const REGISTER_VALUES = 'register-open.json';

/**
 * Opens the company's register into an empty folder that nobody else reads.
 * @returns how many statements are in it, and of which day
 * @throws LeavingRefused `register_damaged`, `wrong_receiver_key`, `out_not_empty`
 */
export const writeRegister = async (options: {
  readonly file: string;
  readonly key: string;
  readonly out: string;
  readonly language: Language;
}): Promise<{ readonly entries: number; readonly asOf: string }> => {
  const { file, key, out, language } = options;
  let sealed: string;
  try {
    sealed = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LeavingRefused('register_damaged', file, { cause: error });
  }
  const copy = await openRegister(sealed, readKeyFile(key), file);
  if (!(await isEmptyFolder(out))) throw new LeavingRefused('out_not_empty', out);
  await mkdir(out, { recursive: true, mode: 0o700 });
  await writeWhole(join(out, REGISTER_PDF), await registerPdf(copy, language));
  await writeWhole(join(out, REGISTER_VALUES), `${JSON.stringify(copy, undefined, 1)}\n`);
  return { entries: copy.entries.length, asOf: copy.asOf };
};
