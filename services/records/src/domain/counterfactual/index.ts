import { createCodec, type Codec } from '@toeverlaat/event-log';
import { counterfactualEvents } from './events.js';

/** Stream `records.counterfactual-<organisation>_<id>`. */
export const counterfactualCategory = 'records.counterfactual';
export const counterfactualCodec: Codec<typeof counterfactualEvents> = createCodec({
  events: counterfactualEvents,
  recordSubject: (id) => `counterfactual/${id}`,
});

export { type CounterfactualEvent } from './events.js';
export { initialCounterfactual, type CounterfactualState } from './state.js';
export { counterfactualDecider, type ReplayYear } from './decide.js';
