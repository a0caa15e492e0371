import type { LocalDate } from '@toeverlaat/values';
import type { CheckEvent } from './events.js';

/** The days of a year that were checked, in order. */
export type CheckState = { readonly lastOn: LocalDate | undefined };
export const initialCheck: CheckState = { lastOn: undefined };

export const evolveCheck = (state: CheckState, event: CheckEvent): CheckState => ({
  lastOn: state.lastOn === undefined || state.lastOn < event.data.checkedOn ? event.data.checkedOn : state.lastOn,
});
