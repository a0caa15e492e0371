import { accept, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import type { WatchEvent } from './events.js';
import { evolveWatch, initialWatch, type WatchState } from './state.js';

export type WatchCommand = Command<'NoteWatched', WatchEvent['data']>;

/** One a day; a clock that went back proves nothing again. */
const decide = ({ data }: WatchCommand, { watchedOn }: WatchState): Decision<WatchEvent> =>
  watchedOn !== undefined && watchedOn >= data.watchedOn ? accept() : accept({ type: 'AccessWatched', data });

export const watchDecider: Decider<WatchCommand, WatchEvent, WatchState> = {
  initial: initialWatch,
  decide,
  evolve: evolveWatch,
};
