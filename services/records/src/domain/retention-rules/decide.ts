import {
  accept,
  type Command,
  type CommandMeta,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import {
  checkRetentionRules,
  retentionRule,
  type RetentionController,
  type RetentionRuleFault,
  type RetentionRuleId,
  type RetentionTerms,
} from '@toeverlaat/legal';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule, type RecordsRule } from '../rules.js';
import type { SimulationReport } from '../simulation.js';
import type { RuleScope } from '../retention-vocabulary.js';
import type { RulesEvent } from './events.js';
import { evolveRules, initialRules, reviewKey, type Proposal, type RulesState } from './state.js';

/** What is known of a record that a change names. */
export type Named = {
  readonly keptId: string;
  readonly recordClass: RetentionRuleId;
  readonly open: boolean;
  readonly held: boolean;
};

export type RulesCommand =
  | Command<
      'ProposeRules',
      {
        readonly proposalId: string;
        readonly rules: readonly RetentionTerms[];
        readonly scope: RuleScope;
        /** The records named, as they are; one that is not there is left out. */
        readonly selected: readonly string[];
        readonly named: readonly Named[];
        readonly validFrom?: LocalDate | undefined;
        readonly motive: ConfidentialText;
      }
    >
  | Command<
      'RecordSimulation',
      { readonly proposalId: string; readonly report: SimulationReport; readonly reportHash: string }
    >
  | Command<
      'ActivateRules',
      {
        readonly proposalId: string;
        /** Of everybody the activating person is or was here: one person in two capacities, or in two years, is one person. */
        readonly ownPseudonyms: readonly string[];
        readonly named: readonly Named[];
      }
    >
  | Command<'WithdrawProposal', { readonly proposalId: string }>
  | Command<'NoteNeverReview', { readonly recordClass: RetentionRuleId; readonly reviewOn: LocalDate }>;

type Decided = Decision<RulesEvent>;

const codeOf: Readonly<Record<RetentionRuleFault['fault'], RecordsRule>> = {
  overlaps: 'rules_overlap',
  contradicts: 'rules_contradict',
  trigger_not_of_class: 'trigger_not_of_class',
  action_not_of_class: 'action_not_of_class',
  not_a_period: 'not_a_period',
  shorter_than_law: 'shorter_than_law',
  longer_than_law: 'longer_than_law',
  never_not_allowed: 'never_not_allowed',
  never_without_motive: 'never_without_motive',
  never_without_review: 'never_without_review',
  review_not_in_future: 'review_not_in_future',
  motive_without_never: 'motive_without_never',
};

const faultIn = (rules: readonly RetentionTerms[], { today, lawVersion }: CommandMeta): Decided | undefined => {
  const checked = checkRetentionRules(rules, today, lawVersion);
  if (checked.ok) return undefined;
  const { at, field, fault, bound } = checked.error;
  const terms = rules[at];
  return refuseRule(
    codeOf[fault],
    terms === undefined ? undefined : retentionRule(terms.recordClass, lawVersion).source.cite,
    { rule: at, field, recordClass: terms?.recordClass ?? '', ...(bound === undefined ? {} : { bound }) },
  );
};

/** Who may set a rule of a class. Of counsellors' files a counsellor is one of the two; advisers' dossiers are theirs alone. */
const setters: Readonly<Record<RetentionController, readonly string[]>> = {
  counsellor: ['records_manager', 'counsellor'],
  adviser: ['prevention_adviser'],
  organisation: ['records_manager', 'administrator', 'counsellor'],
};

const controllersOf = (rules: readonly RetentionTerms[], lawVersion: string): ReadonlySet<RetentionController> =>
  new Set(rules.map(({ recordClass }) => retentionRule(recordClass, lawVersion).value.controller));

const notOfController = (rules: readonly RetentionTerms[], { actor, lawVersion }: CommandMeta): Decided | undefined => {
  for (const { recordClass } of rules) {
    const { controller } = retentionRule(recordClass, lawVersion).value;
    if (!setters[controller].includes(actor.capacity))
      return refuseRule('not_of_the_controller', undefined, { recordClass });
  }
  return undefined;
};

/** A change never reaches what is worked or held; what it names must be closed, free, and of a class it is about. */
const unfit = (
  rules: readonly RetentionTerms[],
  scope: RuleScope,
  selected: readonly string[],
  named: readonly Named[],
): Decided | undefined => {
  if (scope !== 'selected') return selected.length > 0 ? refuseRule('records_not_named') : undefined;
  if (selected.length === 0) return refuseRule('records_not_named');
  for (const keptId of selected) {
    const record = named.find((one) => one.keptId === keptId);
    if (record === undefined) return NOT_FOUND;
    if (!rules.some(({ recordClass }) => recordClass === record.recordClass))
      return refuseRule('record_of_other_class');
    if (record.open) return refuseRule('record_open');
    if (record.held) return refuseRule('record_on_hold');
  }
  return undefined;
};

/** The rules that hold for what begins now, as set so far. */
const settled = (state: RulesState, recordClass: RetentionRuleId): RetentionTerms | undefined =>
  state.versions
    .toReversed()
    .find(({ scope, rules }) => scope !== 'selected' && rules.some((rule) => rule.recordClass === recordClass))
    ?.rules.find((rule) => rule.recordClass === recordClass);

const sameTerms = (a: RetentionTerms | undefined, b: RetentionTerms): boolean =>
  a !== undefined &&
  a.period === b.period &&
  a.action === b.action &&
  a.motive === b.motive &&
  a.reviewOn === b.reviewOn;

const propose = ({ data, meta }: Extract<RulesCommand, { type: 'ProposeRules' }>, state: RulesState): Decided => {
  const { proposalId, rules, scope, selected, named, validFrom, motive } = data;
  const fault = faultIn(rules, meta) ?? notOfController(rules, meta) ?? unfit(rules, scope, selected, named);
  if (fault !== undefined) return fault;
  if (validFrom !== undefined && validFrom < meta.today) return refuseRule('valid_from_past');
  if (scope === 'new' && rules.every((rule) => sameTerms(settled(state, rule.recordClass), rule)))
    return refuseRule('rules_unchanged');
  return accept<RulesEvent>({
    type: 'RetentionRulesProposed',
    data: {
      proposalId,
      rules: [...rules],
      scope,
      selected: selected.length === 0 ? undefined : [...selected],
      validFrom,
      proposedBy: meta.actor.pseudonym,
      proposedAs: meta.actor.capacity,
      motive,
    },
  });
};

const undecided = (state: RulesState, proposalId: string): Proposal | Decided => {
  const proposal = state.proposals.get(proposalId);
  if (proposal === undefined) return NOT_FOUND;
  return proposal.status === 'proposed' ? proposal : refuseRule('proposal_decided');
};

const activate = ({ data, meta }: Extract<RulesCommand, { type: 'ActivateRules' }>, state: RulesState): Decided => {
  const proposal = undecided(state, data.proposalId);
  if ('kind' in proposal) return proposal;
  const { rules, scope, proposedBy, proposedAs, simulated } = proposal;
  const { pseudonym, capacity } = meta.actor;
  if (pseudonym === proposedBy || data.ownPseudonyms.includes(proposedBy)) return refuseRule('second_person_needed');
  const stranger = notOfController(rules, meta);
  if (stranger !== undefined) return stranger;
  if (
    controllersOf(rules, meta.lawVersion).has('counsellor') &&
    capacity !== 'counsellor' &&
    proposedAs !== 'counsellor'
  )
    return refuseRule('counsellor_needed');
  // The law may have moved between the two people, and so may the records named.
  const fault = faultIn(rules, meta) ?? unfit(rules, scope, proposal.selected ?? [], data.named);
  if (fault !== undefined) return fault;
  if (simulated === undefined) return refuseRule('not_simulated');
  if (simulated.report.ruleVersion !== state.versions.length) return refuseRule('simulation_outdated');
  const validFrom = proposal.validFrom ?? meta.today;
  if (validFrom < meta.today) return refuseRule('valid_from_past');
  return accept<RulesEvent>({
    type: 'RetentionRulesActivated',
    data: {
      proposalId: data.proposalId,
      version: state.versions.length + 1,
      rules: proposal.rules,
      scope,
      selected: proposal.selected,
      validFrom,
      reportHash: simulated.reportHash,
      proposedBy,
      proposedAs,
      activatedBy: pseudonym,
      activatedAs: capacity,
    },
  });
};

/** The reviews of "never" that are called for on a day: of the rules that hold. */
export const reviewsDue = (
  state: RulesState,
  today: LocalDate,
): readonly { readonly recordClass: RetentionRuleId; readonly reviewOn: LocalDate }[] => {
  const seen = new Set<RetentionRuleId>();
  return state.versions
    .filter(({ validFrom }) => validFrom <= today)
    .toReversed()
    .flatMap(({ rules }) => rules)
    .flatMap(({ recordClass, reviewOn }) => {
      if (seen.has(recordClass)) return [];
      seen.add(recordClass);
      return reviewOn !== undefined && reviewOn <= today && !state.reviews.has(reviewKey(recordClass, reviewOn))
        ? [{ recordClass, reviewOn }]
        : [];
    });
};

const decide = (command: RulesCommand, state: RulesState): Decided => {
  switch (command.type) {
    case 'ProposeRules':
      return propose(command, state);
    case 'RecordSimulation': {
      const proposal = undecided(state, command.data.proposalId);
      if ('kind' in proposal) return proposal;
      return accept({ type: 'RetentionChangeSimulated', data: command.data });
    }
    case 'ActivateRules':
      return activate(command, state);
    case 'WithdrawProposal': {
      const proposal = undecided(state, command.data.proposalId);
      if ('kind' in proposal) return proposal;
      return (
        notOfController(proposal.rules, command.meta) ??
        accept({ type: 'RetentionProposalWithdrawn', data: command.data })
      );
    }
    case 'NoteNeverReview': {
      const { recordClass, reviewOn } = command.data;
      return reviewsDue(state, command.meta.today).some(
        (due) => due.recordClass === recordClass && due.reviewOn === reviewOn,
      )
        ? accept({ type: 'NeverReviewFellDue', data: command.data })
        : accept();
    }
    default:
      return assertNever(command);
  }
};

/** What an organisation decided about retention. */
export const rulesDecider: Decider<RulesCommand, RulesEvent, RulesState> = {
  initial: initialRules,
  decide,
  evolve: evolveRules,
};
