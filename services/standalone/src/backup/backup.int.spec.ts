import { encodeMetadata, openSqliteEventLog, type SealItem } from '@toeverlaat/event-log';
import { openFileSealing, type SealingService } from '@toeverlaat/sealing';
import {
  eventIdOf,
  organisationId,
  settableClock,
  uuidV5,
  type CommandId,
  type OrganisationId,
} from '@toeverlaat/values';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf, type Layout } from '../layout.js';
import { checkBackup, checkEpochs, keyringFileOf } from './check.js';
import { makeBackup, makeKeyringBackup, placeOf } from './make.js';
import { MANIFEST } from './manifest.js';
import { BackupRefused, type BackupRule } from './refusal.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

let folder: string;
let layout: Layout;
let sealing: SealingService;
let log: ReturnType<typeof openSqliteEventLog>;
const clock = settableClock('2026-11-25T08:00:00.000Z');

const note = async (organisation: OrganisationId, n: number): Promise<void> => {
  const stream = `case.case-${organisation}_1`;
  const commandId = uuidV5('backup spec', String(n)) as CommandId;
  const eventId = eventIdOf(stream, commandId, 0);
  const type = 'case.SampleNoted.v1';
  const item: SealItem = {
    organisation,
    subjects: ['case/1'],
    context: { organisation, stream, eventId, type, path: 'text' },
    value: `words ${n}`,
  };
  const sealed = await sealing.seal([item]);
  if (!sealed.ok) throw new Error(sealed.error.kind);
  const appended = await log.append({
    organisation,
    stream,
    expected: n - 1 < 0 ? 'none' : n - 1,
    events: [
      {
        eventId,
        type,
        metadata: encodeMetadata({
          v: 1,
          eventId,
          type,
          organisation,
          recordedAt: clock.now(),
          actor: { pseudonym: 'k7f3q2m5', capacity: 'counsellor' },
          purpose: 'handle_case',
          commandId,
          fingerprint: '',
          correlationId: commandId,
          causationId: commandId,
          policyVersion: '',
          lawVersion: '',
        }),
        data: Buffer.from(JSON.stringify(sealed.value[0])),
      },
    ],
  });
  if (!appended.ok) throw new Error(appended.error.kind);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  layout = layoutOf(join(folder, 'data'));
  clock.set('2026-11-25T08:00:00.000Z');
  log = openSqliteEventLog({ file: layout.log });
  sealing = await openFileSealing({
    clock,
    rootKeyFile: join(folder, 'root.key'),
    vaultFile: layout.vault,
    keyringFile: layout.keyring,
    createRootKey: true,
  });
  for (let n = 0; n < 3; n += 1) for (const organisation of [gentia, zorgnet]) await note(organisation, n);
  mkdirSync(join(layout.blobs, 'gentia', 'ab'), { recursive: true });
  writeFileSync(join(layout.blobs, 'gentia', 'ab', 'abcd'), 'sealed bytes');
  writeFileSync(join(layout.blobs, 'gentia', '.unfinished-1'), 'on its way');
});
afterEach(async () => {
  await log.close();
  await sealing.close();
  rmSync(folder, { recursive: true, force: true });
});

const out = (name = 'backup'): string => join(folder, 'kept', name);
const made = (name?: string, keyringBesideVault = false, at?: (step: string) => void) =>
  makeBackup(out(name), { layout, clock, keyringBesideVault, ...(at === undefined ? {} : { at }) });
const ruleOf = async (work: Promise<unknown>): Promise<BackupRule | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof BackupRefused) return error.rule;
    throw error;
  }
};

describe('a backup', () => {
  it('is whole while the log grows and the vault rotates, and holds no keyring unless asked', async () => {
    // What is appended while it is made: after the log was copied nothing of it comes along.
    let copied = false;
    const growing: Promise<void>[] = [];
    const content = await made('one', false, (step) => {
      if (step === 'vault') copied = true;
      if (step === 'vault') growing.push(note(gentia, 3));
    });
    await Promise.all(growing);
    expect(copied).toBe(true);
    const checked = await checkBackup(out('one'));
    expect(checked).toMatchObject({ holdsVault: true, holdsKeyring: false });
    expect(content).toMatchObject({ events: 6, seals: 0, epochs: { gentia: [1], zorgnet: [1] } });
    expect(content.files.map(({ part }) => part).toSorted()).toEqual(['blobs', 'ledger', 'log', 'vault']);
    expect(existsSync(join(out('one'), 'keyring'))).toBe(false);
    const beside = await made('two', true);
    expect(beside.files.map(({ part }) => part)).toContain('keyring');
    expect(await ruleOf(made('one'))).toBe('out_not_empty');
  });

  it('keeps the keyring apart, for its days, and says which keyring fits which vault', async () => {
    const days = 14;
    await made();
    const keep = () => makeKeyringBackup(join(folder, 'keyrings'), { layout, clock, days });
    expect(await ruleOf(makeKeyringBackup(join(folder, 'kept'), { layout, clock, days }))).toBe('keyring_beside_vault');
    const first = await keep();
    expect(() => checkEpochs(out(), keyringFileOf(out(), first.folder))).not.toThrow();
    for (const organisation of [gentia, zorgnet]) expect((await sealing.rotate(organisation)).ok).toBe(true);
    clock.set('2026-12-03T08:00:00.000Z');
    const second = await keep();
    // One rotation later the vault of before still opens; two later it does not, and a newer vault not with an old keyring.
    expect(() => checkEpochs(out(), keyringFileOf(out(), second.folder))).not.toThrow();
    await made('after');
    expect(await ruleOf((async () => checkEpochs(out('after'), keyringFileOf(out(), first.folder)))())).toBe(
      'wrong_epoch',
    );
    for (const organisation of [gentia, zorgnet]) expect((await sealing.rotate(organisation)).ok).toBe(true);
    clock.set('2026-12-10T08:00:00.000Z');
    const third = await keep();
    expect(third.removed).toEqual([first.folder]);
    expect(readdirSync(join(folder, 'keyrings'))).toHaveLength(2);
    expect(await ruleOf((async () => checkEpochs(out(), keyringFileOf(out(), third.folder)))())).toBe('wrong_epoch');
    expect(await ruleOf((async () => keyringFileOf(out(), undefined))())).toBe('no_keyring');
  });

  it('is there whole or not at all, wherever it is cut off or the disk fills; the next run begins anew', async () => {
    const steps: string[] = [];
    await made('steps', true, (step) => steps.push(step));
    expect(steps).toEqual(['log', 'vault', 'keyring', 'blobs', 'ledger', 'manifest']);
    class Killed extends Error {}
    for (const step of steps) {
      const killed = made('cut', true, (now) => {
        if (now === step) throw new Killed(step);
      });
      await expect(killed).rejects.toBeInstanceOf(Killed);
      expect(await ruleOf(checkBackup(out('cut')))).toBe('no_backup');
      const full = made('cut', true, (now) => {
        if (now === step) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      });
      expect(await ruleOf(full)).toBe('disk_full');
    }
    await made('cut', true);
    expect((await checkBackup(out('cut'))).content.events).toBe(6);
    expect(existsSync(`${out('cut')}.unfinished`)).toBe(false);
  });

  it('names the file that was damaged, cut or taken away, and takes a vault that was removed for what it is', async () => {
    const damage: readonly (readonly [BackupRule, (at: string) => void])[] = [
      ['damaged', (at) => appendFileSync(join(at, placeOf.log), 'x')],
      ['damaged', (at) => truncateSync(join(at, placeOf.vault), 4_096)],
      ['damaged', (at) => rmSync(join(at, placeOf.blobs, 'gentia', 'ab', 'abcd'))],
      ['damaged', (at) => truncateSync(join(at, MANIFEST), 100)],
      ['newer_format', (at) => writeFileSync(join(at, MANIFEST), '{"format":"toeverlaat-backup/2","sha256":""}')],
      ['no_backup', (at) => rmSync(join(at, MANIFEST))],
    ];
    for (const [n, [rule, harm]] of damage.entries()) {
      await made(`harmed-${n}`);
      harm(out(`harmed-${n}`));
      expect(await ruleOf(checkBackup(out(`harmed-${n}`)))).toBe(rule);
    }
    await made();
    rmSync(join(out(), 'vault'), { recursive: true });
    expect(await checkBackup(out())).toMatchObject({ holdsVault: false });
    expect(await ruleOf((async () => checkEpochs(out(), layout.keyring))())).toBe('without_vault');
  });
});
