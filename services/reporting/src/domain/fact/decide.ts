import { accept, refuse, reject, type Command, type Decider } from '@toeverlaat/event-log';
import { canonicalJson } from '@toeverlaat/values';
import { codeFits, monthOf } from '../vocabulary.js';
import type { FactEvent } from './events.js';
import { evolveFact, initialFact, type CountedFact, type FactState } from './state.js';

export type RecordFact = Command<'RecordFact', CountedFact>;

/** A fact is recorded once and never changes; what comes again is the same or is refused. */
export const factDecider: Decider<RecordFact, FactEvent, FactState> = {
  initial: initialFact,
  decide: ({ data, meta }, state) => {
    if (state.status === 'recorded') {
      const { status: _, ...known } = state;
      return canonicalJson(known) === canonicalJson(data) ? accept() : refuse('fact_differs');
    }
    if (!codeFits(data.what, data.code))
      return reject({ kind: 'InvalidInput', field: 'code', rule: 'not_of_this_kind' });
    if (data.month > monthOf(meta.today)) return reject({ kind: 'InvalidInput', field: 'month', rule: 'in_future' });
    return accept({ type: 'FactRecorded', data });
  },
  evolve: evolveFact,
};
