import type { PermissionTable } from '../prune.js';
import { fields, interveners, table } from './who.js';

const subject = ['worker'] as const;
const both = [...subject, ...interveners] as const;
const row = ['accessRequestId', 'status', 'recordedAt', 'dueOn', 'handedOutOn', 'termPassed'] as const;

export const subjectAccessPermissions: PermissionTable = table(
  fields('Mutation', subject, 'askSubjectAccess'),
  fields(
    'Mutation',
    interveners,
    'registerSubjectAccess',
    'searchForSubject',
    'extendSubjectAccessTerm',
    'answerSubjectAccess',
    'refuseSubjectAccess',
  ),
  fields('Query', interveners, 'subjectAccessRequests', 'subjectAccessRequest'),
  fields('Query', subject, 'ownSubjectAccess'),
  fields('Query', both, 'subjectAccessLetter'),
  fields('SubjectAccessRequestPage', interveners, 'rows', 'next'),
  fields('SubjectAccessRequestRow', interveners, ...row),
  fields(
    'SubjectAccessRequest',
    interveners,
    ...row,
    'revision',
    'home',
    'person',
    'way',
    'language',
    'receivedOn',
    'words',
    'dueExplanation',
    'dueWhy',
    'found',
    'documentId',
  ),
  fields('SubjectAccessFound', interveners, 'caseId', 'caseNumber', 'part', 'knowsOfIt'),
  fields('OwnSubjectAccess', subject, 'accessRequestId', 'status', 'dueOn', 'dueWhy', 'handedOutOn'),
  fields(
    'SubjectAccessLetter',
    both,
    'accessRequestId',
    'documentId',
    'fileName',
    'documentHash',
    'language',
    'json',
    'pdf',
  ),
);
