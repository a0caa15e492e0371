import { clear, eventType, text, type EventOf } from '@toeverlaat/event-log';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). An alarm says what the access history says, by the same
 * pseudonyms and ids of records: clear. Why somebody dismissed it is sealed.
 */

export const alarmKinds = ['outside_hours', 'bulk_reading', 'no_open_task', 'before_role_end'] as const;
export type AlarmKind = (typeof alarmKinds)[number];
/** Most records an alarm names; the history between its moments has them all. */
export const MAX_NAMED_IN_ALARM = 50;

const instant = z.string().regex(INSTANT);
const capacity = z.string().regex(/^[a-z_]{1,40}$/);

export const AccessAlarmRaised = eventType('records', 'AccessAlarmRaised', 1, {
  kind: clear(z.enum(alarmKinds)),
  who: clear(v.pseudonymSchema),
  role: clear(capacity),
  /** When the readings that it is about were: half-open. */
  from: clear(instant),
  to: clear(instant),
  records: clear(z.array(v.localIdSchema).min(1).max(MAX_NAMED_IN_ALARM)),
  /** The access record that gave rise to it. */
  firstEventId: clear(v.idSchema),
  /** Version of the thresholds that it was judged by. */
  thresholds: clear(v.versionSchema),
});

export const AccessAlarmDismissed = eventType('records', 'AccessAlarmDismissed', 1, {
  dismissedBy: clear(v.pseudonymSchema),
  dismissedAs: clear(capacity),
  motive: text(v.MAX_MOTIVE),
});

export const alarmEvents = [AccessAlarmRaised, AccessAlarmDismissed] as const;
export type AlarmEvent = EventOf<typeof alarmEvents>;
