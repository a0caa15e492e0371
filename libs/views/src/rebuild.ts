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
  type ViewDatabase,
} from './file.js';
import { hashRows } from './hash.js';
import { scan, scanTarget, type ScanTarget } from './scan.js';
import type { RebuiltView } from './views.js';

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
  const { log, folder, service, views, batchSize = 2_000 } = options;
  const building = new Map<string, ViewDatabase>();
  const open = (view: ViewDefinition, file: string): ScanTarget => {
    const database = openBuilding(view, file);
    building.set(file, database);
    return scanTarget(database);
  };
  const fileOf = ({ database }: ScanTarget): string => {
    if (database.file === undefined) throw new InvariantBroken('a build has a file');
    return database.file;
  };
  const read = async (targets: readonly ScanTarget[], after: Parameters<typeof scan>[2]['after']): Promise<void> => {
    await scan(log, targets, { after, batchSize });
    for (const { stopped } of targets) if (stopped !== undefined) throw stopped;
  };
  const answer = async ({ database, events, seconds }: ScanTarget): Promise<RebuiltView> => {
    const { view, db } = database;
    return { view: view.name, version: view.version, events, hash: await hashRows(db, view), seconds };
  };

  /** Replaces the rows of a running file, which another process may be moving on meanwhile. */
  const replace = async (running: ViewDatabase, first: ScanTarget): Promise<RebuiltView> => {
    const built = fileOf(first);
    let target = first;
    for (;;) {
      const rebuilt = await answer(target);
      target.database.close();
      if (replaceRows(running, built).ok) return rebuilt;
      const more = open(running.view, built);
      await read([more], more.database.checkpoint());
      target = { ...more, events: target.events + more.events, seconds: target.seconds + more.seconds };
    }
  };

  const install = async (target: ScanTarget): Promise<RebuiltView> => {
    const { view } = target.database;
    if (view.mode === 'live') return answer(target);
    const file = viewFile(folder, service, view);
    const running = existsSync(file) ? openFile(view, file) : undefined;
    if (running?.ok === true) {
      try {
        return await replace(running.database, target);
      } finally {
        running.database.close();
      }
    }
    if (running !== undefined) deleteDatabase(file);
    const rebuilt = await answer(target);
    target.database.complete();
    target.database.close();
    // Another process built the same view meanwhile: its file is as good.
    settle(fileOf(target), file);
    return rebuilt;
  };

  try {
    const targets = views.map((view) => {
      deleteAbandoned(folder, service, view);
      return open(view, newBuildingFile(folder, service, view));
    });
    await read(targets, undefined);
    const answers: RebuiltView[] = [];
    for (const target of targets) answers.push(await install(target));
    return answers;
  } finally {
    for (const [file, database] of building) {
      if (database.db.isOpen) database.close();
      deleteDatabase(file);
    }
  }
};
