import { factEvents } from './domain/fact/index.js';
import { releaseEvents } from './domain/release/index.js';
import { reportEvents } from './domain/report/index.js';

export { createFactSink, createReportingService, createSettingsSource, ReportingModule } from './reporting.module.js';
export type { ReportingRuntime, SettingsSource } from './application/core.js';
export { factsView, figuresView, reportingViews } from './views/index.js';
export { currentForm, reportForms, type ReportForm, type ReportLine } from './domain/report-form.js';
export { layoutVersion, tables } from './domain/tables.js';
export { protectedRelease, reveals, suppressed } from './domain/suppression.js';
export { reportingRuleCodes } from './domain/rules.js';
export { factCategory, factCodec } from './domain/fact/index.js';
export { releasesCategory, releasesCodec } from './domain/release/index.js';
export { reportCategory, reportCodec } from './domain/report/index.js';

/** Every event type of this service, for catalogues and checks. No field of any is sealed. */
export const reportingEventTypes = [...factEvents, ...releaseEvents, ...reportEvents] as const;
