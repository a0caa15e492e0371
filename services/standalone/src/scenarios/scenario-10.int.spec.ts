import { openTheatre } from './support.js';
import { describeScenario10 } from './testing/scenario-10.js';

describeScenario10(openTheatre);
