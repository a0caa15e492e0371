export { createCaseService, type CaseSources } from './case.module.js';
export { casePublicEvents } from './public-events.js';
export { caseViews } from './views/index.js';
export { type CountedFact } from './application/facts.js';
export { type FactSink } from './application/background.js';
export { adviceCategory, adviceCodec } from './domain/advice-contact/index.js';
export { caseCategory, caseCodec, caseSubject } from './domain/case/index.js';
export { subjectAccessCategory, subjectAccessCodec } from './domain/subject-access/index.js';
export { caseRuleCodes } from './domain/rules.js';
