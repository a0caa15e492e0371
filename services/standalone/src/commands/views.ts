import { openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { openViews, rebuildAll } from '@toeverlaat/views';
import { layoutOf } from '../layout.js';
import { lockFolder } from '../lock.js';
import { serviceTable, type ServiceEntry } from '../services.js';

export type ViewComparison = {
  /** `<service>.<view>` */
  readonly view: string;
  readonly version: number;
  /** Hash of the rows as they stood, brought to the end of the log; undefined when there was no usable file. */
  readonly before: string | undefined;
  /** Hash of the rows built from the log alone. */
  readonly rebuilt: string;
  readonly events: number;
  readonly seconds: number;
};

/** How long a view may take to reach the end of the log before it counts as stuck, in milliseconds. */
const CATCH_UP_MS = 600_000;

const standing = async (log: EventLog, folder: string, service: ServiceEntry): Promise<Map<string, string>> => {
  const unusable = new Set<string>();
  const views = openViews({
    folder,
    service: service.name,
    log,
    views: service.views,
    onNotice: (notice) => {
      if (notice.kind === 'built' || notice.kind === 'discarded') unusable.add(notice.view);
    },
  });
  await views.start();
  try {
    const head = await log.head();
    if (head !== undefined) await views.whenProcessed(head, CATCH_UP_MS);
    const hashes = new Map(await views.hashes());
    for (const name of unusable) hashes.delete(name);
    return hashes;
  } finally {
    await views.stop();
  }
};

/**
 * Builds every view of every service from the log, beside the files there are, puts the new rows in their place, and says
 * for each whether the old ones were the same. Takes the data folder for itself: a running product would move on meanwhile.
 * @throws DataFolderInUse, LogIntegrityError; ViewStopped when a view cannot take an event
 */
export const rebuildViews = async (
  dataFolder: string,
  onProgress: (service: string) => void = () => undefined,
): Promise<readonly ViewComparison[]> => {
  const layout = layoutOf(dataFolder);
  const lock = lockFolder(dataFolder, layout.lock);
  try {
    const log = openSqliteEventLog({ file: layout.log, readOnly: true });
    try {
      const answers: ViewComparison[] = [];
      for (const service of serviceTable) {
        onProgress(service.name);
        const before = await standing(log, layout.views, service);
        for (const { view, version, events, hash, seconds } of await rebuildAll({
          log,
          folder: layout.views,
          service: service.name,
          views: service.views,
        }))
          answers.push({
            view: `${service.name}.${view}`,
            version,
            before: before.get(view),
            rebuilt: hash,
            events,
            seconds,
          });
      }
      return answers;
    } finally {
      await log.close();
    }
  } finally {
    lock.release();
  }
};

export const differs = ({ before, rebuilt }: ViewComparison): boolean => before !== undefined && before !== rebuilt;
