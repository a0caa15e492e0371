import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** Access requests of data subjects: asked by the person, looked for and answered by one counsellor or adviser alone. */
export const subjectAccessFields: SchemaPart = (frame) => {
  commandField(frame, c.askSubjectAccessCommand, {
    description: 'Asks a counsellor which data are kept about oneself (GDPR art. 15).',
  });
  commandField(frame, c.registerSubjectAccessCommand, {
    description: 'Registers an access request that came by letter, by mail or in person.',
  });
  commandField(frame, c.searchForSubjectCommand, {
    description: 'Looks for the person in one’s own files. The search is recorded, and so is each file it lists.',
  });
  commandField(frame, c.extendSubjectAccessTermCommand, {
    description: 'Extends the term by two months; refused where that would tell that there is a file.',
  });
  commandField(frame, c.answerSubjectAccessCommand, {
    description:
      'Compiles what may be shown into one letter; what may not is refused in it, with the reason of the law.',
  });
  commandField(frame, c.refuseSubjectAccessCommand, {
    description: 'Does not act on the request, with the reason; only before anything was looked for.',
  });

  queryField(frame, c.subjectAccessRequestsQuery, {
    name: 'subjectAccessRequests',
    type: 'SubjectAccessRequestPage',
    description: 'Access requests put to the one who asks, nearest term first.',
  });
  queryField(frame, c.subjectAccessRequestQuery, {
    name: 'subjectAccessRequest',
    type: 'SubjectAccessRequest',
    description: 'One access request, opened: who asks, and in which files they stand. Reading is recorded.',
  });
  queryField(frame, c.ownSubjectAccessQuery, {
    name: 'ownSubjectAccess',
    type: 'OwnSubjectAccess',
    description: 'Where one’s own access request stands, and when its answer is handed out.',
  });
  queryField(frame, c.subjectAccessLetterQuery, {
    name: 'subjectAccessLetter',
    type: 'SubjectAccessLetter',
    description: 'The answer as PDF, base64, and as JSON; for who asked from the day it is handed out.',
  });
};
