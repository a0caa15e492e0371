import type { ConfidentialText, Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type * as v from '../vocabulary.js';
import type { ReceivedEvent } from './events.js';

export type Copy = {
  readonly copyId: string;
  readonly recordId: string;
  readonly kind: v.RecordKind;
  readonly title: ConfidentialText;
  /** In order. */
  readonly parts: readonly ConfidentialText[];
  readonly file: v.CopiedFile | undefined;
};

type Body = {
  readonly receiver: string;
  readonly receiverParticipantId: string;
  readonly receiverPerson: Erasable<v.PersonRef>;
  readonly senderPerson: Erasable<v.PersonRef>;
  readonly answerDueOn: LocalDate;
  readonly expiresOn: LocalDate;
  readonly site: string;
  readonly consent: { readonly method: v.ConsentMethod; readonly wordingVersion: string; readonly givenOn: LocalDate };
  readonly message: ConfidentialText | undefined;
  readonly copies: readonly Copy[];
  /** Copies that were read at least once. */
  readonly opened: readonly string[];
};
export type LivingReceived = Body &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'accepted'; readonly acceptedOn: LocalDate }
    | { readonly status: 'declined'; readonly declinedOn: LocalDate; readonly reason: v.DeclineReason }
    | { readonly status: 'ended'; readonly because: v.Ending; readonly keeps: readonly string[] }
  );
export type ReceivedState = { readonly status: 'none' } | LivingReceived;
export const initialReceived: ReceivedState = { status: 'none' };

/** What the receiver may still read: everything while it is theirs to decide or theirs, after a withdrawal what they had read. */
export const readableCopies = (state: LivingReceived): readonly Copy[] => {
  switch (state.status) {
    case 'pending':
    case 'accepted':
      return state.copies;
    case 'declined':
      return [];
    case 'ended':
      return state.copies.filter(({ copyId }) => state.keeps.includes(copyId));
    default:
      return assertNever(state);
  }
};

const living = (state: ReceivedState): LivingReceived => {
  if (state.status === 'none') throw new InvariantBroken('a referral is received by being delivered');
  return state;
};

export const evolveReceived = (state: ReceivedState, event: ReceivedEvent): ReceivedState => {
  switch (event.type) {
    case 'ReferralDelivered': {
      const { data } = event;
      return {
        status: 'pending',
        receiver: data.receiver,
        receiverParticipantId: data.receiverParticipantId,
        receiverPerson: data.receiverPerson,
        senderPerson: data.senderPerson,
        answerDueOn: data.answerDueOn,
        expiresOn: data.expiresOn,
        site: data.site,
        consent: {
          method: data.consentMethod,
          wordingVersion: data.consentWordingVersion,
          givenOn: data.consentGivenOn,
        },
        message: data.message,
        copies: [],
        opened: [],
      };
    }
    case 'CopyDelivered': {
      const { copyId, recordId, kind, title, content, file } = event.data;
      const { copies } = living(state);
      const known = copies.find((copy) => copy.copyId === copyId);
      const copy: Copy =
        known === undefined
          ? { copyId, recordId, kind, title, parts: [content], file }
          : { ...known, parts: [...known.parts, content] };
      return { ...living(state), copies: [...copies.filter((other) => other !== known), copy] };
    }
    case 'ReceivedCopiesOpened':
      return { ...living(state), opened: [...living(state).opened, ...event.data.copyIds] };
    case 'ReceivedReferralAccepted':
      return { ...living(state), status: 'accepted', acceptedOn: event.data.acceptedOn };
    case 'ReceivedReferralDeclined': {
      const { declinedOn, reason } = event.data;
      return { ...living(state), status: 'declined', declinedOn, reason };
    }
    case 'FurtherAccessEnded': {
      const { because, keeps } = event.data;
      return { ...living(state), status: 'ended', because, keeps };
    }
    default:
      return assertNever(event);
  }
};
