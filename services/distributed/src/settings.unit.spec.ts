import { serviceNames } from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { readFleetSettings } from './fleet/settings.js';
import { readProcessSettings, replicaOf } from './settings.js';

const service = {
  TOEVERLAAT_SERVICE: 'intake',
  TOEVERLAAT_DATA: '/tmp/intake',
  TOEVERLAAT_LOG: 'postgres://app:secret@db.example/log',
  TOEVERLAAT_KEYS: '/tmp/keys',
  TOEVERLAAT_ROOT_KEY: '/mnt/keys/root.key',
  TOEVERLAAT_MESSAGING: '/tmp/messaging.sqlite',
  TOEVERLAAT_CERTIFICATES: '/tmp/certificates',
};
const gateway = {
  TOEVERLAAT_SERVICE: 'gateway',
  TOEVERLAAT_DATA: '/tmp/gateway',
  TOEVERLAAT_CERTIFICATES: '/tmp/certificates',
  TOEVERLAAT_GATEWAY_KEY: '/tmp/gateway.key',
  TOEVERLAAT_DEMO_IDENTITIES: '/tmp/identities',
};
const production = {
  TOEVERLAAT_PROFILE: 'production',
  TOEVERLAAT_OIDC_ISSUER: 'https://id.example.org',
  TOEVERLAAT_OIDC_AUDIENCE: 'toeverlaat',
};
const anchored = { TOEVERLAAT_ANCHOR_FILE: '/mnt/auditor/seals.jsonl' };

const accepted = (environment: Record<string, string>, argv: readonly string[] = []) => {
  const read = readProcessSettings(argv, environment);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
};
const refused = (environment: Record<string, string | undefined>, argv: readonly string[] = []) => {
  const read = readProcessSettings(argv, environment);
  if (read.ok) throw new Error('was accepted');
  return read.error;
};

describe('the settings of one process', () => {
  it('are those of one service', () => {
    expect(
      accepted(service, ['--case-at', '10.0.0.1:5000,10.0.0.2:5000', '--directory-at', 'dns:directory:5000']),
    ).toMatchObject({
      service: 'intake',
      replica: '1',
      log: { kind: 'postgres' },
      caseAt: { kind: 'list', addresses: ['10.0.0.1:5000', '10.0.0.2:5000'] },
      directoryAt: { kind: 'dns', host: 'directory', port: '5000' },
    });
    expect(accepted({ ...service, TOEVERLAAT_LOG: 'sqlite:/tmp/log.sqlite' }).log).toEqual({
      kind: 'sqlite',
      file: '/tmp/log.sqlite',
    });
  });

  it('tell replicas apart by the end of a host’s name', () => {
    expect(replicaOf('case-7d4b9c6f5-x2x9k')).toBe('case7d4b9c6f5x2x9k');
    expect(replicaOf('a-very-long-name-of-a-service-7d4b9c6f5-x2x9k')).toBe('ervice7d4b9c6f5x2x9k');
    expect(replicaOf('___')).toBe('1');
    expect(accepted(service, ['--replica', 'hostname']).replica).toMatch(/^[a-z0-9]{1,20}$/u);
  });

  it('name the one that is wrong or missing, and never quote a connection', () => {
    expect(refused({ ...service, TOEVERLAAT_SERVICE: 'mail' }).setting).toBe('service');
    expect(refused({ ...service, TOEVERLAAT_LOG: undefined }).setting).toBe('log');
    expect(refused({ ...service, TOEVERLAAT_KEYS: undefined }).setting).toBe('keys');
    expect(refused({ ...service, TOEVERLAAT_SERVICE: 'case' }).setting).toBe('blobs');
    expect(refused(service, ['--case-at', 'somewhere']).setting).toBe('caseAt');
    expect(refused(service, ['--replica', 'A B']).setting).toBe('replica');
    const wrong = refused({ ...service, TOEVERLAAT_LOG: 'mysql://app:secret@db.example/log' });
    expect(wrong.setting).toBe('log');
    expect(JSON.stringify(wrong)).not.toContain('secret');
  });

  it('tell every service outside the demonstration where the seals go, and the gateway nothing', () => {
    for (const name of serviceNames) {
      const one = { ...service, ...production, TOEVERLAAT_SERVICE: name, TOEVERLAAT_BLOBS: '/tmp/blobs' };
      expect(refused(one)).toMatchObject({ setting: 'anchorFile', rule: 'required' });
      expect(accepted({ ...one, ...anchored }).anchorFile).toBe('/mnt/auditor/seals.jsonl');
      expect(accepted({ ...one, TOEVERLAAT_PROFILE: 'demonstration' }).anchorFile).toBeUndefined();
    }
    // The next thing that is wrong is another.
    expect(refused({ ...gateway, ...production }).setting).toBe('demoIdentities');
    expect(refused({ ...service, TOEVERLAAT_ANCHOR_OUTBOX: '/srv/outbox' }).setting).toBe('anchorMailFrom');
  });

  it('give the gateway no database and no keys', () => {
    expect(accepted(gateway)).toMatchObject({ service: 'gateway' });
    for (const [name, value] of Object.entries(service).filter(([key]) => /_(LOG|KEYS|ROOT_KEY|MESSAGING)$/u.test(key)))
      expect(refused({ ...gateway, [name]: value }).rule).toBe('not for the gateway');
    expect(refused({ ...gateway, TOEVERLAAT_GATEWAY_KEY: undefined }).setting).toBe('gatewayKey');
  });

  it('let the demonstration alone set the clock and sign people in by itself', () => {
    expect(accepted({ ...service, TOEVERLAAT_DEMO_CLOCK: '/tmp/clock' }).demoClock).toBe('/tmp/clock');
    expect(refused({ ...service, ...production, ...anchored, TOEVERLAAT_DEMO_CLOCK: '/tmp/clock' })).toMatchObject({
      setting: 'demoClock',
      rule: 'for the demonstration only',
    });
    expect(refused({ ...gateway, ...production }).setting).toBe('demoIdentities');
    expect(
      refused({ ...gateway, TOEVERLAAT_PROFILE: 'production', TOEVERLAAT_DEMO_IDENTITIES: undefined }).setting,
    ).toBe('oidcIssuer');
  });
});

describe('the settings of a deployment on one host', () => {
  it('say how many of each', () => {
    const read = readFleetSettings(['--replicas', 'case=2, gateway=3', '--log', 'sqlite'], {});
    expect(read).toMatchObject({ ok: true, value: { replicas: { case: 2, gateway: 3 }, log: 'sqlite', port: 4000 } });
  });

  it('are of the demonstration only, and name what is wrong', () => {
    for (const [argv, setting] of [
      [['--profile', 'production'], 'profile'],
      [['--replicas', 'mail=2'], 'replicas'],
      [['--replicas', 'case=0'], 'replicas'],
      [['--replicas', 'case=9'], 'replicas'],
      [['--log', 'mysql://x'], 'log'],
      [['--prot', '1'], '--prot'],
    ] as const)
      expect(readFleetSettings(argv, {})).toMatchObject({ ok: false, error: { setting } });
  });
});
