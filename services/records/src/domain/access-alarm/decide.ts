import { accept, type Command, type ConfidentialText, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule } from '../rules.js';
import type { AlarmEvent } from './events.js';
import { evolveAlarm, initialAlarm, type AlarmState, type RaisedAlarm } from './state.js';

export type AlarmCommand =
  | Command<'RaiseAlarm', RaisedAlarm>
  | Command<
      'DismissAlarm',
      {
        /** Of whoever dismisses it, of every year: nobody judges their own reading. */
        readonly ownPseudonyms: readonly string[];
        readonly motive: ConfidentialText;
      }
    >;

const decide = (command: AlarmCommand, state: AlarmState): Decision<AlarmEvent> => {
  switch (command.type) {
    case 'RaiseAlarm':
      // Looked at again, the same readings give the same alarm; dismissed, it stays dismissed.
      return state.status === 'none' ? accept({ type: 'AccessAlarmRaised', data: command.data }) : accept();
    case 'DismissAlarm': {
      if (state.status === 'none') return NOT_FOUND;
      if (state.status === 'dismissed') return refuseRule('access_alarm_dismissed');
      const { ownPseudonyms, motive } = command.data;
      if (ownPseudonyms.includes(state.alarm.who)) return refuseRule('access_alarm_of_own');
      const { pseudonym: dismissedBy, capacity: dismissedAs } = command.meta.actor;
      return accept({ type: 'AccessAlarmDismissed', data: { dismissedBy, dismissedAs, motive } });
    }
    default:
      return assertNever(command);
  }
};

/** Something unusual in the access history, until somebody says why it is not. */
export const alarmDecider: Decider<AlarmCommand, AlarmEvent, AlarmState> = {
  initial: initialAlarm,
  decide,
  evolve: evolveAlarm,
};
