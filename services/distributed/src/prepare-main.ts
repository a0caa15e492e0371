import { complain, ownerOnly, readGiven, say } from '@toeverlaat/standalone';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtModule } from './fleet/fleet.js';
import { runSeed } from './fleet/seed-process.js';
import { prepareSettingsSchema } from './prepare-settings.js';
import { prepare } from './prepare.js';

/* Once, before the processes of a deployment in containers start: `prepare-main.js --owner postgres://owner@postgres/postgres …`. */

ownerOnly();
const given = readGiven(prepareSettingsSchema, [], process.argv.slice(2), process.env);
if (!given.ok) {
  const { setting, rule, help } = given.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
const { profile, cases, seed, oidcIssuer, logLevel, rootKey, publishedViews, ...where } = given.value;
try {
  const stores = await prepare({ ...where, rootKey });
  say('Databases, roles and certificates are ready.');
  if (profile === 'demonstration') {
    const data = join(where.keep, 'seeding');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    await runSeed(
      builtModule('fleet/seed'),
      { data, stores, rootKey, publishedViews, cases, seed, oidcIssuer, logLevel, play: 'everything' },
      say,
    );
  }
} catch (error) {
  complain(error instanceof Error ? (error.stack ?? error.message) : 'failed to prepare');
  process.exit(1);
}
