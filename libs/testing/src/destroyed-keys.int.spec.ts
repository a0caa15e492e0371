import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventLog } from '@toeverlaat/event-log';
import { openFileSealing } from '@toeverlaat/sealing';
import { openServiceViews } from '@toeverlaat/service-kit';
import { organisationId, settableClock } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { destroyedKeysContract } from './destroyed-keys-contract.js';
import { sampleEvent } from './event-log-sample.js';
import { createTestWorld } from './service.js';

const gentia = organisationId('gentia');
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

describe('whoever waits for a position', () => {
  it('waits for the keys that were destroyed by then too, within the bound', async () => {
    const world = createTestWorld('2026-11-02T10:00:00.000Z');
    const asked: [string, number][] = [];
    let forgotten = false;
    const views = openServiceViews(
      {
        ...world.runtimeOf('case'),
        whenForgotten: (position, timeoutMs) => {
          asked.push([position, timeoutMs]);
          return Promise.resolve(forgotten);
        },
      },
      [],
    );
    await views.start();
    const appended = await world.log.append({
      organisation: gentia,
      stream: 'sample.note-gentia_1',
      expected: 'none',
      events: [sampleEvent('a')],
    });
    const position = appended.ok ? appended.value.position : undefined;
    if (position === undefined) throw new Error('nothing was appended');
    expect(await views.whenProcessed(position, 60_000)).toBe('stale');
    forgotten = true;
    expect(await views.whenProcessed(position, 60_000)).toBe('processed');
    expect(asked).toEqual([
      [position, 60_000],
      [position, 60_000],
    ]);
    await views.stop();
    world.dispose();
  });
});
