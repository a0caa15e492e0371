export { type Actor, type Driver, type Refusal, type Who, StepRefused } from './actors.js';
export { kindOf, mix, planOf } from './cases.js';
export { demoOrganisations, demoPeople, gentia, subjectOf, twins, zorgnet, broodhuis, filature } from './people.js';
export { playKeeping, type KeepingFacts } from './keeping.js';
export { createRpcDriver } from './rpc-driver.js';
export { missingScenarios, playedScenarios } from './scenarios.js';
export { DemonstrationFailed, seedDemonstration, stageOf, type SeedOptions, type Stageable } from './seed.js';
