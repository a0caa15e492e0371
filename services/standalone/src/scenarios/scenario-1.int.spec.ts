import { openTheatre } from './support.js';
import { describeScenario1 } from './testing/scenario-1.js';

describeScenario1(openTheatre);
