import { streamName } from '@toeverlaat/event-log';
import { aloneOnPostgres, openPostgresEventLog } from '@toeverlaat/postgres';
import type { SealingService } from '@toeverlaat/sealing';
import { describeWith } from '@toeverlaat/testing/needs';
import { organisationId, settableClock, uuidV5, type EventId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openKeys } from '../adapters.js';
import { prepareDatabases, removeDatabases, type Databases } from '../fleet/postgres.js';
import { NotRotated, rotateNow, startKeysProcess } from './keys-process.js';
import { readKeysSettings, type KeysSettings } from './settings.js';

// Two organisations that share every id on purpose (design rule 5).
const organisations = [organisationId('gentia'), organisationId('zorgnet')];
const [gentia = organisationId('gentia')] = organisations;

describeWith('postgres', 'epochs of keys in a distributed deployment', (address) => {
  const name = `keys${process.pid}`;
  const clock = settableClock('2026-11-01T09:00:00.000Z');
  let folder: string;
  let databases: Databases;
  let settings: KeysSettings;
  /** Keys with the credentials of one service. */
  let ofCases: SealingService;
  const keysAs = ({ vault, keyring }: { readonly vault: string; readonly keyring: string }, create = false) =>
    openKeys({ kind: 'postgres', vault, keyring }, join(folder, 'root.key'), clock, create);
  const item = (organisation: (typeof organisations)[number]) => ({
    organisation,
    subjects: ['case/1'],
    context: { organisation, stream: 's', eventId: 'e', type: 't', path: 'p' },
    value: `words of ${organisation}`,
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-keys-'));
    databases = await prepareDatabases(address, name, join(folder, 'database.json'));
    const made = await keysAs(databases.keeper, true);
    await made.close();
    ofCases = await keysAs(databases.of('case'));
    const log = await openPostgresEventLog({ connectionString: databases.keeper.log });
    for (const organisation of organisations)
      await log.append({
        organisation,
        stream: streamName('directory.organisation', organisation, 'profile'),
        expected: 'none',
        events: [
          {
            eventId: uuidV5('test', organisation) as EventId,
            type: 'directory.OrganisationRegistered.v1',
            metadata: Buffer.from('{}'),
            data: Buffer.from('{}'),
          },
        ],
      });
    await log.close();
    const read = readKeysSettings([], {
      TOEVERLAAT_LOG: databases.rotation.log,
      TOEVERLAAT_VAULT: databases.rotation.vault,
      TOEVERLAAT_KEYRING: databases.rotation.keyring,
      TOEVERLAAT_ROOT_KEY: join(folder, 'root.key'),
      TOEVERLAAT_OPERATIONS_PORT: '0',
      TOEVERLAAT_LOG_LEVEL: 'silent',
    });
    if (!read.ok) throw new Error(read.error.help);
    settings = read.value;
  }, 180_000);
  afterAll(async () => {
    await ofCases.close();
    await removeDatabases(address, name);
    rmSync(folder, { recursive: true, force: true });
  });

  const began = () => Promise.all(organisations.map((one) => ofCases.epochSince(one)));

  it('start when they are due, once though two processes look; a service opens what it sealed before', async () => {
    const sealed = await ofCases.seal(organisations.map(item));
    if (!sealed.ok) throw new Error(sealed.error.kind);
    const processes = [await startKeysProcess(settings, clock), await startKeysProcess(settings, clock)];
    try {
      expect(await began()).toEqual(organisations.map(() => '2026-11-01T09:00:00.000Z'));
      clock.set('2026-11-09T09:00:00.000Z');
      await Promise.all(processes.map(({ look }) => look()));
      // One of both may have left it to the other: each looks once more, and nothing is left to do.
      for (const { look } of processes) await look();
      expect(await began()).toEqual(organisations.map(() => '2026-11-09T09:00:00.000Z'));
      const figures = await (await fetch(`http://127.0.0.1:${processes[0]?.operationsPort}/metrics`)).text();
      expect(figures).toMatch(/^toeverlaat_key_epoch_overdue_seconds\{service="keys"\} 0$/mu);
    } finally {
      for (const { stop } of processes) await stop();
    }
    for (const [n, organisation] of organisations.entries()) {
      const [value] = sealed.value.slice(n);
      if (value === undefined) throw new Error('nothing sealed');
      expect(await ofCases.open(organisation, [value])).toEqual([
        { kind: 'opened', value: `words of ${organisation}` },
      ]);
    }
    // One epoch each, not two: the next is the third.
    expect(await rotateNow(settings, 'all', clock)).toEqual([
      expect.stringMatching(/^gentia: epoch 3, \d+ keys wrapped anew, epochs dropped: 1$/u),
      expect.stringMatching(/^zorgnet: epoch 3, \d+ keys wrapped anew, epochs dropped: 1$/u),
    ]);
  }, 180_000);

  it('start at once when an operator says so, and the one before goes with them', async () => {
    clock.set('2026-11-10T09:00:00.000Z');
    expect(await rotateNow({ ...settings, dropPrevious: true }, gentia, clock)).toEqual([
      expect.stringMatching(/^gentia: epoch 4, \d+ keys wrapped anew, epochs dropped: 2$/u),
    ]);
    expect(await began()).toEqual(['2026-11-10T09:00:00.000Z', '2026-11-09T09:00:00.000Z']);
  }, 180_000);

  it('are left to one process at a time; a name that nobody has is refused', async () => {
    const keyring = { connectionString: databases.rotation.keyring };
    await aloneOnPostgres(keyring, 'toeverlaat rotation', async () => {
      await expect(rotateNow(settings, gentia, clock)).rejects.toThrow(NotRotated);
    });
    await expect(rotateNow(settings, organisationId('nobody'), clock)).rejects.toThrow('no organisation nobody');
    expect(await aloneOnPostgres(keyring, 'toeverlaat rotation', () => Promise.resolve())).toBe(true);
  }, 180_000);
});
