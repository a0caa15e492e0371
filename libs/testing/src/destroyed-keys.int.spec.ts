import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventLog } from '@toeverlaat/event-log';
import { openFileSealing } from '@toeverlaat/sealing';
import { settableClock } from '@toeverlaat/values';
import { destroyedKeysContract } from './destroyed-keys-contract.js';

const clock = settableClock('2026-11-02T10:00:00.000Z');

destroyedKeysContract('files', async () => {
  const path = mkdtempSync(join(tmpdir(), 'toeverlaat-replicas-'));
  return {
    replica: async () => ({
      log: openSqliteEventLog({ file: join(path, 'log.sqlite'), busyTimeoutMs: 60_000, pollMs: 25 }),
      sealing: await openFileSealing({
        dataFolder: join(path, 'keys'),
        rootKeyFile: join(path, 'secrets', 'root.key'),
        createRootKey: true,
        clock,
        monotonic: () => 0,
      }),
    }),
    dispose: async () => rmSync(path, { recursive: true, force: true }),
  };
});
