import { definePublicEvents } from '@toeverlaat/messaging';
import { requestCategory, requestCodec } from './domain/request/index.js';

/** What leaves intake: ids, states and dates; nobody's name, no site, no word (design §6). */
export const intakePublicEvents = [
  definePublicEvents('intake', requestCategory, requestCodec, {
    ContactRequested: ({ hearingDueOn }) => ({ hearingDueOn }),
    RequestAccepted: () => ({}),
    RequestWithdrawn: () => ({}),
    RequestEscalated: ({ hearingDueOn }) => ({ hearingDueOn }),
    HearingTermMissed: ({ hearingDueOn }) => ({ hearingDueOn }),
    EarlierRequestLinked: ({ hearingDueOn }) => ({ hearingDueOn }),
  }),
] as const;
