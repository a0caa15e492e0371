import { adviceView } from './advice.js';
import { deskView } from './desk.js';

export { flagsOfRow, type DeskRow } from './desk.js';
export { type AdviceRow } from './advice.js';
export const caseViews = [deskView, adviceView] as const;
