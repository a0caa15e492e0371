import type { Instant, LocalDate } from '@toeverlaat/values';
import type { WatchEvent } from './events.js';

/** How far it was looked, and on which day that was recorded last. */
export type WatchState = { readonly watchedOn: LocalDate | undefined; readonly until: Instant | undefined };
export const initialWatch: WatchState = { watchedOn: undefined, until: undefined };

export const evolveWatch = (_state: WatchState, event: WatchEvent): WatchState => ({
  watchedOn: event.data.watchedOn,
  until: event.data.until,
});
