import { openTheatre } from './support.js';
import { describeScenario4 } from './testing/scenario-4.js';

describeScenario4(openTheatre);
