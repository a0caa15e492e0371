import { openTheatre } from './support.js';
import { describeScenario2 } from './testing/scenario-2.js';

describeScenario2(openTheatre);
