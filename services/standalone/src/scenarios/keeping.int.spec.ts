import { openTheatre } from './support.js';
import { describeKeeping } from './testing/keeping.js';

describeKeeping(openTheatre);
