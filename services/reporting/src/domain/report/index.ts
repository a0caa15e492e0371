import { createCodec, type Codec } from '@toeverlaat/event-log';
import { reportEvents } from './events.js';

/** One stream per year: `reporting.report-<organisation>_<year>`. */
export const reportCategory = 'reporting.report';
export const reportCodec: Codec<typeof reportEvents> = createCodec({
  events: reportEvents,
  recordSubject: (id) => `report/${id}`,
});

export { reportEvents, type FrozenLine, type ReportEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
