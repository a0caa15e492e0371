import type { OrganisationId } from '@toeverlaat/values';
import { appendFile, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExportPage, ExportPart } from './export.js';

/** Where a folder that is being filled keeps how far it is: the cursor, and the length of every file that is begun. */
const PROGRESS = '.export-progress.json';
const SAFE_PATH = /^(?:[a-z0-9][a-z0-9-]*(?:\.[a-z0-9]+)*\/)*[a-z0-9][a-z0-9-]*(?:\.[a-z0-9]+)*$/;

type Progress = {
  readonly organisation: string;
  readonly cursor: string;
  readonly open?: { path: string; bytes: number };
};

/** The folder holds an export of somebody else, or one that was finished; it is left as it is. */
export class ExportRefused extends Error {
  override readonly name = 'ExportRefused';
  constructor(
    readonly folder: string,
    readonly rule: 'finished_already' | 'other_organisation' | 'cursor_refused' | 'unsafe_path',
  ) {
    super(`${folder}: ${rule.replaceAll('_', ' ')}`);
  }
}

const progressOf = async (folder: string): Promise<Progress | undefined> => {
  try {
    return JSON.parse(await readFile(join(folder, PROGRESS), 'utf8')) as Progress;
  } catch {
    return undefined;
  }
};

const write = async (folder: string, { path, begins, bytes }: ExportPart): Promise<void> => {
  if (!SAFE_PATH.test(path)) throw new ExportRefused(folder, 'unsafe_path');
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await (begins ? writeFile(file, bytes) : appendFile(file, bytes));
};

/**
 * Fills a folder page by page. Cut short at any point it goes on with the page it was at; without its last page the folder
 * has no manifest, and `verify` refuses it.
 * @throws ExportRefused; whatever `page` throws
 */
export const exportToFolder = async (
  folder: string,
  organisation: OrganisationId,
  page: (cursor: string | undefined) => Promise<ExportPage | undefined>,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  if (await stat(join(folder, 'manifest.json')).catch(() => undefined))
    throw new ExportRefused(folder, 'finished_already');
  const progress = await progressOf(folder);
  if (progress !== undefined && progress.organisation !== organisation)
    throw new ExportRefused(folder, 'other_organisation');
  // What a cut left of the page under way goes, so that the page can be written again.
  if (progress?.open !== undefined) await truncate(join(folder, progress.open.path), progress.open.bytes);
  let cursor = progress?.cursor;
  for (;;) {
    const got = await page(cursor);
    if (got === undefined) throw new ExportRefused(folder, 'cursor_refused');
    for (const part of got.parts) await write(folder, part);
    onProgress(got.parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
    if (got.next === undefined) break;
    cursor = got.next;
    const last = got.parts.at(-1);
    const open =
      last === undefined ? undefined : { path: last.path, bytes: (await stat(join(folder, last.path))).size };
    const text = JSON.stringify({ organisation, cursor, open });
    await writeFile(join(folder, `${PROGRESS}.new`), text);
    await rename(join(folder, `${PROGRESS}.new`), join(folder, PROGRESS));
  }
  await rm(join(folder, PROGRESS), { force: true });
};
