import { accept, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import { MAX_HANDED, type HandedNoticeEvent } from './events.js';
import { evolveHandedNotice, initialHandedNotice, type HandedNoticeState } from './state.js';

export type HandedNoticeCommand =
  | Command<'CloseFiles', { readonly handoverId: string; readonly records: readonly string[] }>
  /** Without records: all that are closed of this handover. */
  | Command<'ReopenFiles', { readonly handoverId: string; readonly records?: readonly string[] | undefined }>;

const inParts = (
  type: HandedNoticeEvent['type'],
  handoverId: string,
  records: readonly string[],
): readonly HandedNoticeEvent[] => {
  const events: HandedNoticeEvent[] = [];
  for (let from = 0; from < records.length; from += MAX_HANDED)
    events.push({ type, data: { handoverId, records: records.slice(from, from + MAX_HANDED) } });
  return events;
};

const decide = (command: HandedNoticeCommand, state: HandedNoticeState): Decision<HandedNoticeEvent> => {
  const { handoverId, records } = command.data;
  switch (command.type) {
    case 'CloseFiles': {
      // Handed over anew they are of that handover, also where they were closed already.
      const known = state.handoverId === handoverId;
      const fresh = command.data.records.filter((one) => !(known && state.closed.has(one))).toSorted();
      return accept(...inParts('FilesHandedOver', handoverId, fresh));
    }
    case 'ReopenFiles': {
      // One that was parked and is replayed opens nothing that a later handover closed.
      if (state.closed.size === 0 || state.handoverId !== handoverId) return accept();
      if (records === undefined) return accept({ type: 'FilesReopened', data: { handoverId, records: undefined } });
      return accept(...inParts('FilesReopened', handoverId, records.filter((one) => state.closed.has(one)).toSorted()));
    }
    default:
      return assertNever(command);
  }
};

/** Which files of an organisation went to another host, as their owner here was told. */
export const handedNoticeDecider: Decider<HandedNoticeCommand, HandedNoticeEvent, HandedNoticeState> = {
  initial: initialHandedNotice,
  decide,
  evolve: evolveHandedNotice,
};
