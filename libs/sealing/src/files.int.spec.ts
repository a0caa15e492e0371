import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SealedValue } from '@toeverlaat/event-log';
import { organisationId, settableClock, type OrganisationId } from '@toeverlaat/values';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyFilesOf, openFileSealing, rootKeyBesideData } from './open.js';
import { RootKeyMissing, RootKeyUnusable } from './root-key.js';
import type { SealingService } from './sealer.js';
import { openSqliteVault } from './vault-sqlite.js';
import { KeyFileUnusable, type Vault } from './vault.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');
const clock = settableClock('2026-11-02T10:00:00.000Z');
const request = { by: 'p-1', reason: 'retention.informal v1', at: '2026-11-02T10:00:00.000Z' };

let folder: string;
let dataFolder: string;
let rootKeyFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toeverlaat-sealing-'));
  dataFolder = join(folder, 'data');
  rootKeyFile = join(folder, 'secrets', 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (createRootKey = true): Promise<SealingService> =>
  openFileSealing({ dataFolder, rootKeyFile, clock, createRootKey });

const seal = async (
  sealing: SealingService,
  organisation: OrganisationId,
  subjects: readonly string[],
): Promise<SealedValue> => {
  const context = {
    organisation,
    stream: `case.case-${organisation}_1`,
    eventId: 'e-1',
    type: 'case.Noted.v1',
    path: 'note',
  };
  const sealed = await sealing.seal([{ organisation, subjects, context, value: `about ${subjects.join()}` }]);
  const value = sealed.ok ? sealed.value[0] : undefined;
  if (value === undefined) throw new Error('not sealed');
  return value;
};
const kindOf = async (
  sealing: SealingService,
  organisation: OrganisationId,
  value: SealedValue,
): Promise<string | undefined> => (await sealing.open(organisation, [value]))[0]?.kind;

/** Every wrapped key of a vault file as it stands, read by a second hand. */
const wrapsIn = (file: string): readonly Buffer[] => {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare('SELECT wrapped FROM key_wrap').all();
  db.close();
  return rows.flatMap((row) => (row['wrapped'] instanceof Uint8Array ? [Buffer.from(row['wrapped'])] : []));
};
const bytesOf = (dir: string): Buffer => Buffer.concat(readdirSync(dir).map((name) => readFileSync(join(dir, name))));

describe('sealing over files', () => {
  it('continues after a restart, each file readable by its owner only', async () => {
    const first = await start();
    const value = await seal(first, GENTIA, ['case/1', 'case/1#p1']);
    const same = await seal(first, ZORGNET, ['case/1', 'case/1#p1']);
    await first.close();
    const second = await start(false);
    expect(await kindOf(second, GENTIA, value)).toBe('opened');
    expect(await kindOf(second, ZORGNET, same)).toBe('opened');
    expect(await kindOf(second, ZORGNET, value)).toBe('tampered');
    const { vaultFile, keyringFile } = keyFilesOf(dataFolder);
    for (const file of [rootKeyFile, vaultFile, keyringFile]) expect(statSync(file).mode & 0o777).toBe(0o600);
    await second.close();
  });

  it('makes no root key unless allowed, and says which file is missing', async () => {
    const refused = await start(false).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RootKeyMissing);
    expect(String(refused)).toContain(rootKeyFile);
    expect(existsSync(dataFolder)).toBe(false);
  });

  it('never makes a new root key beside a keyring', async () => {
    await (await start()).close();
    rmSync(rootKeyFile);
    await expect(start(true)).rejects.toThrow(RootKeyMissing);
    expect(existsSync(rootKeyFile)).toBe(false);
  });

  it('refuses a root key that is damaged, exposed or of another installation', async () => {
    const first = await start();
    await seal(first, GENTIA, ['case/1']);
    await first.close();
    const good = readFileSync(rootKeyFile);
    chmodSync(rootKeyFile, 0o640);
    await expect(start()).rejects.toMatchObject({ name: 'RootKeyUnusable', rule: 'readable_by_others' });
    chmodSync(rootKeyFile, 0o600);
    writeFileSync(rootKeyFile, good.subarray(0, 40));
    await expect(start()).rejects.toMatchObject({ rule: 'format', file: rootKeyFile });
    const other = good.toString().trimEnd();
    writeFileSync(rootKeyFile, `${other.slice(0, -6)}${other.slice(-6).startsWith('AAAA') ? 'BBBBBA' : 'AAAAAA'}`);
    const refused = await start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RootKeyUnusable);
    expect(refused).toMatchObject({ rule: 'other_keyring' });
    writeFileSync(rootKeyFile, good);
    await (await start()).close();
  });

  it('refuses a vault without its keyring and a file that is something else', async () => {
    await (await start()).close();
    const { keyringFile, vaultFile } = keyFilesOf(dataFolder);
    const keyring = readFileSync(keyringFile);
    rmSync(keyringFile);
    await expect(start()).rejects.toMatchObject({
      name: 'KeyFileUnusable',
      rule: 'keyring_missing',
      file: keyringFile,
    });
    writeFileSync(keyringFile, keyring);
    writeFileSync(vaultFile, 'no database at all, but long enough to look like one to a careless reader');
    await expect(start()).rejects.toBeInstanceOf(KeyFileUnusable);
    copyFileSync(keyringFile, vaultFile);
    await expect(start()).rejects.toMatchObject({ rule: 'not_a_key_file', file: vaultFile });
  });

  it('refuses a vault of a newer release', async () => {
    await (await start()).close();
    const { vaultFile } = keyFilesOf(dataFolder);
    const db = new DatabaseSync(vaultFile);
    db.exec('PRAGMA user_version=99');
    db.close();
    await expect(start()).rejects.toMatchObject({ rule: 'newer_version', file: vaultFile });
  });

  it('says when a root key stands beside the data', () => {
    expect(rootKeyBesideData('/srv/data/root.key', '/srv/data')).toBe(true);
    expect(rootKeyBesideData('/srv/data/keys/root.key', '/srv/data')).toBe(true);
    expect(rootKeyBesideData('/srv/data-secrets/root.key', '/srv/data')).toBe(false);
  });
});

describe('no copy is left', () => {
  it('of destroyed keys anywhere in the vault files', async () => {
    const sealing = await start();
    const { vaultFile } = keyFilesOf(dataFolder);
    const vaultDir = join(dataFolder, 'vault');
    for (let index = 0; index < 300; index += 1)
      await seal(sealing, index % 2 === 0 ? GENTIA : ZORGNET, [`case/${index >> 1}`, `case/${index >> 1}#p1`]);
    const before = wrapsIn(vaultFile);
    expect(before).toHaveLength(600);
    expect(before.every((wrap) => bytesOf(vaultDir).includes(wrap))).toBe(true);
    for (let index = 0; index < 150; index += 7) {
      const destroyed = await sealing.destroy(GENTIA, `case/${index}`, request);
      expect(destroyed.ok && destroyed.value.destroyedKeys).toHaveLength(2);
      // The other side of a page: a key in the middle of what is left, in the other organisation.
      if (index % 2 === 0) await sealing.destroy(ZORGNET, `case/${index + 1}#p1`, request);
    }
    const after = new Set(wrapsIn(vaultFile).map((wrap) => wrap.toString('hex')));
    const gone = before.filter((wrap) => !after.has(wrap.toString('hex')));
    expect(gone).toHaveLength(22 * 2 + 11);
    const bytes = bytesOf(vaultDir);
    expect(gone.filter((wrap) => bytes.includes(wrap))).toEqual([]);
    await sealing.close();
  });

  it('of a dropped epoch in the keyring, nor of the wraps that hung on it', async () => {
    const sealing = await start();
    const { vaultFile, keyringFile } = keyFilesOf(dataFolder);
    const value = await seal(sealing, GENTIA, ['case/1']);
    await seal(sealing, ZORGNET, ['case/1']);
    const old = wrapsIn(vaultFile)[0];
    const db = new DatabaseSync(keyringFile, { readOnly: true });
    const epoch = db.prepare('SELECT wrapped FROM epoch_key WHERE organisation=?').get(GENTIA)?.['wrapped'];
    db.close();
    const kek = Buffer.from(epoch instanceof Uint8Array ? epoch : []);
    expect(bytesOf(join(dataFolder, 'keyring')).includes(kek)).toBe(true);
    await sealing.rotate(GENTIA, { dropPrevious: true });
    expect(bytesOf(join(dataFolder, 'keyring')).includes(kek)).toBe(false);
    expect(bytesOf(join(dataFolder, 'vault')).includes(old ?? '')).toBe(false);
    expect(await kindOf(sealing, GENTIA, value)).toBe('opened');
    await sealing.close();
  });

  it('that an old backup of the vault could use once its epoch is gone', async () => {
    const sealing = await start();
    const { vaultFile } = keyFilesOf(dataFolder);
    const value = await seal(sealing, GENTIA, ['case/1']);
    await sealing.close();
    const backup = join(folder, 'vault.backup');
    copyFileSync(vaultFile, backup);
    const again = await start();
    await again.destroy(GENTIA, 'case/1', request);
    await again.rotate(GENTIA, { dropPrevious: true });
    await again.close();
    for (const name of readdirSync(join(dataFolder, 'vault'))) rmSync(join(dataFolder, 'vault', name));
    copyFileSync(backup, vaultFile);
    const restored = await start();
    expect(await kindOf(restored, GENTIA, value)).toBe('unavailable');
    await restored.close();
  });
});

describe('a vault whose file fails', () => {
  it('makes keys unavailable, and finishes a purge that was cut short at the next start', async () => {
    const sealing = await start();
    const value = await seal(sealing, GENTIA, ['case/1']);
    await sealing.close();
    const { vaultFile } = keyFilesOf(dataFolder);
    const wrap = wrapsIn(vaultFile)[0] ?? Buffer.of(0);
    // As a process leaves it that ends after the commit of a destruction and before its purge.
    const db = new DatabaseSync(vaultFile);
    db.exec(`PRAGMA secure_delete=OFF; BEGIN; DELETE FROM key_wrap; DELETE FROM data_key;
      INSERT INTO destroyed_key VALUES ('gentia', '${value.keys[0]}', 'case/1');
      INSERT INTO destroyed_subject VALUES ('gentia', 'case/1', '', '', ''); INSERT INTO purge_due VALUES ('gentia'); COMMIT`);
    db.close();
    expect(bytesOf(join(dataFolder, 'vault')).includes(wrap)).toBe(true);
    const again = await start();
    expect(bytesOf(join(dataFolder, 'vault')).includes(wrap)).toBe(false);
    expect(await kindOf(again, GENTIA, value)).toBe('erased');
    await again.close();
  });

  it('reports a destruction whose copy another process keeps in the log, and finishes it when asked again', async () => {
    const sealing = await start();
    const value = await seal(sealing, GENTIA, ['case/1']);
    const { vaultFile } = keyFilesOf(dataFolder);
    const wrap = wrapsIn(vaultFile)[0] ?? Buffer.of(0);
    const reader = new DatabaseSync(vaultFile);
    reader.exec('BEGIN; SELECT count(*) FROM key_wrap');
    reader.prepare('SELECT * FROM key_wrap').all();
    const first = await sealing.destroy(GENTIA, 'case/1', request);
    expect(first).toMatchObject({ ok: false, error: { kind: 'KeyUnavailable' } });
    expect(await kindOf(sealing, GENTIA, value)).toBe('erased');
    reader.exec('COMMIT');
    reader.close();
    expect(await sealing.destroy(GENTIA, 'case/1', request)).toEqual({
      ok: true,
      value: { destroyedKeys: value.keys },
    });
    expect(bytesOf(join(dataFolder, 'vault')).includes(wrap)).toBe(false);
    await sealing.close();
  });
});

const SUBJECTS = 40;

/** Destroys keys in a process of its own and kills it after that many acknowledgements. */
const killAfter = (acknowledged: number): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--conditions=source',
        join(import.meta.dirname, 'fixtures', 'destroyer.mjs'),
        dataFolder,
        rootKeyFile,
        String(SUBJECTS),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    let complaint = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.split('\n').length - 2 >= acknowledged) child.kill('SIGKILL');
    });
    child.stderr.on('data', (data: Buffer) => {
      complaint += data.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = output.split('\n').slice(0, -1);
      if (lines[0] === 'ready') resolve(lines.slice(1));
      else reject(new Error(`the process ended with ${code}: ${complaint}`));
    });
  });

describe('a process killed while it destroys', () => {
  it.each([0, 1, 5, 13])('after %i acknowledgements leaves every key whole or in the ledger', async (acknowledged) => {
    const sealing = await start();
    const values: SealedValue[] = [];
    for (let index = 0; index < SUBJECTS; index += 1) values.push(await seal(sealing, GENTIA, [`case/${index}`]));
    await sealing.close();
    const { vaultFile } = keyFilesOf(dataFolder);
    const before = wrapsIn(vaultFile);
    const done = await killAfter(acknowledged);

    const again = await start();
    const kinds = (await again.open(GENTIA, values)).map((answer) => answer.kind);
    expect(kinds.filter((kind) => kind !== 'opened' && kind !== 'erased')).toEqual([]);
    for (const subject of done) expect(kinds[Number(subject.slice('case/'.length))]).toBe('erased');
    const erased = kinds.filter((kind) => kind === 'erased').length;
    expect(erased).toBeGreaterThanOrEqual(done.length);
    expect((await again.ledger(GENTIA)).length).toBe(erased);
    const left = new Set(wrapsIn(vaultFile).map((wrap) => wrap.toString('hex')));
    expect(left.size).toBe(SUBJECTS - erased);
    const bytes = bytesOf(join(dataFolder, 'vault'));
    expect(before.filter((wrap) => !left.has(wrap.toString('hex')) && bytes.includes(wrap))).toEqual([]);
    await again.close();
  });
});

describe('two processes over one vault file', () => {
  it('agree on one key for one subject', async () => {
    const [one, two] = [await start(), await start()];
    const values = await Promise.all([seal(one, GENTIA, ['case/1']), seal(two, GENTIA, ['case/1'])]);
    expect(new Set(values.flatMap((value) => value.keys)).size).toBe(1);
    for (const value of values) expect(await kindOf(two, GENTIA, value)).toBe('opened');
    await one.close();
    await two.close();
  });

  it('see a key whole or destroyed, also when the other destroys it between two statements', async () => {
    const file = join(folder, 'vault.sqlite');
    const vault = openSqliteVault(file);
    const other = new DatabaseSync(file);
    const get = vi.spyOn(StatementSync.prototype, 'get');
    try {
      for (const organisation of [GENTIA, ZORGNET]) {
        await vault.startEpoch(organisation, 1);
        const wrap = { recipient: 'epoch:1', wrapped: new Uint8Array([1, 2, 3]) };
        await vault.create(organisation, 1, [{ subject: 'case/1', keyId: 'k-1', wrap }]);
      }
      const key = { kind: 'live', key: { subject: 'case/1', keyId: 'k-1', wraps: [{ recipient: 'epoch:1' }] } };
      get.mockImplementationOnce(function (this: StatementSync, ...values) {
        get.mockRestore();
        const row = this.get(...values);
        other.exec(`BEGIN IMMEDIATE;
          DELETE FROM key_wrap WHERE organisation = 'gentia'; DELETE FROM data_key WHERE organisation = 'gentia';
          INSERT INTO destroyed_key VALUES ('gentia', 'k-1', 'case/1');
          INSERT INTO destroyed_subject VALUES ('gentia', 'case/1', '2026-11-02T10:00:00.000Z', 'p-1', 'rule'); COMMIT`);
        return row;
      });
      expect(await vault.findBySubject(GENTIA, ['case/1'])).toMatchObject([key]);
      expect(await vault.findBySubject(GENTIA, ['case/1'])).toEqual([{ kind: 'destroyed', subject: 'case/1' }]);
      expect(await vault.findById(GENTIA, ['k-1'])).toEqual([{ kind: 'destroyed', subject: 'case/1' }]);
      expect(await vault.findById(ZORGNET, ['k-1'])).toMatchObject([key]);
    } finally {
      get.mockRestore();
      other.close();
      await vault.close();
    }
  });

  it('make a file that another only just began, or ended before it was done', async () => {
    const file = join(folder, 'vault.sqlite');
    const begun = new DatabaseSync(file);
    begun.exec('PRAGMA journal_mode = WAL');
    begun.close();
    const vault = openSqliteVault(file);
    try {
      expect(await vault.epoch(GENTIA)).toBeUndefined();
    } finally {
      await vault.close();
    }
  });

  it('see a closed vault as unavailable', async () => {
    const vault: Vault = openSqliteVault(join(folder, 'v', 'vault.sqlite'));
    await vault.close();
    await vault.close();
    await expect(vault.findById(GENTIA, ['x'])).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
  });
});
