import { describeScenario1 } from './scenario-1.js';
import { describeScenario2 } from './scenario-2.js';
import { describeScenario3 } from './scenario-3.js';
import { describeScenario4 } from './scenario-4.js';
import { describeScenario5 } from './scenario-5.js';
import { describeScenario8 } from './scenario-8.js';
import { describeScenario9 } from './scenario-9.js';
import type { OpenTheatre } from './theatre.js';

export { describeScenario5, describeScenario8 };
export { twins as twinsOfTheDemonstration } from '../../demo/people.js';
export { createGraphqlDriver } from '../../demo/graphql-driver.js';
export { OPEN_MS, PRESENT, theatreOf, twinOf, refusalOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Every scenario that is played, against whatever deployment is opened for each. */
export const describeScenarios = (open: OpenTheatre): void => {
  describeScenario1(open);
  describeScenario2(open);
  describeScenario3(open);
  describeScenario4(open);
  describeScenario5(open);
  describeScenario8(open);
  describeScenario9(open);
};
