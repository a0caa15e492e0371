import { assertNever, InvariantBroken } from '@toeverlaat/values';
import type { AlarmEvent } from './events.js';

type Data<N extends AlarmEvent['type']> = Extract<AlarmEvent, { readonly type: N }>['data'];
export type RaisedAlarm = Data<'AccessAlarmRaised'>;

export type AlarmState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly alarm: RaisedAlarm }
  | { readonly status: 'dismissed'; readonly alarm: RaisedAlarm; readonly dismissal: Data<'AccessAlarmDismissed'> };
export const initialAlarm: AlarmState = { status: 'none' };

export const evolveAlarm = (state: AlarmState, event: AlarmEvent): AlarmState => {
  switch (event.type) {
    case 'AccessAlarmRaised':
      return { status: 'open', alarm: event.data };
    case 'AccessAlarmDismissed':
      if (state.status === 'none') throw new InvariantBroken('an alarm is raised before it is dismissed');
      return { status: 'dismissed', alarm: state.alarm, dismissal: event.data };
    default:
      return assertNever(event);
  }
};
