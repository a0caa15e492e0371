import { createCodec, type Codec } from '@toeverlaat/event-log';
import { caseEvents } from './events.js';

/** Streams `case.case-<organisation>_<id>`; the record's key is `case/<id>`, a participant's `case/<id>#<participant>`. */
export const caseCategory = 'case.case';
export const caseSubject = (id: string): string => `case/${id}`;
export const caseCodec: Codec<typeof caseEvents> = createCodec({ events: caseEvents, recordSubject: caseSubject });

export { caseEvents, type CaseEvent, type StoredCaseEvent } from './events.js';
export * from './state.js';
export { caseDecider, type CaseCommand, type OpenCaseCommand } from './decide.js';
