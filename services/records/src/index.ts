export { createRecordsService, RecordsModule, type RecordsRuntime } from './records.module.js';
export type { EvidenceSettings } from './evidence/evidence.js';
export { createFileAnchor } from './evidence/anchors/file.js';
export { createGitAnchor } from './evidence/anchors/git.js';
export { createOutboxAnchor } from './evidence/anchors/outbox.js';
export type { Anchor } from './evidence/anchors/port.js';
export { inspectEvidence } from './evidence/inspect.js';
export { accessIndex, recordingServices, recordsViews } from './views/access-index.js';
