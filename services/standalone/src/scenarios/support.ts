import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, type Overrides, type Product } from '../compose.js';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import { found } from '../demo/found.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { stageOf } from '../demo/seed.js';
import { PRESENT, theatreOf, type Theatre } from './testing/theatre.js';

export { PRESENT, refusalOf, twinOf, type Theatre } from './testing/theatre.js';

/** Standalone as a theatre: a test may look inside it. */
export type ProductTheatre = Theatre & { readonly product: Product; readonly data: string };

/** The product on a folder of its own and a free port, with the demonstration's organisations and nothing played yet. */
export const openTheatre = async (
  overrides: Overrides = {},
  logLevel: 'silent' | 'info' = 'silent',
): Promise<ProductTheatre> => {
  const data = mkdtempSync(join(tmpdir(), 'toeverlaat-scenario-'));
  const product = await compose(
    {
      profile: 'demonstration',
      host: '127.0.0.1',
      port: 0,
      data,
      rootKey: join(data, 'root.key'),
      acceptRootKeyOnTheLogsDisk: false,
      cases: 0,
      seed: 1,
      logLevel,
    },
    { timersEveryMs: 0, gateway: { identityCacheMs: 0, notFoundAnswerMs: 0 }, ...overrides },
  );
  try {
    product.steer?.(PRESENT);
    const { url } = await product.listen();
    const founding = await stageOf(product, { seed: 1 });
    await founding.stage.play([() => found(founding.world, DEMO_ISSUER, product.rpc)]);
    const theatre = await theatreOf(product, url, createGraphqlDriver(url), async () => {
      await product.stop();
      rmSync(data, { recursive: true, force: true });
    });
    return { ...theatre, product, data };
  } catch (error) {
    await product.stop();
    throw error;
  }
};
