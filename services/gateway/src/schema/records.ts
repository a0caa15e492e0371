import * as c from '@toeverlaat/contracts';
import { type SchemaPart, queryField } from './fields.js';
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
};
