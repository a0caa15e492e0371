import { openSqliteEventLog } from '@toeverlaat/event-log/sqlite';
import { workAsEvidenceThread } from './thread-worker.js';

/* The program of the thread for tests of this package; the product's own is the composition root's. */

workAsEvidenceThread((file) => openSqliteEventLog({ file, readOnly: true }));
