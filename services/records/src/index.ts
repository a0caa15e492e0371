export { createRecordsService, RecordsModule, type RecordsRuntime } from './records.module.js';
export { accessIndex, recordingServices, recordsViews } from './views/access-index.js';
