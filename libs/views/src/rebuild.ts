import type { EventLog } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import type { ViewDefinition } from './define.js';
import {
  deleteAbandoned,
  deleteDatabase,
  newBuildingFile,
  openBuilding,
  openFile,
  replaceRows,
  settle,
  viewFile,
} from './file.js';
import { hashRows } from './hash.js';
import { scan, scanTarget } from './scan.js';
import type { RebuiltView } from './views.js';
import { openReader } from './reader.js';

export type RebuildAllOptions = {
  readonly log: EventLog;
  /** Holds a folder per service. */
  readonly folder: string;
  readonly service: string;
  readonly views: readonly ViewDefinition[];
  /** Events in one transaction. */
  readonly batchSize?: number;
};

/**
 * Builds every view from the log, reading the log once, and puts the files in their places: a running file gets the
 * new rows in one transaction. Live views are built too, for their hash, and not kept.
 * @throws ViewStopped when a view cannot take an event; no file is replaced then
 */
export const rebuildAll = async (options: RebuildAllOptions): Promise<readonly RebuiltView[]> => {
  const { log, folder, service, views, batchSize = 10_000 } = options;
  const targets = views.map((view) => {
    deleteAbandoned(folder, service, view);
    return scanTarget(openBuilding(view, newBuildingFile(folder, service, view)));
  });
  try {
    await scan(log, targets, { after: undefined, batchSize });
    for (const { stopped } of targets) if (stopped !== undefined) throw stopped;
    const answers: RebuiltView[] = [];
    for (const { database, events, seconds } of targets) {
      const { view, file: built } = database;
      if (built === undefined) throw new InvariantBroken('a build has a file');
      const hash = await hashRows(database.db, view);
      answers.push({ view: view.name, version: view.version, events, hash, seconds });
    }
    for (const { database } of targets) {
      const { view, file: built } = database;
      database.close();
      if (built === undefined || view.mode === 'live') continue;
      const file = viewFile(folder, service, view);
      const running = existsSync(file) ? openFile(view, file) : undefined;
      if (running?.ok === true) {
        // A file that is further on belongs to a process that is running: it has what we built and more.
        replaceRows(running.database, built);
        running.database.close();
      } else {
        if (running !== undefined) deleteDatabase(file);
        settle(built, file);
      }
    }
    return answers;
  } finally {
    for (const { database } of targets) {
      if (database.db.isOpen) database.close();
      if (database.file !== undefined) deleteDatabase(database.file);
    }
  }
};

export type FileHash = { readonly view: string; readonly version: number; readonly hash: string | undefined };

/** The hash of each view's file as it is, without following the log; undefined when there is no usable file. */
export const hashFiles = async (
  folder: string,
  service: string,
  views: readonly ViewDefinition[],
): Promise<readonly FileHash[]> => {
  const answers: FileHash[] = [];
  for (const view of views) {
    const file = viewFile(folder, service, view);
    if (view.mode === 'live' || !existsSync(file)) {
      answers.push({ view: view.name, version: view.version, hash: undefined });
      continue;
    }
    const reader = openReader(file);
    try {
      reader.db.exec('BEGIN');
      answers.push({ view: view.name, version: view.version, hash: await hashRows(reader.db, view) });
    } finally {
      reader.close();
    }
  }
  return answers;
};
