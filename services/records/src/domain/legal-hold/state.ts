import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type { HoldEvent } from './events.js';

type Data<N extends HoldEvent['type']> = Extract<HoldEvent, { readonly type: N }>['data'];
export type PlacedHold = Data<'LegalHoldPlaced'>;

export type HoldState =
  | { readonly status: 'none' }
  | {
      readonly status: 'placed' | 'lifted';
      readonly hold: PlacedHold;
      /** The next one. */
      readonly reviewOn: LocalDate;
      /** That day has come and was called for. */
      readonly reviewDue: boolean;
    };
export const initialHold: HoldState = { status: 'none' };

const placed = (state: HoldState): Exclude<HoldState, { readonly status: 'none' }> => {
  if (state.status === 'none') throw new InvariantBroken('a hold is placed before anything becomes of it');
  return state;
};

export const evolveHold = (state: HoldState, event: HoldEvent): HoldState => {
  switch (event.type) {
    case 'LegalHoldPlaced':
      return { status: 'placed', hold: event.data, reviewOn: event.data.reviewOn, reviewDue: false };
    case 'LegalHoldReviewFellDue':
      return { ...placed(state), reviewDue: true };
    case 'LegalHoldReviewed':
      return { ...placed(state), reviewOn: event.data.reviewOn, reviewDue: false };
    case 'LegalHoldLifted':
      return { ...placed(state), status: 'lifted', reviewDue: false };
    default:
      return assertNever(event);
  }
};
