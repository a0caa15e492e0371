import { definePublicEvents } from '@toeverlaat/messaging';
import { conversationCategory, conversationCodec } from './domain/conversation/index.js';
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
    ReceiptRegistered: () => ({}),
    RequestClosed: () => ({}),
  }),
  // That something was said, which moves the day until which it is kept; not by whom.
  definePublicEvents('intake', conversationCategory, conversationCodec, {
    MessageSent: () => ({}),
  }),
] as const;
