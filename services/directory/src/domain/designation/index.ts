import { createCodec } from '@toeverlaat/event-log';
import { designationEvents } from './events.js';

/** Stream `directory.designation-<organisation>_<id>`. */
export const designationCategory = 'directory.designation';
export const designationCodec = createCodec({
  events: designationEvents,
  recordSubject: (streamId) => `designation/${streamId}`,
});

export { designationDecider, type DesignationCommand } from './decide.js';
export {
  absenceAt,
  inEffect,
  trainedHours,
  type Absence,
  type ActiveDesignation,
  type DesignationEvent,
  type DesignationState,
  type EndedDesignation,
  type KnownDesignation,
} from './state.js';
export { dutiesOf, eligibility, type Duty } from './eligibility.js';
export * from './events.js';
