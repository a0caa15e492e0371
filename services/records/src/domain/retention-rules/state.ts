import { assertNever, InvariantBroken } from '@toeverlaat/values';
import type { RuleVersion } from '../terms.js';
import type { RulesEvent } from './events.js';

type Data<N extends RulesEvent['type']> = Extract<RulesEvent, { readonly type: N }>['data'];

export type Simulated = Omit<Data<'RetentionChangeSimulated'>, 'proposalId'>;

/** A change of rules on its way: proposed, counted, then activated by another person or withdrawn. */
export type Proposal = Data<'RetentionRulesProposed'> & {
  readonly simulated: Simulated | undefined;
} & (
    | { readonly status: 'proposed' }
    | { readonly status: 'activated'; readonly activation: Data<'RetentionRulesActivated'> }
    | { readonly status: 'withdrawn' }
  );

/** Everything an organisation decided about retention, oldest first. */
export type RulesState = {
  readonly versions: readonly RuleVersion[];
  readonly proposals: ReadonlyMap<string, Proposal>;
  /** Reviews of "never" that were called for: class and day. */
  readonly reviews: ReadonlySet<string>;
};

export const initialRules: RulesState = { versions: [], proposals: new Map(), reviews: new Set() };

export const reviewKey = (recordClass: string, reviewOn: string): string => `${recordClass} ${reviewOn}`;

const changed = (state: RulesState, id: string, change: (proposal: Proposal) => Proposal): RulesState => {
  const proposal = state.proposals.get(id);
  if (proposal === undefined) throw new InvariantBroken('a change of rules is proposed before anything becomes of it');
  return { ...state, proposals: new Map(state.proposals).set(id, change(proposal)) };
};

export const evolveRules = (state: RulesState, event: RulesEvent): RulesState => {
  switch (event.type) {
    case 'RetentionRulesProposed':
      return {
        ...state,
        proposals: new Map(state.proposals).set(event.data.proposalId, {
          ...event.data,
          status: 'proposed',
          simulated: undefined,
        }),
      };
    case 'RetentionChangeSimulated': {
      const { proposalId, ...simulated } = event.data;
      return changed(state, proposalId, (proposal) => ({ ...proposal, simulated }));
    }
    case 'RetentionRulesActivated': {
      const { proposalId, version, rules, scope, selected, validFrom } = event.data;
      const next = changed(state, proposalId, (proposal) => ({
        ...proposal,
        status: 'activated',
        activation: event.data,
      }));
      return {
        ...next,
        versions: [...next.versions, { version, rules, scope, selected: new Set(selected), validFrom }],
      };
    }
    case 'RetentionProposalWithdrawn':
      return changed(state, event.data.proposalId, (proposal) => ({ ...proposal, status: 'withdrawn' }));
    case 'NeverReviewFellDue': {
      const { recordClass, reviewOn } = event.data;
      return { ...state, reviews: new Set(state.reviews).add(reviewKey(recordClass, reviewOn)) };
    }
    default:
      return assertNever(event);
  }
};
