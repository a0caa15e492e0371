import { clear, eventType, partText, type EventOf, type Upcast } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/* These names are storage format: never renamed (design rule 4). */

/**
 * The part of a request under whose key its messages are sealed, and nothing else: the holder of a receipt is given this
 * key, wrapped for the key that follows from the code alone (design §4, ADR 16).
 */
export const REPLIES = 'replies';
/** Messages of version 1 were sealed under the request's own key, which opens more than the conversation. */
export const WHOLE_REQUEST = 'request';

export const MessageSent = eventType('intake', 'MessageSent', 2, {
  messageId: clear(v.idSchema),
  from: clear(z.enum(['worker', 'counsellor'])),
  /** Pseudonym of the staff member, or the worker's participant id. */
  sender: clear(v.pseudonymSchema),
  part: clear(z.enum([REPLIES, WHOLE_REQUEST])),
  words: partText(v.MAX_MESSAGE, 'part'),
});

/** The words stay sealed as they are: a sealed value says itself which keys open it. */
export const conversationUpcasts: readonly Upcast[] = [
  {
    from: 'intake.MessageSent.v1',
    to: MessageSent.type,
    up: (data) => ({ ...data, part: WHOLE_REQUEST }),
  },
];

/** A successor whom the applicant has not chosen yet may ask this, and nothing else: a fixed wording without content. */
export const ContactAsked = eventType('intake', 'ContactAsked', 1, {
  messageId: clear(v.idSchema),
  by: clear(v.pseudonymSchema),
});

/** Everything up to this message was shown to the other side. */
export const MessagesSeen = eventType('intake', 'MessagesSeen', 1, {
  by: clear(z.enum(['worker', 'counsellor'])),
  upTo: clear(v.idSchema),
});

export const conversationEvents = [MessageSent, ContactAsked, MessagesSeen] as const;
export type ConversationEvent = EventOf<typeof conversationEvents>;
