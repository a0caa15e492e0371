import { complain, ownerOnly, readGiven, say } from '@toeverlaat/standalone';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { builtModule } from './fleet/fleet.js';
import { runSeed } from './fleet/seed-process.js';
import { prepare } from './prepare.js';

/* Once, before the processes of a deployment in containers start: `prepare-main.js --owner postgres://owner@postgres/postgres …`. */

const settingsSchema = z.strictObject({
  owner: z.string().regex(/^postgres(?:ql)?:\/\/[^:@/]+@/u, 'postgres://owner@host:port/postgres, without a password'),
  ownerPasswordFile: z.string().min(1),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,30}$/u, 'lower-case letters and digits')
    .default('toeverlaat'),
  into: z.string().min(1),
  keep: z.string().min(1),
  rootKey: z.string().min(1),
  publishedViews: z.string().min(1),
  /** `demonstration` plays it; `production` leaves the log as it is. */
  profile: z.enum(['demonstration', 'production']).default('demonstration'),
  cases: z.coerce.number().int().min(0).max(1_000_000).default(0),
  seed: z.coerce.number().int().min(0).default(1),
  /** Whose tokens the demonstration's people sign in with. */
  oidcIssuer: z.url().optional(),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});

ownerOnly();
const given = readGiven(settingsSchema, [], process.argv.slice(2), process.env);
if (!given.ok) {
  const { setting, rule, help } = given.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
const { profile, cases, seed, oidcIssuer, logLevel, rootKey, publishedViews, ...where } = given.value;
try {
  const stores = await prepare(where);
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
