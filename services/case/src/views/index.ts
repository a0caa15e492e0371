import { handedFilesView } from '@toeverlaat/service-kit';
import { adviceView } from './advice.js';
import { deskView } from './desk.js';
import { subjectAccessView } from './subject-access.js';
import { thirdPartyView } from './third-party.js';

export { flagsOfRow, type DeskRow } from './desk.js';
export { type AdviceRow } from './advice.js';
export { type SubjectAccessRow } from './subject-access.js';
export { type RegisterRow } from './third-party.js';
export const caseViews = [deskView, adviceView, subjectAccessView, thirdPartyView, handedFilesView('case')] as const;
