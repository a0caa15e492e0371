import {
  accept,
  refuse,
  reject,
  type Command,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import type { CaseRuleCode } from '../rules.js';
import type * as v from '../vocabulary.js';
import type { ThirdPartyEvent } from './events.js';
import { evolve, initialThirdParty, type ThirdPartyState } from './state.js';

export type ThirdPartyCommand =
  | Command<
      'RecordThirdPartyEntry',
      {
        readonly keeper: {
          readonly pseudonym: string;
          readonly participantId: string;
          readonly person: v.PersonRef;
          readonly capacity: v.RegisterKeeper;
          /** They work for the organisation itself, not for a service that it has a contract with. */
          readonly internal: boolean;
        };
        readonly statementOn: LocalDate;
        readonly factsFrom: LocalDate;
        readonly factsTo?: LocalDate | undefined;
        readonly site: string;
        readonly place?: ConfidentialText | undefined;
        readonly capacity: v.ThirdPartyCapacity;
        readonly kinds: readonly v.ThirdPartyFact[];
        readonly description: ConfidentialText;
        readonly worker: {
          readonly participantId: string;
          readonly name?: ConfidentialText | undefined;
          readonly agreesToName: boolean;
        };
        /** One for each kind. */
        readonly factIds: readonly string[];
      }
    >
  | Command<
      'NoteThirdPartyFollowUp',
      { readonly followUpId: string; readonly notedOn: LocalDate; readonly words: ConfidentialText }
    >
  | Command<'WithdrawThirdPartyName', Record<never, never>>
  | Command<'ReleaseThirdPartyFacts', Record<never, never>>;

type Decided = Decision<ThirdPartyEvent>;

const invalid = (field: string, rule: string): Decided => reject({ kind: 'InvalidInput', field, rule });
const rule = (code: CaseRuleCode): Decided => refuse(code);

const record = (
  command: Extract<ThirdPartyCommand, { readonly type: 'RecordThirdPartyEntry' }>,
  state: ThirdPartyState,
): Decided => {
  const { keeper, worker, factIds, kinds, ...entry } = command.data;
  if (state.status === 'kept')
    return state.factIds.join() === factIds.join() ? accept() : rule('register_entry_exists');
  if (keeper.capacity === 'prevention_adviser' && !keeper.internal) return rule('register_kept_internally');
  const { statementOn, factsFrom, factsTo } = entry;
  if (statementOn > command.meta.today) return invalid('statementOn', 'in_future');
  if (factsFrom > statementOn) return invalid('factsFrom', 'after_statement');
  if (factsTo !== undefined && factsTo < factsFrom) return invalid('factsTo', 'before_start');
  if (factsTo !== undefined && factsTo > statementOn) return invalid('factsTo', 'after_statement');
  if (new Set(kinds).size !== kinds.length) return invalid('kinds', 'not_unique');
  // Who does not agree is not named: a name that came along by mistake is refused, not dropped and forgotten.
  if (worker.name !== undefined && !worker.agreesToName) return rule('name_needs_consent');
  if (worker.name === undefined && worker.agreesToName) return invalid('workerName', 'required');
  return accept<ThirdPartyEvent>({
    type: 'ThirdPartyEntryRecorded',
    data: {
      ...entry,
      keeper: keeper.pseudonym,
      keeperParticipantId: keeper.participantId,
      keeperPerson: keeper.person,
      keeperCapacity: keeper.capacity,
      kinds: [...kinds],
      workerParticipantId: worker.participantId,
      workerName: worker.name,
      factIds: [...factIds],
    },
  });
};

export const thirdPartyDecider: Decider<ThirdPartyCommand, ThirdPartyEvent, ThirdPartyState> = {
  initial: initialThirdParty,
  decide: (command, state) => {
    if (command.type === 'RecordThirdPartyEntry') return record(command, state);
    if (state.status === 'absent') return reject({ kind: 'NotFound' });
    switch (command.type) {
      case 'NoteThirdPartyFollowUp': {
        const { followUpId, notedOn } = command.data;
        if (state.followUps[followUpId] !== undefined) return accept();
        if (notedOn > command.meta.today) return invalid('notedOn', 'in_future');
        if (notedOn < state.statementOn) return invalid('notedOn', 'before_statement');
        return accept<ThirdPartyEvent>({ type: 'ThirdPartyFollowUpNoted', data: command.data });
      }
      case 'WithdrawThirdPartyName':
        // The same answer where nobody was named, so that it does not tell.
        return state.workerName === undefined
          ? accept()
          : accept<ThirdPartyEvent>({
              type: 'ThirdPartyNameWithdrawn',
              data: { withdrawnOn: command.meta.today },
            });
      case 'ReleaseThirdPartyFacts':
        return state.factsReleased ? accept() : accept<ThirdPartyEvent>({ type: 'ThirdPartyFactsReleased', data: {} });
      default:
        return assertNever(command);
    }
  },
  evolve,
};
