import { createCodec, type Codec } from '@toeverlaat/event-log';
import { alarmEvents } from './events.js';

/** Stream `records.accessalarm-<organisation>_<id>`. */
export const alarmCategory = 'records.accessalarm';
export const alarmCodec: Codec<typeof alarmEvents> = createCodec({
  events: alarmEvents,
  recordSubject: (id) => `access_alarm/${id}`,
});

export { alarmKinds, MAX_NAMED_IN_ALARM, type AlarmEvent, type AlarmKind } from './events.js';
export { initialAlarm, type AlarmState, type RaisedAlarm } from './state.js';
export { alarmDecider, type AlarmCommand } from './decide.js';
