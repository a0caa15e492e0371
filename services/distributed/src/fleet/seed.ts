import { serviceNames } from '@toeverlaat/contracts';
import {
  complain,
  compose,
  foundDemonstration,
  ownerOnly,
  playDemonstration,
  progressBar,
  seedIsDue,
} from '@toeverlaat/standalone';
import { createLogger } from '@toeverlaat/telemetry';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openStores, storesOf } from '../adapters.js';
import { processSettingsSchema } from '../settings.js';

/*
 * Plays the demonstration into the stores of a deployment before its processes start: all services in this one process, so
 * that its past has one clock. Ends with the view files published, from which the others then start.
 */

const inputSchema = z.strictObject({
  data: z.string(),
  stores: processSettingsSchema.pick({
    log: true,
    vault: true,
    keyring: true,
    keys: true,
    blobs: true,
    messaging: true,
  }),
  rootKey: z.string(),
  publishedViews: z.string(),
  cases: z.coerce.number().int(),
  seed: z.coerce.number().int(),
  oidcIssuer: z.url().optional(),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']),
  /** `organisations`: founded, with nothing played in them: for tests that play for themselves. */
  play: z.enum(['everything', 'organisations']),
});

ownerOnly();
const { stores, rootKey, publishedViews, play, ...rest } = inputSchema.parse(
  JSON.parse(process.env['TOEVERLAAT_SEED_INPUT'] ?? ''),
);
const logger = createLogger({ level: rest.logLevel, service: 'seeding' });
const product = await compose(
  { ...rest, profile: 'demonstration', host: '127.0.0.1', port: 0, rootKey, acceptRootKeyOnTheLogsDisk: false },
  {
    withoutDoor: true,
    timersEveryMs: 0,
    adapters: (clock, undo) => openStores(storesOf({ ...stores, rootKey }), clock, logger, undo, 'preparing'),
  },
);
try {
  if (play === 'organisations') await foundDemonstration(product);
  else if (seedIsDue(product)) await playDemonstration(product, progressBar('Playing the demonstration'));
  for (const name of serviceNames) await product.services[name]?.publishViews(publishedViews);
} catch (error) {
  complain(error instanceof Error ? (error.stack ?? error.message) : 'the demonstration failed');
  process.exitCode = 1;
} finally {
  await product.stop();
  rmSync(join(rest.data, 'views'), { recursive: true, force: true });
}
