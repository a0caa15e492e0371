import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnchorUnavailable, lineOf, missingAfter, recordsIn, type Anchor, type AnchorRecord } from './port.js';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';

/**
 * A file that only grows: on a share of the auditor's, or a mount that refuses rewriting. It is opened for appending, so
 * `chattr +a` and write-once storage are fine.
 */
export const createFileAnchor = (file: string, name = 'file'): Anchor => {
  const read = async (): Promise<string> => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw new AnchorUnavailable(name, codeOf(error), { cause: error });
    }
  };
  const newestOf = (text: string): AnchorRecord | undefined => recordsIn(text).at(-1);
  return {
    name,
    newest: async () => newestOf(await read()),
    from: async (sequence) => recordsIn(await read()).filter((record) => record.sequence >= sequence),
    append: async (records) => {
      const text = await read();
      const missing = missingAfter(name, newestOf(text), records);
      if (missing.length === 0) return;
      try {
        await mkdir(dirname(file), { recursive: true });
        const handle = await open(file, 'a', 0o644);
        try {
          // What a stopped write tore gets a line of its own.
          const torn = text !== '' && !text.endsWith('\n');
          await handle.appendFile(`${torn ? '\n' : ''}${missing.map(lineOf).join('')}`);
          await handle.sync();
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw new AnchorUnavailable(name, codeOf(error), { cause: error });
      }
    },
  };
};
