import { openSqliteEventLog } from '@toeverlaat/event-log/sqlite';
import { workAsEvidenceThread } from '@toeverlaat/records/evidence-thread';

/* The thread that makes the evidence (ADR 79). Who opened the file to append to it has just checked it. */

workAsEvidenceThread((file) =>
  openSqliteEventLog({ file, readOnly: true, openCheck: { tailEvents: 0, quickCheckBytes: 0 } }),
);
