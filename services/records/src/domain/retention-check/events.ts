import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import * as v from '../retention-vocabulary.js';

/* These names are storage format: never renamed (design rule 4). */

/** What a day's run over every kept record found: the proof that nothing is overdue, or the number of what is. */
export const RetentionChecked = eventType('records', 'RetentionChecked', 1, {
  checkedOn: clear(v.dateSchema),
  /** Records kept, destroyed ones left out. */
  kept: clear(v.countSchema),
  open: clear(v.countSchema),
  held: clear(v.countSchema),
  /** Past their last day and not held: each has an event that says so. */
  due: clear(v.countSchema),
  overdue: clear(v.countSchema),
  ruleVersion: clear(v.countSchema),
  /** SHA-256 over id and last day of each due record, in the order of ids: what the numbers were counted from. */
  dueDigest: clear(v.hashSchema),
});

export const checkEvents = [RetentionChecked] as const;
export type CheckEvent = EventOf<typeof checkEvents>;
