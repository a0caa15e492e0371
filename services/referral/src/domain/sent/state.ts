import type { ConfidentialText, Erasable } from '@toeverlaat/event-log';
import type { TextKey } from '@toeverlaat/legal';
import { assertNever, canonicalJson, InvariantBroken, sha256Hex, type LocalDate } from '@toeverlaat/values';
import type * as v from '../vocabulary.js';
import type { SentEvent } from './events.js';

export type Consent = {
  readonly consentId: string;
  readonly wordingKey: TextKey;
  readonly wordingVersion: string;
  readonly wordingLanguage: v.Language;
  readonly method: v.ConsentMethod;
  readonly holder?: v.PaperHolder | undefined;
  readonly givenOn: LocalDate;
  readonly listHash: string;
};

export type Receiver = {
  readonly pseudonym: string;
  readonly participantId: string;
  readonly person: Erasable<v.PersonRef>;
};

type Body = {
  /** Undefined once the sender left the case and nobody who took it over has acted yet. */
  readonly sender: string | undefined;
  readonly senderParticipantId: string;
  readonly senderPerson: Erasable<v.PersonRef>;
  readonly applicantParticipantId: string;
  readonly lawVersion: string;
  readonly caseId: string;
  readonly receiverKind: v.ReferralReceiver;
  /** With a desk. */
  readonly receiver: Receiver | undefined;
  readonly receiverName: ConfidentialText | undefined;
  readonly records: readonly v.ListedRecord[];
  readonly message: ConfidentialText | undefined;
  readonly consent: Consent | undefined;
};
type Sent = {
  readonly toDesk: boolean;
  readonly sentOn: LocalDate;
  readonly answerDueOn: LocalDate | undefined;
  readonly expiresOn: LocalDate | undefined;
  readonly copies: readonly v.SentCopy[];
  readonly words: ConfidentialText | undefined;
};
type Answer = { readonly on: LocalDate; readonly note: ConfidentialText | undefined };

export type PreparedReferral = Body & { readonly status: 'prepared' };
export type SentReferral = Body & Sent & { readonly status: 'sent' };
export type LivingSent =
  | PreparedReferral
  | SentReferral
  | (Body & Sent & { readonly status: 'accepted'; readonly answer: Answer })
  | (Body & Sent & { readonly status: 'declined'; readonly answer: Answer & { readonly reason: v.DeclineReason } })
  | (Body & Sent & { readonly status: 'expired' })
  | (Body & {
      readonly status: 'withdrawn';
      readonly by: v.Withdrawer;
      readonly withdrawnOn: LocalDate;
      /** Undefined when nothing had gone out yet. */
      readonly sent: Sent | undefined;
    });
export type SentState = { readonly status: 'none' } | LivingSent;
export const initialSent: SentState = { status: 'none' };

/** What a consent is about: to whom, and exactly which records. The order of the list does not matter. */
export const listHashOf = (
  of: Pick<Body, 'receiverKind' | 'records'> & { readonly receiver?: { readonly participantId: string } | undefined },
): string =>
  sha256Hex(
    canonicalJson({
      receiverKind: of.receiverKind,
      receiver: of.receiver?.participantId ?? null,
      records: of.records.map(({ recordId, kind }) => [kind, recordId].join(' ')).toSorted(),
    }),
  );

/** What went out, whatever happened since; undefined while it has not. */
export const sentPart = (state: LivingSent): Sent | undefined => {
  switch (state.status) {
    case 'prepared':
      return undefined;
    case 'withdrawn':
      return state.sent;
    case 'sent':
    case 'accepted':
    case 'declined':
    case 'expired':
      return state;
    default:
      return assertNever(state);
  }
};

const living = (state: SentState): LivingSent => {
  if (state.status === 'none') throw new InvariantBroken('a referral begins by being prepared');
  return state;
};
const inStatus = <S extends LivingSent['status']>(
  state: SentState,
  ...statuses: readonly S[]
): Extract<LivingSent, { readonly status: S }> => {
  if (!statuses.some((status) => status === state.status))
    throw new InvariantBroken(`a referral that is ${state.status}`);
  return state as Extract<LivingSent, { readonly status: S }>;
};

export const evolveSent = (state: SentState, event: SentEvent): SentState => {
  switch (event.type) {
    case 'ReferralPrepared': {
      const { data } = event;
      const { receiver, receiverParticipantId, receiverPerson } = data;
      return {
        status: 'prepared',
        sender: data.sender,
        senderParticipantId: data.senderParticipantId,
        senderPerson: data.senderPerson,
        applicantParticipantId: data.applicantParticipantId,
        lawVersion: data.lawVersion,
        caseId: data.caseId,
        receiverKind: data.receiverKind,
        receiver:
          receiver === undefined || receiverParticipantId === undefined || receiverPerson === undefined
            ? undefined
            : { pseudonym: receiver, participantId: receiverParticipantId, person: receiverPerson },
        receiverName: data.receiverName,
        records: data.records,
        message: data.message,
        consent: undefined,
      };
    }
    case 'ReferralRecordsChanged':
      return { ...inStatus(state, 'prepared'), records: event.data.records, consent: undefined };
    case 'ReferralConsentGiven': {
      const { consentId, wordingKey, wordingVersion, wordingLanguage, method, holder, givenOn, listHash } = event.data;
      return {
        ...inStatus(state, 'prepared'),
        consent: { consentId, wordingKey, wordingVersion, wordingLanguage, method, holder, givenOn, listHash },
      };
    }
    case 'ReferralSentOut': {
      const { toDesk, sentOn, answerDueOn, expiresOn, copies, words } = event.data;
      return { ...inStatus(state, 'prepared'), status: 'sent', toDesk, sentOn, answerDueOn, expiresOn, copies, words };
    }
    case 'ReferralAccepted': {
      const { acceptedOn, note } = event.data;
      return { ...inStatus(state, 'sent'), status: 'accepted', answer: { on: acceptedOn, note } };
    }
    case 'ReferralDeclined': {
      const { declinedOn, reason, note } = event.data;
      return { ...inStatus(state, 'sent'), status: 'declined', answer: { on: declinedOn, note, reason } };
    }
    case 'ReferralWithdrawn': {
      const from = inStatus(state, 'prepared', 'sent', 'accepted');
      const { by, withdrawnOn } = event.data;
      return { ...bodyOf(from), status: 'withdrawn', by, withdrawnOn, sent: sentOf(from) };
    }
    case 'ReferralExpired':
      return { ...inStatus(state, 'sent'), status: 'expired' };
    case 'ReferralSenderChanged': {
      const known = living(state);
      const { sender, senderParticipantId = known.senderParticipantId, senderPerson = known.senderPerson } = event.data;
      return { ...known, sender, senderParticipantId, senderPerson };
    }
    default:
      return assertNever(event);
  }
};

const bodyOf = (state: LivingSent): Body => ({
  sender: state.sender,
  senderParticipantId: state.senderParticipantId,
  senderPerson: state.senderPerson,
  applicantParticipantId: state.applicantParticipantId,
  lawVersion: state.lawVersion,
  caseId: state.caseId,
  receiverKind: state.receiverKind,
  receiver: state.receiver,
  receiverName: state.receiverName,
  records: state.records,
  message: state.message,
  consent: state.consent,
});
const sentOf = (state: LivingSent): Sent | undefined => {
  const sent = sentPart(state);
  if (sent === undefined) return undefined;
  const { toDesk, sentOn, answerDueOn, expiresOn, copies, words } = sent;
  return { toDesk, sentOn, answerDueOn, expiresOn, copies, words };
};
