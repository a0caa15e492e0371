import { openTheatre } from './support.js';
import { describeScenario7 } from './testing/scenario-7.js';

describeScenario7(openTheatre);
