import { accept, refuse, reject, type Command, type ConfidentialText, type Decider } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import type { CaseRuleCode } from '../rules.js';
import type * as v from '../vocabulary.js';
import type { AdviceEvent } from './events.js';
import { evolve, initialAdvice, type AdviceState } from './state.js';

export type AdviceCommand =
  | Command<
      'RecordAdvice',
      {
        readonly handler: { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef };
        readonly site: string;
        readonly heldOn: LocalDate;
        readonly channel: v.Channel;
        readonly durationMinutes?: number | undefined;
        readonly language: v.SpokenLanguage;
        readonly kindOfFacts?: v.KindOfFacts | undefined;
        readonly riskSources: readonly v.RiskSource[];
        readonly optionsExplained: readonly v.OptionExplained[];
        readonly topic?: ConfidentialText | undefined;
        readonly factId: string;
      }
    >
  | Command<'ReleaseAdviceFact', Record<never, never>>;

const exists: CaseRuleCode = 'advice_exists';

export const adviceDecider: Decider<AdviceCommand, AdviceEvent, AdviceState> = {
  initial: initialAdvice,
  decide: (command, state) => {
    switch (command.type) {
      case 'RecordAdvice': {
        const { handler, riskSources, optionsExplained, ...rest } = command.data;
        if (state.status === 'given') return state.factId === rest.factId ? accept() : refuse(exists);
        if (rest.heldOn > command.meta.today)
          return reject({ kind: 'InvalidInput', field: 'heldOn', rule: 'in_future' });
        return accept<AdviceEvent>({
          type: 'AdviceGiven',
          data: {
            ...rest,
            handler: handler.pseudonym,
            handlerParticipantId: handler.participantId,
            handlerPerson: handler.person,
            riskSources: [...riskSources],
            optionsExplained: [...optionsExplained],
          },
        });
      }
      case 'ReleaseAdviceFact':
        if (state.status === 'absent') return reject({ kind: 'NotFound' });
        return state.factReleased ? accept() : accept<AdviceEvent>({ type: 'AdviceFactReleased', data: {} });
      default:
        return assertNever(command);
    }
  },
  evolve,
};
