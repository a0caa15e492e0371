import type { Position } from '@toeverlaat/event-log';
import { canonicalJson, err, InvariantBroken, ok, type Result } from '@toeverlaat/values';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ViewDefinition } from './define.js';
import { deleteDatabase, newBuildingFile, openFile, settle, viewFile, type ViewDatabase } from './file.js';
import { hashRows } from './hash.js';
import { openReader } from './reader.js';

/** The manifest beside a published view file. It lets a replica start cold; it proves nothing about the log. */
export type Published = {
  readonly view: string;
  readonly version: number;
  /** Where following goes on; a resume token of the log it was built from. */
  readonly position: Position;
  /** SHA-256 of the ordered canonical rows. */
  readonly hash: string;
  /** Name of the file, in the folder of the manifest. */
  readonly file: string;
};

export type PublishedRefused = {
  readonly kind: 'PublishedRefused';
  readonly reason:
    | 'no manifest'
    | 'no such view or version'
    | 'file is missing'
    | 'file is damaged'
    | 'hash differs'
    | 'position differs'
    | 'view has a file already'
    | 'live views are not published';
  readonly detail: string;
};

/** @throws InvariantBroken for a live view or one that has no event yet: there is nothing to start from */
export const publishFile = async (database: ViewDatabase, toFolder: string): Promise<Published> => {
  const { view } = database;
  const position = database.checkpoint();
  if (database.file === undefined) throw new InvariantBroken(`${view.name} is live: it has no file`);
  if (position === undefined) throw new InvariantBroken(`${view.name} has no event yet`);
  mkdirSync(toFolder, { recursive: true });
  const file = `${view.name}.v${view.version}.${position}.sqlite`;
  const target = join(toFolder, file);
  deleteDatabase(target);
  // Leaves behind what was deleted from the rows, unlike a copy of the file.
  database.db.prepare('VACUUM INTO ?').run(target);
  const reader = openReader(target);
  try {
    const published: Published = {
      view: view.name,
      version: view.version,
      position,
      hash: await hashRows(reader.db, view),
      file,
    };
    const manifest = join(toFolder, `${view.name}.v${view.version}.json`);
    writeFileSync(`${manifest}.new`, `${canonicalJson(published)}\n`);
    renameSync(`${manifest}.new`, manifest);
    return published;
  } finally {
    reader.close();
  }
};

const readManifest = (manifestFile: string): Published | undefined => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(manifestFile, 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { view, version, position, hash, file } = parsed as { readonly [K in keyof Published]?: unknown };
  if (typeof view !== 'string' || typeof version !== 'number' || typeof position !== 'string') return undefined;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return undefined;
  if (typeof file !== 'string' || file !== basename(file) || position === '') return undefined;
  return { view, version, position: position as Position, hash, file };
};

/** Checks a published file and copies it to where the view looks for its own. Nothing is left of one that is refused. */
export const adoptPublished = async (
  manifestFile: string,
  folder: string,
  service: string,
  views: readonly ViewDefinition[],
): Promise<Result<Published, PublishedRefused>> => {
  const refused = (reason: PublishedRefused['reason'], detail: string): Result<never, PublishedRefused> =>
    err({ kind: 'PublishedRefused', reason, detail });
  const manifest = readManifest(manifestFile);
  if (manifest === undefined) return refused('no manifest', manifestFile);
  const view = views.find(({ name, version }) => name === manifest.view && version === manifest.version);
  if (view === undefined) return refused('no such view or version', `${manifest.view} version ${manifest.version}`);
  if (view.mode === 'live') return refused('live views are not published', view.name);
  const file = viewFile(folder, service, view);
  if (existsSync(file)) return refused('view has a file already', file);
  const source = join(dirname(manifestFile), manifest.file);
  if (!existsSync(source)) return refused('file is missing', source);
  const copy = newBuildingFile(folder, service, view);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(source, copy);
  try {
    const opened = openFile(view, copy);
    if (!opened.ok) return refused('file is damaged', opened.error.detail);
    const { database } = opened;
    try {
      if (database.checkpoint() !== manifest.position) return refused('position differs', source);
      if ((await hashRows(database.db, view)) !== manifest.hash) return refused('hash differs', source);
      // Back from write-ahead logging, so that the file alone is whole when it gets its name.
      database.db.exec('PRAGMA journal_mode = DELETE');
    } catch (error) {
      return refused('file is damaged', error instanceof Error ? error.message : source);
    } finally {
      database.close();
    }
    return settle(copy, file) ? ok(manifest) : refused('view has a file already', file);
  } finally {
    rmSync(copy, { force: true });
    deleteDatabase(copy);
  }
};
