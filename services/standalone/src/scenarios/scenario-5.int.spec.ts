import { openTheatre } from './support.js';
import { describeScenario5 } from './testing/scenario-5.js';

describeScenario5(openTheatre);
