import { openKurrentEventLog } from '@toeverlaat/kurrentdb';
import { describeScenario5 } from '@toeverlaat/standalone/scenarios';
import { describeWith } from '@toeverlaat/testing/needs';
import { beforeAll, beforeEach, vi } from 'vitest';
import { openFleetTheatre } from './test-support.js';

// A dozen processes and two servers on a busy machine: slow is no failure.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/* One of the spine's scenarios with the log on KurrentDB, keys and attachments on a PostgreSQL server of the deployment's own. */

describeWith('kurrentdb', 'a process per service, their log on KurrentDB', (log) => {
  let holds = false;
  beforeAll(async () => {
    const opened = openKurrentEventLog({ connectionString: log });
    // Whose demonstration stands there already has keys that this deployment does not.
    holds = (await opened.readAll({ categories: ['directory.organisation'], limit: 1 })).events.length > 0;
    await opened.close();
  });
  beforeEach((context) => {
    if (holds) context.skip('the server holds a demonstration already: take an empty one (docs/how-to/kurrentdb.md)');
  });
  describeScenario5(() => openFleetTheatre({ log }));
});
