import type { Role } from '@toeverlaat/access';
import type { OrganisationId } from '@toeverlaat/values';
import type { Actor, Driver, Refusal } from '../../demo/actors.js';
import { gentia, subjectOf, twins, zorgnet } from '../../demo/people.js';
import { stageOf, type Staged, type Steerable } from '../../demo/seed.js';
import type { World } from '../../demo/world.js';

/** The present of every scenario test: a Monday in autumn. */
export const PRESENT = '2026-11-23T09:00:00.000Z';

/** Milliseconds that opening and closing a deployment may take. */
export const OPEN_MS = 180_000;

/** A deployment with the demonstration's organisations in it and nothing played yet. */
export type Theatre = {
  readonly url: string;
  /** Over GraphQL, as any client. */
  readonly world: World;
  readonly stage: Staged['stage'];
  readonly as: (organisation: OrganisationId, person: string, role: Exclude<Role, 'anonymous_worker'>) => Actor;
  /** Plays one story in both organisations of equal ids, side by side. */
  readonly inBoth: (story: (organisation: OrganisationId) => Promise<unknown>) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens one for a scenario alone. */
export type OpenTheatre = () => Promise<Theatre>;

/** Whatever answers GraphQL at `url` and whose clock can be set, as a theatre. */
export const theatreOf = async (
  product: Steerable,
  url: string,
  driver: Driver,
  close: () => Promise<void>,
): Promise<Theatre> => {
  const { world, stage } = await stageOf(product, { seed: 1, driver });
  return {
    url,
    world,
    stage,
    as: (organisation, person, role) =>
      world.driver.actor({ as: role, subject: subjectOf(person, organisation), organisation }),
    inBoth: (story) => stage.play(twins.map((organisation) => async () => void (await story(organisation)))),
    close,
  };
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
