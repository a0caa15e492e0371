import { accept, type Command, type Decider } from '@toeverlaat/event-log';
import type { KeptNoticeData, KeptNoticeEvent } from './events.js';
import { evolveKeptNotice, initialKeptNotice, type KeptNoticeState } from './state.js';

export type KeptNoticeCommand = Command<'TellKeptUntil', KeptNoticeData>;

/** Until when a record is kept, as its owner was told. One that was parked and is replayed takes nothing newer back. */
export const keptNoticeDecider: Decider<KeptNoticeCommand, KeptNoticeEvent, KeptNoticeState> = {
  initial: initialKeptNotice,
  decide: ({ data }, state) =>
    state.status === 'told' && data.moved <= state.moved ? accept() : accept({ type: 'KeptUntilTold', data }),
  evolve: evolveKeptNotice,
};
