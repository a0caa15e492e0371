import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildEveryView, type BuiltService } from './build-views.js';
import { compose } from './compose.js';
import { playDemonstration } from './demonstration.js';
import { layoutOf } from './layout.js';
import { readSettings } from './settings.js';

const hashesOf = (built: readonly BuiltService[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    built.flatMap(({ service, views }) => views.map(({ view, hash }) => [`${service}.${view}`, hash])),
  );

describe('every view of every service', () => {
  const data = mkdtempSync(join(tmpdir(), 'build-views-'));
  let followed: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const settings = readSettings(['--data', data, '--port', '0', '--log-level', 'silent'], {});
    if (!settings.ok) throw new Error(settings.error.help);
    const product = await compose(settings.value, { withoutDoor: true, timersEveryMs: 0 });
    try {
      await playDemonstration(product, () => undefined);
      if (!(await product.whenSettled(60_000))) throw new Error('not settled');
      followed = await product.viewHashes();
    } finally {
      await product.stop();
    }
  }, 120_000);
  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it.each([1, 2])(
    'is the one that followed the log, built with %i at a time',
    async (threads) => {
      const folder = join(data, `built-${threads}`);
      const services: string[] = [];
      const built = await buildEveryView({
        log: layoutOf(data).log,
        folder,
        threads,
        onService: (service) => services.push(service),
      });
      expect(hashesOf(built)).toEqual(followed);
      expect(new Set(services).size).toBe(built.length);
    },
    60_000,
  );

  it('fails as a whole when a thread does', async () => {
    await expect(buildEveryView({ log: layoutOf(data).log, folder: '/dev/null/views', threads: 2 })).rejects.toThrow(
      /ENOTDIR|EEXIST|ENOENT/,
    );
  }, 60_000);
});
