import { accept, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule, reversed } from '../common.js';
import { evolveContract, initialContract, type ContractEvent, type ContractState } from './state.js';

export type ContractCommand =
  | Command<
      'ConcludeContract',
      {
        readonly provider: string;
        /** What the provider is, as its own profile says. */
        readonly providerKind: 'employer' | 'external_service';
        readonly from: LocalDate;
        readonly to?: LocalDate | undefined;
      }
    >
  | Command<'EndContract', { readonly on: LocalDate }>;

const decide = (command: ContractCommand, state: ContractState): Decision<ContractEvent> => {
  switch (command.type) {
    case 'ConcludeContract': {
      const { provider, providerKind, from, to } = command.data;
      if (state.status === 'concluded')
        return state.provider === provider && state.from === from && state.to === to
          ? accept()
          : refuseRule('contract_exists');
      if (provider === command.meta.organisation) return refuseRule('related_to_itself');
      if (providerKind !== 'external_service') return refuseRule('provider_not_external_service');
      if (reversed({ from, to })) return refuseRule('period_reversed');
      return accept({ type: 'ServiceContractConcluded', data: { provider, from, to } });
    }
    case 'EndContract':
      if (state.status === 'none') return NOT_FOUND;
      if (state.endedOn === command.data.on) return accept();
      return state.endedOn !== undefined && state.endedOn < command.data.on
        ? refuseRule('contract_ended')
        : accept({ type: 'ServiceContractEnded', data: command.data });
    default:
      return assertNever(command);
  }
};

export const contractDecider: Decider<ContractCommand, ContractEvent, ContractState> = {
  initial: initialContract,
  decide,
  evolve: evolveContract,
};
