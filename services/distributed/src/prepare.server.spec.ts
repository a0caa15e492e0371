import { serviceNames } from '@toeverlaat/contracts';
import { readIdentity } from '@toeverlaat/grpc';
import { describeWith } from '@toeverlaat/testing/needs';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { removeDatabases } from './fleet/postgres.js';
import { readKeysSettings } from './keys/settings.js';
import { prepare, type PrepareOptions } from './prepare.js';
import { readProcessSettings } from './settings.js';

describeWith('postgres', 'what containers are given', (address) => {
  const name = `prep${process.pid}`;
  let folder: string;
  let options: PrepareOptions;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-prepare-'));
    const owner = new URL(address);
    const ownerPasswordFile = join(folder, 'owner.password');
    writeFileSync(ownerPasswordFile, `${decodeURIComponent(owner.password)}\n`);
    owner.password = '';
    options = {
      owner: owner.href,
      ownerPasswordFile,
      name,
      into: join(folder, 'into'),
      keep: join(folder, 'keep'),
      rootKey: join(folder, 'root.key'),
    };
  });
  afterAll(async () => {
    await removeDatabases(address, name);
    rmSync(folder, { recursive: true, force: true });
  });
  const settingsOf = (process: string): Record<string, string> =>
    JSON.parse(readFileSync(join(options.into, process, 'settings.json'), 'utf8')) as Record<string, string>;

  it('is for each process its own connections and certificate, and the same again at the next start', async () => {
    await prepare(options);
    const first = [...serviceNames, 'gateway'].map((process) => [
      settingsOf(process),
      readFileSync(join(options.into, process, 'certificates', `${process}.key`), 'utf8'),
    ]);
    for (const service of serviceNames) {
      const { log, vault, keyring, messaging, blobs, certificates, ...others } = settingsOf(service);
      for (const [store, url] of Object.entries({ log, vault, keyring, messaging }))
        expect(new URL(url ?? '')).toMatchObject({ username: `${name}_${service}`, pathname: `/${name}_${store}` });
      expect(blobs === undefined).toBe(service !== 'case' && service !== 'referral');
      expect([certificates, others]).toEqual(['/run/toeverlaat/certificates', {}]);
      expect(readIdentity(join(options.into, service, 'certificates'), service).peer).toBe(service);
      expect(statSync(join(options.into, service, 'settings.json')).mode & 0o077).toBe(0);
      const accepted = readProcessSettings(
        ['--service', service, '--config', join(options.into, service, 'settings.json')],
        { TOEVERLAAT_DATA: '/data', TOEVERLAAT_ROOT_KEY: '/root.key' },
      );
      expect(accepted).toMatchObject({ ok: true });
    }
    expect(settingsOf('gateway')).toEqual({ certificates: '/run/toeverlaat/certificates' });
    expect(
      readKeysSettings(['--config', join(options.into, 'keys', 'settings.json')], {
        TOEVERLAAT_ROOT_KEY: options.rootKey,
      }),
    ).toMatchObject({ ok: true });
    expect(readFileSync(join(options.into, 'operator', 'messaging-url'), 'utf8')).toMatch(
      new RegExp(`^postgres://${name}_operator:.*/${name}_messaging\n$`, 'u'),
    );
    expect(readFileSync(join(options.into, 'operator', 'log-url'), 'utf8')).toMatch(
      new RegExp(`^postgres://${name}_operator:.*/${name}_log\n$`, 'u'),
    );
    const rootKey = readFileSync(options.rootKey, 'utf8');
    await prepare(options);
    expect(readFileSync(options.rootKey, 'utf8')).toBe(rootKey);
    expect(
      [...serviceNames, 'gateway'].map((process) => [
        settingsOf(process),
        readFileSync(join(options.into, process, 'certificates', `${process}.key`), 'utf8'),
      ]),
    ).toEqual(first);
  });
});
