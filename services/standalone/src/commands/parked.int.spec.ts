import type { Position } from '@toeverlaat/event-log';
import { openSqliteReactorStore, type ParkedEvent } from '@toeverlaat/messaging';
import { organisationId, randomId, type EventId } from '@toeverlaat/values';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { layoutOf } from '../layout.js';

const entry = fileURLToPath(new URL('../../dist/commands/parked.js', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parked-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const parked = (...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...words, '--data', folder], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return { status, stdout, stderr };
};

const itemAt = (position: string, organisation: string): ParkedEvent => ({
  reactor: 'intake',
  position: position as Position,
  event: {
    eventId: randomId() as EventId,
    type: 'directory.DesignationEnded',
    organisation: organisationId(organisation),
    stream: `directory.designation-${organisation}_d-1`,
    streamId: 'd-1',
    revision: 3,
    recordedAt: '2026-11-23T10:00:00.000Z',
    correlationId: randomId(),
    data: { on: '2026-11-23' },
  },
  reason: 'Deferred',
  attempts: 5,
});

it('lists what was parked, replays it, and discards it with a motive', async () => {
  const store = openSqliteReactorStore(layoutOf(folder).reactors);
  await store.advance('intake', '0000000000000002' as Position, [
    itemAt('0000000000000001', 'gentia'),
    itemAt('0000000000000002', 'zorgnet'),
  ]);
  store.close();

  const listed = parked('list');
  expect(listed.status).toBe(0);
  expect(listed.stdout).toContain('directory.DesignationEnded  gentia  directory.designation-gentia_d-1@3');
  expect(listed.stdout).toContain('2 parked');

  expect(parked('show', 'intake', '0000000000000001').stdout).toContain('"streamId": "d-1"');
  expect(parked('show', 'intake', '0000000000000009').status).toBe(2);

  expect(parked('discard', 'intake', '0000000000000001', '--motive', 'x').stderr).toContain('--motive');
  expect(parked('discard', 'intake', '0000000000000009', '--motive', 'entered twice').status).toBe(2);
  expect(parked('discard', 'intake', '0000000000000001', '--motive', 'entered twice').status).toBe(0);

  // There is no such designation: the world has moved on, and the reaction decides to nothing.
  const replayed = parked('replay', 'intake');
  expect(replayed).toMatchObject({ status: 0, stdout: 'intake  0000000000000002  done\n' });
  expect(parked('list').stdout).toBe('nothing is parked\n');
  expect(parked('replay', 'intake').status).toBe(2);
});
