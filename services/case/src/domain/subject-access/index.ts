import { createCodec, type Codec } from '@toeverlaat/event-log';
import { subjectAccessEvents } from './events.js';

export const subjectAccessCategory = 'case.subjectaccess';
export const subjectAccessSubject = (id: string): string => `subject_access/${id}`;
export const subjectAccessCodec: Codec<typeof subjectAccessEvents> = createCodec({
  events: subjectAccessEvents,
  recordSubject: subjectAccessSubject,
});

export { subjectAccessEvents, type SubjectAccessEvent } from './events.js';
export { type ExistingSubjectAccess, type FoundFile, type SubjectAccessState } from './state.js';
export { subjectAccessDecider, type SubjectAccessCommand } from './decide.js';
