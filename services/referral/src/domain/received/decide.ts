import {
  accept,
  plainText,
  refuse as refuseWith,
  reject,
  type Command,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { sourceOf, type ReferralRuleCode } from '../rules.js';
import * as v from '../vocabulary.js';
import type { ReceivedEvent } from './events.js';
import { evolveReceived, initialReceived, readableCopies, type LivingReceived, type ReceivedState } from './state.js';

/** A copy on its way, opened by its owner and not yet sealed for the receiver. */
export type CopyToDeliver = {
  readonly copyId: string;
  readonly recordId: string;
  readonly kind: v.RecordKind;
  readonly title: string;
  readonly content: string;
  /** Of an attachment: already sealed for the receiver. */
  readonly file?: v.CopiedFile | undefined;
};

export type Deliver = Command<
  'Deliver',
  {
    readonly receiver: { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef };
    readonly sender: { readonly participantId: string; readonly person: v.PersonRef };
    readonly answerDueOn: LocalDate;
    readonly expiresOn: LocalDate;
    readonly site: string;
    readonly consent: {
      readonly method: v.ConsentMethod;
      readonly wordingVersion: string;
      readonly givenOn: LocalDate;
    };
    readonly message?: ConfidentialText | undefined;
    readonly copies: readonly CopyToDeliver[];
  }
>;
export type OpenCopies = Command<'OpenCopies', { readonly copyIds: readonly string[] }>;
export type AcceptReceived = Command<'AcceptReceived', Record<never, never>>;
export type DeclineReceived = Command<'DeclineReceived', { readonly reason: v.DeclineReason }>;
export type EndFurtherAccess = Command<'EndFurtherAccess', { readonly because: v.Ending }>;
export type ReceivedCommand = Deliver | OpenCopies | AcceptReceived | DeclineReceived | EndFurtherAccess;

type Decided = Decision<ReceivedEvent>;
const nothing: Decided = accept();
const refuse = (rule: ReferralRuleCode): Decided => refuseWith(rule, sourceOf(rule));

/** Cuts a text into parts that fit one sealed field; never between the halves of a character. */
export const partsOf = (content: string, limit: number = v.MAX_PART): readonly string[] => {
  const parts: string[] = [];
  for (let start = 0; start < content.length;) {
    let end = Math.min(content.length, start + limit);
    const last = content.charCodeAt(end - 1);
    if (end < content.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    parts.push(content.slice(start, end));
    start = end;
  }
  return parts;
};

const deliver = ({ data }: Deliver): Decided => {
  const copies: ReceivedEvent[] = [];
  for (const { copyId, recordId, kind, title, content, file } of data.copies) {
    // The entry without its bytes is no copy of an attachment.
    if ((kind === 'attachment') !== (file !== undefined))
      return reject({
        kind: 'InvalidInput',
        field: 'copies.file',
        rule: file === undefined ? 'required' : 'only_of_an_attachment',
      });
    const parts = partsOf(content);
    if (parts.length === 0 || parts.length > v.MAX_PARTS)
      return reject({
        kind: 'InvalidInput',
        field: 'copies.content',
        rule: parts.length === 0 ? 'too_small' : 'too_big',
      });
    parts.forEach((part, index) =>
      copies.push({
        type: 'CopyDelivered',
        data: {
          copyId,
          recordId,
          kind,
          part: index,
          parts: parts.length,
          title: plainText(title),
          content: plainText(part),
          ...(index === 0 && file !== undefined ? { file } : {}),
        },
      }),
    );
  }
  return accept<ReceivedEvent>(
    {
      type: 'ReferralDelivered',
      data: {
        receiver: data.receiver.pseudonym,
        receiverParticipantId: data.receiver.participantId,
        receiverPerson: data.receiver.person,
        senderParticipantId: data.sender.participantId,
        senderPerson: data.sender.person,
        answerDueOn: data.answerDueOn,
        expiresOn: data.expiresOn,
        site: data.site,
        consentMethod: data.consent.method,
        consentWordingVersion: data.consent.wordingVersion,
        consentGivenOn: data.consent.givenOn,
        message: data.message,
      },
    },
    ...copies,
  );
};

const answerable = (state: LivingReceived): Decided | undefined => {
  switch (state.status) {
    case 'pending':
      return undefined;
    case 'accepted':
    case 'declined':
      return refuse('referral_already_answered');
    case 'ended':
      return refuse('further_access_ended');
    default:
      return assertNever(state);
  }
};

const decideLiving = (command: Exclude<ReceivedCommand, Deliver>, state: LivingReceived): Decided => {
  switch (command.type) {
    case 'OpenCopies': {
      const readable = new Set(readableCopies(state).map(({ copyId }) => copyId));
      if (command.data.copyIds.some((copyId) => !readable.has(copyId))) return refuse('further_access_ended');
      const fresh = [...new Set(command.data.copyIds)].filter((copyId) => !state.opened.includes(copyId));
      return fresh.length === 0
        ? nothing
        : accept<ReceivedEvent>({ type: 'ReceivedCopiesOpened', data: { copyIds: fresh } });
    }
    case 'AcceptReceived':
      if (state.status === 'accepted') return nothing;
      return (
        answerable(state) ??
        accept<ReceivedEvent>({ type: 'ReceivedReferralAccepted', data: { acceptedOn: command.meta.today } })
      );
    case 'DeclineReceived': {
      const { reason } = command.data;
      return (
        answerable(state) ??
        accept<ReceivedEvent>({
          type: 'ReceivedReferralDeclined',
          data: { declinedOn: command.meta.today, reason },
        })
      );
    }
    case 'EndFurtherAccess': {
      const { because } = command.data;
      switch (state.status) {
        case 'declined':
        case 'ended':
          return nothing;
        case 'accepted':
          // An answer that was given in time is not undone by the date.
          if (because === 'expired') return nothing;
          return accept<ReceivedEvent>({ type: 'FurtherAccessEnded', data: { because, keeps: [...state.opened] } });
        case 'pending':
          // Nobody took it up: what was only looked at is in nobody's file.
          return accept<ReceivedEvent>({
            type: 'FurtherAccessEnded',
            data: { because, keeps: because === 'withdrawn' ? [...state.opened] : [] },
          });
        default:
          return assertNever(state);
      }
    }
    default:
      return assertNever(command);
  }
};

/** The receiver's side: copies under the receiver's own key and duty (design.md §2). */
export const receivedDecider: Decider<ReceivedCommand, ReceivedEvent, ReceivedState> = {
  initial: initialReceived,
  decide: (command, state) => {
    if (command.type === 'Deliver') return state.status === 'none' ? deliver(command) : nothing;
    return state.status === 'none' ? reject({ kind: 'NotFound' }) : decideLiving(command, state);
  },
  evolve: evolveReceived,
};
