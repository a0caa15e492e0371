import { describe, it } from 'vitest';
import { addressOf, reasonWithout, type Need } from './needs-of.js';

export { addressOf, needs, reasonWithout, type Need } from './needs-of.js';

/**
 * A suite that needs a server or a program; from `@toeverlaat/testing/needs`, which only Vitest can load. Without one it is
 * skipped, never silently: its tests count as skipped in the last line of the run, with the reason
 * (infra/node/closing-line.mjs). The body runs on collection also then, with an address of '': connect in a hook.
 */
export const describeWith = (need: Need, name: string, suite: (address: string) => void): void => {
  const address = addressOf(need);
  const register = address === undefined ? describe.skip : describe;
  register(address === undefined ? `${name} [needs ${reasonWithout(need)}]` : name, () => {
    suite(address ?? '');
  });
};

/** One test of a suite that needs more than the suite does; skipped and counted in the same way. */
export const itWith = (need: Need, name: string, test: () => Promise<void>, timeoutMs: number): void => {
  const has = addressOf(need) !== undefined;
  (has ? it : it.skip)(has ? name : `${name} [needs ${reasonWithout(need)}]`, test, timeoutMs);
};
