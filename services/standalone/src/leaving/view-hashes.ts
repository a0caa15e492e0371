import type { EventLog } from '@toeverlaat/event-log';
import { rebuildAll } from '@toeverlaat/views';
import { canonicalJson, sha256Hex } from '@toeverlaat/values';
import { serviceTable } from '../services.js';

/** By `<service>.<view>@<version>`: a hash over the ordered canonical rows (design rule 1). */
export type ViewHashes = Readonly<Record<string, string>>;

/**
 * Builds every view of every service from a log alone, leaves the files in the folder, and says what came of each.
 * @throws ViewStopped when a view cannot take an event
 */
export const buildViews = async (log: EventLog, folder: string): Promise<ViewHashes> => {
  const hashes: Record<string, string> = {};
  for (const service of serviceTable)
    for (const { view, version, hash } of await rebuildAll({
      log,
      folder,
      service: service.name,
      views: service.views,
    }))
      hashes[`${service.name}.${view}@${version}`] = hash;
  return hashes;
};

/** One hash over all of them. */
export const viewsHashOf = (views: ViewHashes): string => sha256Hex(canonicalJson(views));

/** The first view that is not the same at both hosts; undefined where all are. */
export const firstDifference = (here: ViewHashes, there: ViewHashes): string | undefined =>
  [...new Set([...Object.keys(here), ...Object.keys(there)])].toSorted().find((view) => here[view] !== there[view]);
