import type { ConfidentialText, Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { PersonRef, RegisterKeeper, ThirdPartyCapacity, ThirdPartyFact } from '../vocabulary.js';
import type { ThirdPartyEvent } from './events.js';

export type FollowUp = { readonly notedOn: LocalDate; readonly words: ConfidentialText };

export type KeptEntry = {
  readonly status: 'kept';
  readonly keeperPerson: Erasable<PersonRef>;
  readonly keeperCapacity: RegisterKeeper;
  readonly statementOn: LocalDate;
  readonly factsFrom: LocalDate;
  readonly factsTo?: LocalDate | undefined;
  readonly site: string;
  readonly place?: ConfidentialText | undefined;
  readonly capacity: ThirdPartyCapacity;
  readonly kinds: readonly ThirdPartyFact[];
  readonly description: ConfidentialText;
  readonly workerParticipantId: string;
  /** Undefined of a worker who is not named, and of one who no longer wants to be. */
  readonly workerName?: ConfidentialText | undefined;
  readonly followUps: { readonly [id: string]: FollowUp };
  readonly factIds: readonly string[];
  readonly factsReleased: boolean;
};
export type ThirdPartyState = { readonly status: 'absent' } | KeptEntry;

export const initialThirdParty: ThirdPartyState = { status: 'absent' };

const kept = (state: ThirdPartyState): KeptEntry => {
  if (state.status === 'absent') throw new InvariantBroken('an event of a register entry that was never recorded');
  return state;
};

export const evolve = (state: ThirdPartyState, event: ThirdPartyEvent): ThirdPartyState => {
  switch (event.type) {
    case 'ThirdPartyEntryRecorded': {
      const { keeper: _keeper, keeperParticipantId: _id, ...data } = event.data;
      return { status: 'kept', ...data, followUps: {}, factsReleased: false };
    }
    case 'ThirdPartyFollowUpNoted': {
      const entry = kept(state);
      const { followUpId, notedOn, words } = event.data;
      return { ...entry, followUps: { ...entry.followUps, [followUpId]: { notedOn, words } } };
    }
    case 'ThirdPartyNameWithdrawn':
      return { ...kept(state), workerName: undefined };
    case 'ThirdPartyFactsReleased':
      return { ...kept(state), factsReleased: true };
    default:
      return assertNever(event);
  }
};
