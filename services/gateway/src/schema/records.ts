import * as c from '@toeverlaat/contracts';
import { commandField, type SchemaPart, queryField } from './fields.js';
import { retentionFields } from './retention.js';

/** Who looked at what, when and for what: never what they saw. */
export const recordsFields: SchemaPart = (frame) => {
  retentionFields(frame);
  queryField(frame, c.accessHistoryOfRecord, {
    type: 'AccessOfRecordPage',
    description: 'Who opened this record, by its pseudonymous id.',
  });
  queryField(frame, c.accessHistoryOfHandler, {
    type: 'AccessOfHandlerPage',
    description: 'What one handler opened, by their pseudonyms.',
  });
  queryField(frame, c.accessHistoryOfPeriod, {
    type: 'AccessOfPeriodPage',
    description: 'Everything that was opened in a period.',
  });
  queryField(frame, c.deniedAttempts, {
    type: 'DeniedAttemptPage',
    description: 'Attempts that were refused or found nothing.',
  });

  commandField(frame, c.giveAuditMandate, {
    description: 'Lets an auditor ask the access history, of what it names, from a day until another.',
  });
  commandField(frame, c.endAuditMandate, { description: 'Ends such a mandate today: nothing can be asked under it.' });
  queryField(frame, c.auditMandatesQuery, {
    type: 'AuditMandatePage',
    description: 'Under which mandates the access history is read, newest first; an auditor sees their own.',
  });
  queryField(frame, c.auditMandatesOnMeQuery, {
    type: 'AuditMandateOnMePage',
    description: 'Every mandate under which one’s own reading is looked at.',
  });
  queryField(frame, c.couldHaveReadQuery, {
    type: 'CouldHaveReadPage',
    description: 'Who could have read this record between two moments, and did not.',
  });

  queryField(frame, c.accessAlarmsQuery, {
    type: 'AccessAlarmPage',
    description: 'What was unusual in the access history, newest first.',
  });
  queryField(frame, c.accessAlarmsAboutMeQuery, {
    type: 'AccessAlarmAboutMePage',
    description: 'Alarms about one’s own reading, and what became of them.',
  });
  commandField(frame, c.dismissAccessAlarm, { description: 'Says why an alarm is none, or what was done about it.' });

  queryField(frame, c.accessLackQuery, {
    type: 'AccessLack',
    description: 'Whether somebody had a scope on a record in a period, or a key to it: of a record that one knows of.',
  });
  queryField(frame, c.accessEvidenceQuery, {
    type: 'AccessEvidencePage',
    description: 'What an answer of the access history stands on, event by event with its proof, for `verify answer`.',
  });
};
