import { accept, type Command, type Decider } from '@toeverlaat/event-log';
import type { CheckEvent } from './events.js';
import { evolveCheck, initialCheck, type CheckState } from './state.js';

export type RecordCheck = Command<'RecordCheck', CheckEvent['data']>;

/** One proof a day. A clock that jumped back proves no day again. */
export const checkDecider: Decider<RecordCheck, CheckEvent, CheckState> = {
  initial: initialCheck,
  decide: ({ data }, { lastOn }) =>
    lastOn !== undefined && data.checkedOn <= lastOn ? accept() : accept({ type: 'RetentionChecked', data }),
  evolve: evolveCheck,
};
