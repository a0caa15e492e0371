export { createRecordsService, RecordsModule } from './records.module.js';
export { accessIndex, recordingServices, recordsViews } from './views/access-index.js';
