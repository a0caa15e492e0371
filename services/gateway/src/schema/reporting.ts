import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** Figures: exact for the head of the internal service, released and suppressed for those who follow them. */
export const reportingFields: SchemaPart = (frame) => {
  commandField(frame, c.releaseFiguresCommand, {
    description: 'Freezes the figures of a closed period, with small numbers hidden, for employer and committee.',
  });
  commandField(frame, c.freezeAnnualReportCommand, {
    description: 'Freezes the exact counts of a year as an edition that stays.',
  });

  queryField(frame, c.statutoryFiguresQuery, {
    type: 'StatutoryFigures',
    description: 'The exact counts that the annual report needs, as of now, and the editions frozen so far.',
  });
  queryField(frame, c.releasedFiguresQuery, {
    type: 'ReleasedFiguresPage',
    description: 'Figures of closed periods as they were released, newest first; null stands for hidden.',
  });
};
