import { createCodec, type Codec } from '@toeverlaat/event-log';
import { rulesEvents } from './events.js';

/** One stream per organisation: `records.rules-<organisation>_all`. */
export const rulesCategory = 'records.rules';
export const RULES_ID = 'all';
export const rulesCodec: Codec<typeof rulesEvents> = createCodec({
  events: rulesEvents,
  recordSubject: (id) => `retention_rule/${id}`,
});

export { type RulesEvent } from './events.js';
export { initialRules, type Proposal, type RulesState } from './state.js';
export { reviewsDue, rulesDecider, type Named, type RulesCommand } from './decide.js';
