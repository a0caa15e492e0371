import { afterAll, describe } from 'vitest';
import { describeKeeping } from './keeping.js';
import { describeScenario1 } from './scenario-1.js';
import { describeScenario2 } from './scenario-2.js';
import { describeScenario3 } from './scenario-3.js';
import { describeScenario4 } from './scenario-4.js';
import { describeScenario5 } from './scenario-5.js';
import { describeScenario7 } from './scenario-7.js';
import { describeScenario8 } from './scenario-8.js';
import { describeScenario9 } from './scenario-9.js';
import { describeScenario10 } from './scenario-10.js';
import { OPEN_MS, type OpenTheatre, type Theatre } from './theatre.js';

export { describeScenario5, describeScenario8 };
export { twins as twinsOfTheDemonstration } from '../../demo/people.js';
export { asked } from '../../demo/actors.js';
export { playScenario1, playScenario3 } from '../../demo/scenarios.js';
export { subjectOf } from '../../demo/people.js';
export { openTheatre, type ProductTheatre } from '../support.js';
export { exportOf } from './export-of.js';
export { createGraphqlDriver } from '../../demo/graphql-driver.js';
export { OPEN_MS, PRESENT, theatreOf, twinOf, refusalOf, type OpenTheatre, type Theatre } from './theatre.js';

/**
 * Plays scenarios one after the other on one deployment, which takes far longer to open than any of them to play. In the
 * order of their dates, since time goes forward only; one that fails may take those behind it along.
 */
export const onOneDeployment = (open: OpenTheatre, scenarios: (open: OpenTheatre) => void): void => {
  describe('on one deployment', () => {
    let opened: Promise<Theatre> | undefined;
    afterAll(async () => {
      await (await opened)?.close();
    }, OPEN_MS);
    scenarios(async () => ({ ...(await (opened ??= open())), close: () => Promise.resolve() }));
  });
};

/** Every scenario that is played, against whatever deployment is opened: all on one, in the order of their dates. */
export const describeScenarios = (open: OpenTheatre): void => {
  onOneDeployment(open, (shared) => {
    describeScenario1(shared);
    describeScenario3(shared);
    describeScenario4(shared);
    describeScenario7(shared);
    describeScenario2(shared);
    describeScenario10(shared);
    describeScenario5(shared);
    describeScenario8(shared);
    describeScenario9(shared);
    describeKeeping(shared);
  });
};
