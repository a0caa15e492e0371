import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/* These names are storage format: never renamed (design rule 4). Numbers and dates alone: that the history was looked through. */

/** Once a day: how far the history was looked through for what is unusual, and by which thresholds. */
export const AccessWatched = eventType('records', 'AccessWatched', 1, {
  watchedOn: clear(v.dateSchema),
  /** Moment of the last reading that was looked at. */
  until: clear(z.string().regex(INSTANT)),
  examined: clear(v.countSchema),
  raised: clear(v.countSchema),
  thresholds: clear(v.versionSchema),
});

export const watchEvents = [AccessWatched] as const;
export type WatchEvent = EventOf<typeof watchEvents>;
