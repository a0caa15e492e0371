import type { Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { PersonRef } from '../vocabulary.js';
import type { AdviceEvent } from './events.js';

export type AdviceState =
  | { readonly status: 'absent' }
  | {
      readonly status: 'given';
      readonly handlerPerson: Erasable<PersonRef>;
      readonly site: string;
      readonly heldOn: LocalDate;
      readonly factId: string;
      readonly factReleased: boolean;
    };

export const initialAdvice: AdviceState = { status: 'absent' };

export const evolve = (state: AdviceState, event: AdviceEvent): AdviceState => {
  switch (event.type) {
    case 'AdviceGiven': {
      const { handlerPerson, site, heldOn, factId } = event.data;
      return { status: 'given', handlerPerson, site, heldOn, factId, factReleased: false };
    }
    case 'AdviceFactReleased':
      if (state.status === 'absent') throw new InvariantBroken('a fact of an advice that was never given');
      return { ...state, factReleased: true };
    default:
      return assertNever(event);
  }
};
