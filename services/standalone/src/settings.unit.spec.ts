import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onOneDisk, readSettings } from './settings.js';

const keysAreElsewhere = (key: string) => !key.startsWith('/mnt/keys/');
const settings = (argv: readonly string[], environment: Record<string, string> = {}) => {
  const read = readSettings(argv, environment, keysAreElsewhere);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
};
const refused = (argv: readonly string[], environment: Record<string, string> = {}) => {
  const read = readSettings(argv, environment, keysAreElsewhere);
  if (read.ok) throw new Error('was accepted');
  return read.error;
};

describe('settings', () => {
  it('start the demonstration on the loopback address when nothing is said', () => {
    expect(settings([])).toMatchObject({ profile: 'demonstration', host: '127.0.0.1', port: 4000 });
  });

  it('take a flag before the environment before the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'config.json');
    writeFileSync(file, JSON.stringify({ port: 1, seed: 5, logLevel: 'error' }));
    expect(settings(['--config', file, '--port', '3'], { TOEVERLAAT_PORT: '2', TOEVERLAAT_SEED: '7' })).toMatchObject({
      port: 3,
      seed: 7,
      logLevel: 'error',
    });
  });

  it('name the setting that is wrong, wherever it was set', () => {
    expect(refused(['--port', 'many']).setting).toBe('port');
    expect(refused([], { TOEVERLAAT_PORT: '70000' }).setting).toBe('port');
    expect(refused(['--prot', '1']).setting).toBe('--prot');
    expect(refused(['--config', '/nowhere/config.json']).setting).toBe('config');
  });

  it('refuse a root key on the disk of the log outside the demonstration, unless the risk is accepted', () => {
    const production = [
      '--profile',
      'production',
      '--oidc-issuer',
      'https://id.example.org',
      '--oidc-audience',
      'toeverlaat',
      '--anchor-file',
      '/mnt/auditor/seals.jsonl',
    ];
    expect(refused(production).setting).toBe('rootKey');
    expect(settings([...production, '--root-key', '/mnt/keys/root.key']).profile).toBe('production');
    expect(settings([...production, '--accept-root-key-on-the-logs-disk']).profile).toBe('production');
  });

  it('see that two folders of one disk are one theft', () => {
    expect(onOneDisk(tmpdir(), join(tmpdir(), 'not', 'there', 'yet'))).toBe(true);
  });

  it('demand an identity provider outside the demonstration', () => {
    expect(refused(['--profile', 'production', '--root-key', '/mnt/keys/root.key']).setting).toBe('oidcIssuer');
  });

  it('demand a place for the seals outside the demonstration, and that it can be used anywhere', () => {
    const provider = ['--oidc-issuer', 'https://id.example.org', '--oidc-audience', 'toeverlaat'];
    const production = ['--profile', 'production', '--root-key', '/mnt/keys/root.key', ...provider];
    expect(refused(production)).toMatchObject({ setting: 'anchorFile', rule: 'required' });
    const mails = ['--anchor-outbox', '/srv/outbox', '--anchor-mail-from', 'a@example.org'];
    for (const anchor of [
      ['--anchor-file', '/mnt/auditor/seals.jsonl'],
      ['--anchor-git', '/srv/seals'],
      [...mails, '--anchor-mail-to', 'b@example.org'],
    ])
      expect(settings([...production, ...anchor]).profile).toBe('production');
    expect(settings([], { TOEVERLAAT_ANCHOR_FILE: '/mnt/auditor/seals.jsonl' }).profile).toBe('demonstration');
    expect(refused(mails).setting).toBe('anchorMailTo');
    expect(refused(['--anchor-outbox', '/srv/outbox']).setting).toBe('anchorMailFrom');
    expect(refused(['--anchor-git-remote', 'ssh://auditor']).setting).toBe('anchorGit');
  });
});
