import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** How long records are kept, who decided so, and what stops their destruction. */
export const retentionFields: SchemaPart = (frame) => {
  commandField(frame, c.proposeRetentionRules, {
    description: 'Proposes other rules of retention; simulate them, then another person activates them.',
  });
  commandField(frame, c.simulateRetentionChange, {
    description: 'Counts what a proposed change would destroy by a day. The report stays with it.',
  });
  commandField(frame, c.activateRetentionRules, {
    description: 'Activates a change that somebody else proposed and that was simulated.',
  });
  commandField(frame, c.withdrawRetentionProposal, { description: 'Takes a proposed change back.' });
  commandField(frame, c.placeLegalHold, {
    description: 'Stops destruction. On a person, a site or a period the answer is the same whatever there is of it.',
  });
  commandField(frame, c.reviewLegalHold, { description: 'Keeps a hold until another day of review.' });
  commandField(frame, c.liftLegalHold, { description: 'Ends a hold: destruction goes on by the rules.' });
  commandField(frame, c.replayYear, {
    description: 'Plays a past year through one changed rule. It changes nothing; what differs is listed.',
  });

  queryField(frame, c.retentionRulesQuery, {
    type: 'RetentionRules',
    description: 'The rules for what begins now, with the bounds of the law and where they come from.',
  });
  queryField(frame, c.retentionChangesQuery, {
    type: 'RetentionChange',
    description: 'Every change of rules that was proposed, newest first.',
  });
  queryField(frame, c.retentionReportQuery, {
    type: 'RetentionReport',
    description: 'What a change would do, as it was counted; `document` is the file, `hash` its SHA-256.',
  });
  queryField(frame, c.keptRecordsQuery, {
    type: 'KeptRecordPage',
    description: 'Closed records of a class, those that end first first.',
  });
  queryField(frame, c.keptRecordQuery, {
    type: 'KeptRecordInFull',
    description: 'Until when a record is kept, why, and what holds it.',
  });
  queryField(frame, c.retentionChecksQuery, {
    type: 'RetentionCheck',
    description: 'The daily proofs of a year, newest first.',
  });
  queryField(frame, c.legalHoldsQuery, { type: 'LegalHoldPage', description: 'Holds, newest first.' });
  queryField(frame, c.yearReplayQuery, {
    type: 'YearReplay',
    description: 'What a past year would have given under another rule.',
  });
};
