import { openSqliteEventLog } from '@toeverlaat/event-log';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLogContract } from './event-log-contract.js';

eventLogContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'event-log-'));
  return {
    log: openSqliteEventLog({ file: join(folder, 'log.sqlite') }),
    dispose: () => rm(folder, { recursive: true }),
  };
});
