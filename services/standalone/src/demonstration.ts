import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Product } from './compose.js';
import { DEMO_ISSUER } from './demo-idp/index.js';
import { found } from './demo/found.js';
import { seedDemonstration, stageOf } from './demo/index.js';

/**
 * Whether the demonstration still has to be played: on a fresh log, or when it was interrupted. A folder that was not
 * started as a demonstration is never filled.
 */
export const seedIsDue = (product: Product): boolean => {
  const { settings, layout, fresh } = product;
  if (settings.profile !== 'demonstration') return false;
  if (fresh) return true;
  if (!existsSync(layout.demonstration)) return false;
  const note: unknown = JSON.parse(readFileSync(layout.demonstration, 'utf8'));
  return typeof note === 'object' && note !== null && 'done' in note && note.done === false;
};

/** Plays the demonstration through real commands; done again after an interruption, it ends where it would have ended. */
export const playDemonstration = async (
  product: Product,
  onProgress: (done: number, total: number) => void,
): Promise<void> => {
  const { cases, seed, oidcIssuer: issuer } = product.settings;
  const note = (done: boolean): void => {
    writeFileSync(product.layout.demonstration, `${JSON.stringify({ seed, cases, done })}\n`);
  };
  note(false);
  try {
    await seedDemonstration(product, { cases, seed, issuer, onProgress });
  } finally {
    product.steer?.(undefined);
  }
  note(true);
};

/**
 * The demonstration's organisations and their people, with nothing played yet: for tests that play for themselves.
 * @param issuer whose tokens the people sign in with
 */
export const foundDemonstration = async (product: Product, issuer: string = DEMO_ISSUER): Promise<void> => {
  try {
    const { world, stage } = await stageOf(product, { seed: product.settings.seed, issuer });
    await stage.play([() => found(world, issuer, product.rpc)]);
  } finally {
    product.steer?.(undefined);
  }
};
