import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { alarmCategory, alarmCodec } from '../domain/access-alarm/index.js';

/** A row per alarm. Why one was dismissed stays sealed and is opened at the query edge. */
export const accessAlarmsView = defineView({
  name: 'access_alarms',
  version: 2,
  mode: 'async',
  categories: [alarmCategory, erasurePartCategory('records')],
  codecs: [alarmCodec, erasurePartCodec('records')],
  tables: [
    {
      name: 'alarms',
      columns: {
        organisation: 'TEXT NOT NULL',
        alarm_id: 'TEXT NOT NULL',
        kind: 'TEXT NOT NULL',
        who: 'TEXT NOT NULL',
        role: 'TEXT NOT NULL',
        began: 'TEXT NOT NULL',
        ended: 'TEXT NOT NULL',
        records: 'TEXT NOT NULL',
        first_event: 'TEXT NOT NULL',
        thresholds: 'TEXT NOT NULL',
        raised_at: 'TEXT NOT NULL',
        /** 0 until somebody says why it is none. */
        dismissed: 'INTEGER NOT NULL',
        dismissed_at: 'TEXT',
        dismissed_as: 'TEXT',
        motive: 'TEXT',
      },
      primaryKey: ['organisation', 'alarm_id'],
      indexes: [
        { columns: ['organisation', 'raised_at DESC', 'alarm_id DESC'] },
        { columns: ['organisation', 'dismissed', 'raised_at DESC', 'alarm_id DESC'] },
        { columns: ['organisation', 'who', 'raised_at DESC', 'alarm_id DESC'] },
      ],
    },
  ],
  handlers: {
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'access_alarm');
      if (erased !== undefined) tx.delete('alarms', { alarm_id: erased });
    },
    AccessAlarmRaised: ({ data, meta }, tx) => {
      tx.insert('alarms', {
        alarm_id: meta.streamId,
        kind: data.kind,
        who: data.who,
        role: data.role,
        began: data.from,
        ended: data.to,
        records: data.records,
        first_event: data.firstEventId,
        thresholds: data.thresholds,
        raised_at: meta.recordedAt,
        dismissed: 0,
        dismissed_at: null,
        dismissed_as: null,
        motive: null,
      });
    },
    AccessAlarmDismissed: ({ data, meta }, tx) => {
      tx.update(
        'alarms',
        { alarm_id: meta.streamId },
        { dismissed: 1, dismissed_at: meta.recordedAt, dismissed_as: data.dismissedAs, motive: data.motive },
      );
    },
  },
});
