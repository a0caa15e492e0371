import type { Role } from '@toeverlaat/access';
import type { OrganisationId } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, type Overrides, type Product } from '../compose.js';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import type { Actor, Refusal } from '../demo/actors.js';
import { found } from '../demo/found.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { gentia, subjectOf, twins, zorgnet } from '../demo/people.js';
import { stageOf, type Staged } from '../demo/seed.js';
import type { World } from '../demo/world.js';

/** The present of every scenario test: a Monday in autumn. */
export const PRESENT = '2026-11-23T09:00:00.000Z';

export type Theatre = {
  readonly product: Product;
  readonly url: string;
  /** Over GraphQL, as any client. */
  readonly world: World;
  readonly stage: Staged['stage'];
  readonly data: string;
  readonly as: (organisation: OrganisationId, person: string, role: Exclude<Role, 'anonymous_worker'>) => Actor;
  /** Plays one story in both organisations of equal ids, side by side. */
  readonly inBoth: (story: (organisation: OrganisationId) => Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The product on a folder of its own and a free port, with the demonstration's organisations and nothing played yet. */
export const openTheatre = async (
  overrides: Overrides = {},
  logLevel: 'silent' | 'info' = 'silent',
): Promise<Theatre> => {
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
    const { world, stage } = await stageOf(product, { seed: 1, driver: createGraphqlDriver(url) });
    return {
      product,
      url,
      world,
      stage,
      data,
      as: (organisation, person, role) =>
        world.driver.actor({ as: role, subject: subjectOf(person, organisation), organisation }),
      inBoth: (story) => stage.play(twins.map((organisation) => async () => void (await story(organisation)))),
      close: async () => {
        await product.stop();
        rmSync(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await product.stop();
    throw error;
  }
};

/** The organisation of the same ids that this one's people are not in. */
export const twinOf = (organisation: OrganisationId): OrganisationId => (organisation === gentia ? zorgnet : gentia);

/** Why somebody was refused; undefined when they were not. */
export const refusalOf = async (
  answer: Promise<{ readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }>,
): Promise<Refusal | undefined> => {
  const given = await answer;
  return given.ok ? undefined : given.refusal;
};
