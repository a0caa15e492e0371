import { openSqliteDeliveryStore, openSqliteRelayStore } from '@toeverlaat/kafka';
import { openSqliteReactorStore } from '@toeverlaat/messaging';
import { BackupRefused, createUndo } from '@toeverlaat/standalone';
import { silentLogger } from '@toeverlaat/telemetry';
import { systemClock } from '@toeverlaat/values';
import type { Position } from '@toeverlaat/event-log';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStores, storesOf } from '../adapters.js';
import { fileRestoreNote } from './file-note.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restore-note-'));
  file = join(folder, 'reactors.sqlite');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the note of a restore, for processes of one host', () => {
  it('stands from its beginning to its end, and one that is gone on with keeps its name', async () => {
    const note = fileRestoreNote(file);
    expect(await note.standing()).toBeUndefined();
    expect(await note.begin('one')).toBe('one');
    expect(await note.begin('two')).toBe('one');
    expect(await fileRestoreNote(file).standing()).toBe('one');
    await note.end();
    expect(await note.standing()).toBeUndefined();
  });

  it('lets stores be opened by nobody but the restore', async () => {
    mkdirSync(join(folder, 'log'));
    const stores = storesOf({
      log: { kind: 'sqlite', file: join(folder, 'log', 'events.sqlite') },
      keys: join(folder, 'keys'),
      messaging: { kind: 'file', file },
      rootKey: join(folder, 'root.key'),
    });
    const opening = async (purpose: 'serving' | 'preparing' | 'restoring'): Promise<void> => {
      const undo = createUndo(silentLogger());
      try {
        await openStores(stores, systemClock, silentLogger(), undo, purpose);
      } finally {
        await undo.run();
      }
    };
    await opening('preparing');
    await fileRestoreNote(file).begin('one');
    for (const purpose of ['serving', 'preparing'] as const)
      await expect(opening(purpose)).rejects.toBeInstanceOf(BackupRefused);
    await opening('restoring');
    await fileRestoreNote(file).end();
    await opening('serving');
  });

  it('forgets how far messages are, and nothing that was parked', async () => {
    const position = '0000000042' as Position;
    const reactors = openSqliteReactorStore(file);
    const item = { event: undefined, reason: 'Malformed: value', attempts: 1, reactor: 'intake', position };
    await reactors.advance('intake', position, [item]);
    reactors.close();
    const relays = openSqliteRelayStore(`${file}.relays`, systemClock);
    await relays.advance('intake', { position, last: undefined });
    relays.close();
    openSqliteDeliveryStore(`${file}.deliveries`).close();
    await fileRestoreNote(file).forget();
    const again = openSqliteReactorStore(file);
    expect(await again.checkpoint('intake')).toBeUndefined();
    expect(await again.parked('intake')).toEqual([item]);
    again.close();
    const after = openSqliteRelayStore(`${file}.relays`, systemClock);
    expect(await after.checkpoint('intake')).toBeUndefined();
    after.close();
  });
});
