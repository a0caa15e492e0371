import {
  accept,
  clear,
  code,
  createCodec,
  eventType,
  participantCode,
  type Command,
  type Decider,
  type Erasable,
  type EventOf,
} from '@toeverlaat/event-log';
import { z } from 'zod';

/* A record of no service, with a code of its own and one that concerns a participant too. */

const Noted = eventType('sample', 'Noted', 1, {
  about: clear(z.string()),
  site: code(z.string()),
  part: participantCode(z.string(), 'about'),
});
export const noteCodec = createCodec({ events: [Noted], recordSubject: (id) => `case/${id}` });
type Note = Command<'Note', { readonly about: string; readonly site: string; readonly part: string }>;
type State = { readonly notes: readonly { readonly site: string; readonly part: Erasable<string> }[] };
export const noteDecider: Decider<Note, EventOf<readonly [typeof Noted]>, State> = {
  initial: { notes: [] },
  decide: ({ data }) => accept({ type: 'Noted', data }),
  evolve: ({ notes }, { data: { site, part } }) => ({ notes: [...notes, { site, part }] }),
};
