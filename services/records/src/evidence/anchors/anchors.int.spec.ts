import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anchorContract, anchorRecord } from './contract.fixture.js';
import { createFileAnchor } from './file.js';
import { createGitAnchor } from './git.js';
import { createOutboxAnchor } from './outbox.js';
import { AnchorUnavailable } from './port.js';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'anchor-'));
});
afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});
const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });

describe('a file as anchor', () => {
  const open = () => createFileAnchor(join(base, 'share', 'seals.jsonl'));
  anchorContract(open);

  it('goes on behind a line that a stopped write tore', async () => {
    await open().append([anchorRecord(0)]);
    appendFileSync(join(base, 'share', 'seals.jsonl'), JSON.stringify(anchorRecord(1)).slice(0, 40));
    await open().append([anchorRecord(1), anchorRecord(2)]);
    expect(await open().from(0)).toEqual([anchorRecord(0), anchorRecord(1), anchorRecord(2)]);
  });

  it('says that it is out of reach', async () => {
    writeFileSync(join(base, 'share'), 'a file where the folder should be');
    await expect(open().append([anchorRecord(0)])).rejects.toBeInstanceOf(AnchorUnavailable);
  });
});

describe('a git repository as anchor', () => {
  const open = () => createGitAnchor({ folder: join(base, 'repository') });
  anchorContract(open);

  it('has a commit per append, by nobody of the machine', async () => {
    await open().append([anchorRecord(0)]);
    await open().append([anchorRecord(1)]);
    expect(git(join(base, 'repository'), 'log', '--format=%s %an', 'seals').trim().split('\n')).toEqual([
      'Seal 1 Toeverlaat',
      'Seal 0 Toeverlaat',
    ]);
  });
});

describe('a git repository of somebody else as anchor', () => {
  const remote = () => join(base, 'theirs.git');
  const open = (folder = 'ours') => createGitAnchor({ folder: join(base, folder), remote: remote() });
  beforeEach(() => {
    mkdirSync(remote());
    git(remote(), 'init', '--quiet', '--bare');
  });
  anchorContract(open);

  it('is read back from there, also by an installation whose folder is gone', async () => {
    await open().append([anchorRecord(0), anchorRecord(1)]);
    expect(await open('another').newest()).toEqual(anchorRecord(1));
    await open('another').append([anchorRecord(2)]);
    expect((await open().from(0)).map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
  });

  it('leaves what a stopped append wrote and did not push', async () => {
    await open().append([anchorRecord(0)]);
    writeFileSync(join(base, 'ours', 'seals.jsonl'), 'half');
    git(join(base, 'ours'), '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qam', 'stopped');
    await open().append([anchorRecord(1)]);
    expect((await open().from(0)).map(({ sequence }) => sequence)).toEqual([0, 1]);
  });

  it('says that it is out of reach', async () => {
    rmSync(remote(), { recursive: true });
    await expect(open().newest()).rejects.toBeInstanceOf(AnchorUnavailable);
  });
});

describe('an outbox as anchor', () => {
  const folder = () => join(base, 'outbox');
  const open = () => createOutboxAnchor({ folder: folder(), from: 'evidence@example.org', to: 'auditor@example.org' });
  anchorContract(open);

  it('is a mail per seal, that may have been sent already', async () => {
    await open().append([anchorRecord(0)]);
    mkdirSync(join(folder(), 'sent'));
    renameSync(join(folder(), 'seal-000000000000.eml'), join(folder(), 'sent', 'seal-000000000000.eml'));
    await open().append([anchorRecord(0), anchorRecord(1)]);
    expect(readdirSync(folder()).toSorted()).toEqual(['seal-000000000001.eml', 'sent']);
    const mail = readFileSync(join(folder(), 'seal-000000000001.eml'), 'utf8');
    expect(mail).toMatch(
      /^From: evidence@example\.org\r\nTo: auditor@example\.org\r\nDate: Wed, 25 Nov 2026 08:00:00 \+0000\r\n/,
    );
    expect(Math.max(...mail.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  it('takes no address that would add a header', () => {
    expect(() => createOutboxAnchor({ folder: folder(), from: 'a@b', to: 'c@d\r\nBcc: e@f' })).toThrow(TypeError);
  });
});
