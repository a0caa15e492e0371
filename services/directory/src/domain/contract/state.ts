import type { EventOf } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import { covers } from '../common.js';
import type { contractEvents } from './events.js';

export type ContractEvent = EventOf<typeof contractEvents>;

export type ConcludedContract = {
  readonly status: 'concluded';
  readonly provider: string;
  readonly from: LocalDate;
  readonly to?: LocalDate | undefined;
  /** First day on which it no longer holds, as ended. */
  readonly endedOn?: LocalDate;
};
export type ContractState = { readonly status: 'none' } | ConcludedContract;

export const initialContract: ContractState = { status: 'none' };

export const contractInEffect = (contract: ContractState, date: LocalDate): boolean =>
  contract.status === 'concluded' &&
  covers(contract, date) &&
  (contract.endedOn === undefined || date < contract.endedOn);

export const evolveContract = (state: ContractState, event: ContractEvent): ContractState => {
  switch (event.type) {
    case 'ServiceContractConcluded':
      return { status: 'concluded', ...event.data };
    case 'ServiceContractEnded':
      if (state.status === 'none') throw new InvariantBroken('a contract is concluded before it ends');
      return { ...state, endedOn: event.data.on };
    default:
      return assertNever(event);
  }
};
