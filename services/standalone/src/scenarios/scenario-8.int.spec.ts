import { openTheatre } from './support.js';
import { describeScenario8 } from './testing/scenario-8.js';

describeScenario8(openTheatre);
