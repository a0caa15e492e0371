import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { replaySchema } from '../replay.js';
import * as v from '../retention-vocabulary.js';

/* These names are storage format: never renamed (design rule 4). */

/** A past year was played through a changed rule. It changes nothing; that somebody asked, and what it found, stays. */
export const YearReplayed = eventType('records', 'YearReplayed', 1, {
  replay: clear(replaySchema),
  /** SHA-256 of the canonical JSON of the replay. */
  replayHash: clear(v.hashSchema),
});

export const counterfactualEvents = [YearReplayed] as const;
export type CounterfactualEvent = EventOf<typeof counterfactualEvents>;
