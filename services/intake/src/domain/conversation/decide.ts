import { accept, refuse, type Command, type ConfidentialText, type Decider } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import { REPLIES, type ConversationEvent } from './events.js';
import { evolveConversation, initialConversation, type ConversationState, type Side } from './state.js';

/** Most messages of one conversation: a bound on the stream, far above what people write. */
export const MAX_MESSAGES = 2_000;

export type SendMessage = Command<
  'SendMessage',
  {
    readonly messageId: string;
    readonly from: Side;
    readonly sender: string;
    readonly words: ConfidentialText;
    /** By the request: an ended one takes no more messages. */
    readonly open: boolean;
  }
>;
export type AskContact = Command<'AskContact', { readonly messageId: string; readonly by: string }>;
export type MarkSeen = Command<'MarkSeen', { readonly by: Side }>;
export type ConversationCommand = SendMessage | AskContact | MarkSeen;

export const conversationDecider: Decider<ConversationCommand, ConversationEvent, ConversationState> = {
  initial: initialConversation,
  decide: (command, state) => {
    switch (command.type) {
      case 'SendMessage': {
        const { open, ...message } = command.data;
        if (!open) return refuse('request_ended');
        return state.messages.length >= MAX_MESSAGES
          ? refuse('conversation_full', undefined, { limit: MAX_MESSAGES })
          : accept({ type: 'MessageSent', data: { ...message, part: REPLIES } });
      }
      case 'AskContact':
        // One open question at a time: the applicant is not to be pressed.
        return state.messages.at(-1)?.kind === 'contact_asked'
          ? refuse('contact_already_asked')
          : accept({ type: 'ContactAsked', data: command.data });
      case 'MarkSeen': {
        const { by } = command.data;
        const last = state.messages.findLastIndex((message) => message.from !== by);
        const upTo = state.messages[last]?.messageId;
        if (upTo === undefined || last <= state.seen[by]) return accept();
        return accept({ type: 'MessagesSeen', data: { by, upTo } });
      }
      default:
        return assertNever(command);
    }
  },
  evolve: evolveConversation,
};
