import { expect, it } from 'vitest';
import { readKeysSettings } from './settings.js';

const stores = {
  TOEVERLAAT_LOG: 'postgres://r:p@h/log',
  TOEVERLAAT_VAULT: 'postgres://r:p@h/vault',
  TOEVERLAAT_KEYRING: 'postgres://r:p@h/keyring',
  TOEVERLAAT_ROOT_KEY: '/keys/root.key',
};

it('takes what a deployment gives, an organisation or all of them to rotate now', () => {
  expect(readKeysSettings([], stores)).toMatchObject({ ok: true, value: { everyMs: 3_600_000, dropPrevious: false } });
  expect(readKeysSettings(['--rotate', 'all', '--drop-previous'], stores)).toMatchObject({
    ok: true,
    value: { rotate: 'all', dropPrevious: true },
  });
});

it.each([
  [['--rotate', 'Gentia!'], stores, 'rotate'],
  [['--drop-previous'], stores, 'dropPrevious'],
  [['--keys', '/keys'], stores, 'keys'],
  [[], { ...stores, TOEVERLAAT_KEYRING: undefined }, 'keyring'],
  [[], { ...stores, TOEVERLAAT_VAULT: undefined }, 'vault'],
  [[], { ...stores, TOEVERLAAT_ROOT_KEY: undefined }, 'rootKey'],
])('names the setting that is wrong: %j', (argv, environment, setting) => {
  expect(readKeysSettings(argv, environment)).toMatchObject({ ok: false, error: { setting } });
});
