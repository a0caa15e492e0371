export { KurrentLogUnusable, openKurrentEventLog, type KurrentEventLogOptions } from './kurrentdb-log.js';
