import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Product } from '../compose.js';
import { seedDemonstration } from '../demo/index.js';
import { PRESENT } from './support.js';

const CASES = 12;
let product: Product;
let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'toeverlaat-seed-'));
  product = await compose(
    {
      profile: 'demonstration',
      host: '127.0.0.1',
      port: 0,
      data,
      rootKey: join(data, 'root.key'),
      acceptRootKeyOnTheLogsDisk: false,
      cases: CASES,
      seed: 1,
      logLevel: 'silent',
    },
    { timersEveryMs: 0, memory: true },
  );
}, 60_000);
afterAll(async () => {
  await product.stop();
  rmSync(data, { recursive: true, force: true });
});

/** How many events of each type, access records and the evidence of them left out: reading again is reading again. */
const counted = async (): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  const { events } = await product.log.readAll({ limit: 1_000_000 });
  for (const { stream, type } of events)
    if (!stream.includes('.access-') && !stream.startsWith('records.')) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
};

describe('the demonstration', () => {
  it('is played to its end, tells how far it is, and played again does nothing twice', async () => {
    product.steer?.(PRESENT);
    const progress: (readonly [number, number])[] = [];
    await seedDemonstration(product, {
      cases: CASES,
      seed: 1,
      onProgress: (finished, total) => void progress.push([finished, total]),
    });
    expect(progress.at(-1)).toEqual([19 + CASES, 19 + CASES]);
    const first = await counted();
    expect(first.get('directory.OrganisationRegistered.v1')).toBe(5);
    expect(first.get('intake.ContactRequested.v1')).toBe(2 * 7 + 1 + CASES);
    expect(first.get('intake.HearingTermMissed.v1')).toBeGreaterThanOrEqual(2);

    await seedDemonstration(product, { cases: CASES, seed: 1 });
    expect(await counted()).toEqual(first);
    for (const reactor of product.reactors.values()) expect((await reactor.status()).parked).toBe(0);
  }, 60_000);
});
