import type { EventOf } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import { covers, type SiteScope } from '../common.js';
import type { mandateEvents, MandateRole } from './events.js';

export type MandateEvent = EventOf<typeof mandateEvents>;

export type GivenMandate = {
  readonly status: 'given';
  readonly personId: string;
  readonly home: string;
  readonly role: MandateRole;
  readonly sites: SiteScope;
  readonly from: LocalDate;
  readonly to?: LocalDate | undefined;
  /** First day on which it no longer holds, as ended. */
  readonly revokedOn?: LocalDate;
};
export type MandateState = { readonly status: 'none' } | GivenMandate;

export const initialMandate: MandateState = { status: 'none' };

/** Whether the mandate alone is in effect; it gives a capacity only while a service contract covers it too. */
export const mandateInEffect = (mandate: MandateState, date: LocalDate): mandate is GivenMandate =>
  mandate.status === 'given' && covers(mandate, date) && (mandate.revokedOn === undefined || date < mandate.revokedOn);

export const evolveMandate = (state: MandateState, event: MandateEvent): MandateState => {
  switch (event.type) {
    case 'MandateGiven':
      return { status: 'given', ...event.data };
    case 'MandateRevoked':
      if (state.status === 'none') throw new InvariantBroken('a mandate is given before it is revoked');
      return { ...state, revokedOn: event.data.on };
    default:
      return assertNever(event);
  }
};
