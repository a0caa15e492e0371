import { openTheatre } from './support.js';
import { describeScenario3 } from './testing/scenario-3.js';

describeScenario3(openTheatre);
