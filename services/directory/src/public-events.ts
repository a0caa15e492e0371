import { definePublicEvents } from '@toeverlaat/messaging';
import { designationCategory, designationCodec } from './domain/designation/index.js';

/**
 * What leaves the directory: that a designation or an absence began or ended, by id and date (design §6). Not the person,
 * and not the pseudonym either: beside the designation it would tell whose access history is whose. Who needs it asks
 * `directory.designation`.
 */
export const directoryPublicEvents = [
  definePublicEvents('directory', designationCategory, designationCodec, {
    DesignationStarted: (data) => ({ from: data.from }),
    DesignationEnded: (data) => ({ on: data.on }),
    AbsenceStarted: (data) => ({ absenceId: data.absenceId, from: data.from, backOn: data.backOn ?? null }),
    AbsenceEnded: (data) => ({ absenceId: data.absenceId, backOn: data.backOn }),
    SuccessorNamed: (data) => ({ successor: data.successor }),
  }),
] as const;
