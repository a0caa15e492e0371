import type { ConfidentialText } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import { REPLIES, type ConversationEvent } from './events.js';

export type Side = 'worker' | 'counsellor';
export type Message =
  | {
      readonly kind: 'message';
      readonly messageId: string;
      readonly from: Side;
      readonly sender: string;
      readonly words: ConfidentialText;
      /** Sealed under the part of the request whose key its applicant may be given. */
      readonly forReader: boolean;
    }
  | {
      readonly kind: 'contact_asked';
      readonly messageId: string;
      readonly from: 'counsellor';
      readonly sender: string;
    };

export type ConversationState = {
  readonly status: 'silent' | 'started';
  readonly messages: readonly Message[];
  /** Index of the last message each side has seen, -1 for none. */
  readonly seen: Readonly<Record<Side, number>>;
};

export const initialConversation: ConversationState = {
  status: 'silent',
  messages: [],
  seen: { worker: -1, counsellor: -1 },
};

export const evolveConversation = (state: ConversationState, event: ConversationEvent): ConversationState => {
  switch (event.type) {
    case 'MessageSent': {
      const { part, ...data } = event.data;
      const message: Message = { kind: 'message', ...data, forReader: part === REPLIES };
      return { ...state, status: 'started', messages: [...state.messages, message] };
    }
    case 'ContactAsked': {
      const { messageId, by } = event.data;
      const asked: Message = { kind: 'contact_asked', messageId, from: 'counsellor', sender: by };
      return { ...state, status: 'started', messages: [...state.messages, asked] };
    }
    case 'MessagesSeen': {
      const index = state.messages.findIndex((message) => message.messageId === event.data.upTo);
      return { ...state, seen: { ...state.seen, [event.data.by]: index } };
    }
    default:
      return assertNever(event);
  }
};
