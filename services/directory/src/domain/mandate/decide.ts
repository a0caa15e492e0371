import { accept, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { covers, NOT_FOUND, refuseRule, reversed, type Period, type SiteScope } from '../common.js';
import { mandateRole } from './events.js';
import { evolveMandate, initialMandate, type MandateEvent, type MandateState } from './state.js';

export type MandateCommand =
  | Command<
      'GiveMandate',
      {
        readonly personId: string;
        readonly home: string;
        readonly role: string;
        readonly sites: SiteScope;
        readonly from: LocalDate;
        readonly to?: LocalDate | undefined;
        /** Contracts of this client with the person's home organisation, as recorded. */
        readonly contracts: readonly Period[];
      }
    >
  | Command<'RevokeMandate', { readonly on: LocalDate }>;

const decide = (command: MandateCommand, state: MandateState): Decision<MandateEvent> => {
  switch (command.type) {
    case 'GiveMandate': {
      const { contracts, ...given } = command.data;
      if (state.status === 'given')
        return state.personId === given.personId &&
          state.home === given.home &&
          state.role === given.role &&
          state.from === given.from &&
          state.to === given.to
          ? accept()
          : refuseRule('mandate_exists');
      if (given.home === command.meta.organisation) return refuseRule('related_to_itself');
      const role = mandateRole.safeParse(given.role);
      if (!role.success) return refuseRule('role_not_mandatable', undefined, { role: given.role });
      if (reversed(given)) return refuseRule('period_reversed');
      if (!contracts.some((contract) => covers(contract, given.from))) return refuseRule('mandate_without_contract');
      return accept({ type: 'MandateGiven', data: { ...given, role: role.data } });
    }
    case 'RevokeMandate':
      if (state.status === 'none') return NOT_FOUND;
      if (state.revokedOn === command.data.on) return accept();
      return state.revokedOn !== undefined && state.revokedOn < command.data.on
        ? refuseRule('mandate_revoked')
        : accept({ type: 'MandateRevoked', data: command.data });
    default:
      return assertNever(command);
  }
};

export const mandateDecider: Decider<MandateCommand, MandateEvent, MandateState> = {
  initial: initialMandate,
  decide,
  evolve: evolveMandate,
};
