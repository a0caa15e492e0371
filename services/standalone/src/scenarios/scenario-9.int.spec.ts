import { openTheatre } from './support.js';
import { describeScenario9 } from './testing/scenario-9.js';

describeScenario9(openTheatre);
