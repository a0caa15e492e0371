import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  asIntegrityError,
  badRecord,
  COLUMNS,
  LEAF_FAULT,
  checkedOf,
  LogIntegrityError,
  openDatabase,
  recordedOf,
  type BadRecord,
} from './sqlite-format.js';
import { categoryOf } from './stream-name.js';
import { namesEvent } from './metadata.js';
import { positionOf } from './position.js';

export type LogCheck =
  | { readonly ok: true; readonly events: number; readonly streams: number }
  /** `checked`: events that were found sound before the first bad record. */
  | { readonly ok: false; readonly checked: number; readonly bad: BadRecord };

const SLICE = 1_000;

/**
 * Checks a whole log file, offline or beside a running program: every record in order of position, then SQLite's own
 * structures and indexes. Never writes.
 * @param onProgress called after each thousand events with the number checked so far and the number there is
 * @throws LogNotRecognised, LogFormatTooNew; SQLite's error when the file cannot be opened
 */
export const checkLog = async (
  file: string,
  onProgress: (checked: number, total: number) => void = () => undefined,
): Promise<LogCheck> => {
  let checked = 0;
  try {
    const db = openDatabase(file, { readOnly: true, busyTimeoutMs: 2_000 });
    try {
      const ends = db
        .prepare(
          "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS issued, (SELECT max(position) FROM events) AS head",
        )
        .get();
      const total = Number(ends?.['issued'] ?? 0);
      const head = Number(ends?.['head'] ?? 0);
      if (head > total)
        return { ok: false, checked, bad: { reason: 'event was put in by hand', position: positionOf(total + 1) } };
      const slice = db.prepare(
        `SELECT ${COLUMNS}, category, organisation FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
      );
      slice.setReturnArrays(true);
      const revisions = new Map<string, number>();
      while (checked < total) {
        const until = Math.min(total, checked + SLICE);
        for (const row of slice.all(checked, total, SLICE)) {
          if (row[0] !== checked + 1) break;
          const recorded = recordedOf(row);
          const { stream, revision, metadata, eventId, type } = recorded;
          const next = (revisions.get(stream) ?? -1) + 1;
          const fault =
            checkedOf(row, recorded) === undefined
              ? LEAF_FAULT
              : !namesEvent(metadata, eventId, type)
                ? 'the envelope names another event or type'
                : row[8] !== categoryOf(stream) || row[9] !== recorded.organisation
                  ? 'category or organisation is not that of the stream'
                  : revision !== next
                    ? `revision ${next} of the stream is missing`
                    : undefined;
          if (fault !== undefined) return { ok: false, checked, bad: badRecord(recorded, fault) };
          revisions.set(stream, next);
          checked += 1;
        }
        if (checked < until)
          return { ok: false, checked, bad: { reason: 'event is missing', position: positionOf(checked + 1) } };
        onProgress(checked, total);
        await nextTurn();
      }
      const structure = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
      if (structure !== 'ok') return { ok: false, checked, bad: { reason: String(structure) } };
      return { ok: true, events: checked, streams: revisions.size };
    } finally {
      db.close();
    }
  } catch (error) {
    const damage = asIntegrityError(file, error);
    if (damage instanceof LogIntegrityError)
      return { ok: false, checked, bad: { reason: damage.reason, position: positionOf(checked + 1) } };
    throw error;
  }
};
