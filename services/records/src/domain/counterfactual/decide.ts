import { accept, type Command, type Decider } from '@toeverlaat/event-log';
import { yearOf, type Replay } from '../replay.js';
import { refuseRule } from '../rules.js';
import type { CounterfactualEvent } from './events.js';
import { evolveCounterfactual, initialCounterfactual, type CounterfactualState } from './state.js';

export type ReplayYear = Command<'ReplayYear', { readonly replay: Replay; readonly replayHash: string }>;

/** A year can be played again once it is over. */
export const counterfactualDecider: Decider<ReplayYear, CounterfactualEvent, CounterfactualState> = {
  initial: initialCounterfactual,
  decide: ({ data, meta }, state) => {
    if (state.status === 'replayed') return accept();
    if (yearOf(data.replay.year).to >= meta.today) return refuseRule('year_of_replay_not_over');
    return accept({ type: 'YearReplayed', data });
  },
  evolve: evolveCounterfactual,
};
