import { clear, eventType, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/* These names are storage format: never renamed (design rule 4). */

export const MessageSent = eventType('intake', 'MessageSent', 1, {
  messageId: clear(v.idSchema),
  from: clear(z.enum(['worker', 'counsellor'])),
  /** Pseudonym of the staff member, or the worker's participant id. */
  sender: clear(v.pseudonymSchema),
  words: text(v.MAX_MESSAGE),
});

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
