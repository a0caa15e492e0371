import {
  accept,
  refuse as refuseWith,
  reject,
  type Command,
  type ConfidentialText,
  type Decider,
  type Decision,
} from '@toeverlaat/event-log';
import { dueDate, wordingVersion as currentWording, type TextKey } from '@toeverlaat/legal';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { sourceOf, type ReferralRuleCode } from '../rules.js';
import * as v from '../vocabulary.js';
import type { SentEvent } from './events.js';
import { evolveSent, initialSent, listHashOf, type LivingSent, type SentState } from './state.js';

export type PrepareReferral = Command<
  'PrepareReferral',
  {
    readonly sender: { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef };
    readonly applicantParticipantId: string;
    readonly caseTag: string;
    readonly caseId: string;
    readonly receiverKind: v.ReferralReceiver;
    readonly receiver?:
      { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef } | undefined;
    readonly receiverName?: ConfidentialText | undefined;
    readonly records: readonly v.ListedRecord[];
    /** By the case: the receiver is somebody this case is about. */
    readonly receiverTakesPart: boolean;
    readonly message?: ConfidentialText | undefined;
  }
>;
export type ChangeRecords = Command<'ChangeRecords', { readonly records: readonly v.ListedRecord[] }>;
export type GiveConsent = Command<
  'GiveConsent',
  {
    readonly consentId: string;
    readonly wordingVersion: string;
    readonly wordingLanguage: v.Language;
    readonly method: v.ConsentMethod;
    readonly holder?: v.PaperHolder | undefined;
    readonly evidenceBlob?: string | undefined;
    /** By the case: the evidence is an attachment of it that can be read. */
    readonly evidenceAttached?: boolean | undefined;
    readonly givenOn: LocalDate;
    readonly listHash: string;
  }
>;
export type SendReferral = Command<
  'SendReferral',
  {
    readonly copies: readonly v.SentCopy[];
    readonly words?: ConfidentialText | undefined;
    /** Without a desk: when it was handed over. */
    readonly handedOverOn?: LocalDate | undefined;
  }
>;
export type NoteAccepted = Command<
  'NoteAccepted',
  { readonly from: 'desk' | 'sender'; readonly on: LocalDate; readonly note?: ConfidentialText | undefined }
>;
export type NoteDeclined = Command<
  'NoteDeclined',
  {
    readonly from: 'desk' | 'sender';
    readonly on: LocalDate;
    readonly reason: v.DeclineReason;
    readonly note?: ConfidentialText | undefined;
  }
>;
export type WithdrawReferral = Command<'WithdrawReferral', { readonly by: v.Withdrawer }>;
export type NoteReferralExpired = Command<'NoteReferralExpired', { readonly expiresOn: LocalDate }>;
export type ChangeSender = Command<
  'ChangeSender',
  {
    readonly because: v.SenderChange;
    readonly sender?:
      { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef } | undefined;
  }
>;
export type SentCommand =
  | PrepareReferral
  | ChangeRecords
  | GiveConsent
  | SendReferral
  | NoteAccepted
  | NoteDeclined
  | WithdrawReferral
  | NoteReferralExpired
  | ChangeSender;

type Decided = Decision<SentEvent>;
const nothing: Decided = accept();
const invalid = (field: string, rule: string): Decided => reject({ kind: 'InvalidInput', field, rule });
const refuse = (rule: ReferralRuleCode): Decided => refuseWith(rule, sourceOf(rule));

/** The wording that is agreed to, by who receives. */
export const wordingKeyOf = (kind: v.ReferralReceiver): TextKey =>
  kind === 'prevention_adviser' || kind === 'physician' ? `consent.referral.${kind}` : 'consent.referral.other';

/** Only the two documents go to a prevention adviser by themselves; everything else, and everything to others, is picked. */
const checkRecords = (kind: v.ReferralReceiver, records: readonly v.ListedRecord[]): Decided | undefined => {
  if (new Set(records.map(({ recordId }) => recordId)).size !== records.length) return invalid('records', 'twice');
  const byItself = (record: v.ListedRecord) => kind === 'prevention_adviser' && v.lawfulKinds.includes(record.kind);
  return records.every((record) => record.picked || byItself(record))
    ? undefined
    : refuse('more_only_when_the_worker_picked_it');
};

const prepare = ({ data, meta }: PrepareReferral): Decided => {
  const { sender, receiver, receiverKind, receiverName, records } = data;
  if (v.hasDesk(receiverKind)) {
    if (receiver === undefined) return invalid('receiver', 'required');
    if (receiverName !== undefined) return invalid('receiverName', 'not_with_a_desk');
    const same =
      receiver.person.organisation === sender.person.organisation && receiver.person.person === sender.person.person;
    if (same || receiver.pseudonym === sender.pseudonym) return refuse('receiver_is_sender');
  } else {
    if (receiver !== undefined) return invalid('receiver', 'only_with_a_desk');
    if (receiverName === undefined) return invalid('receiverName', 'required');
  }
  if (data.receiverTakesPart) return refuse('receiver_takes_part');
  const wrong = checkRecords(receiverKind, records);
  if (wrong !== undefined) return wrong;
  return accept<SentEvent>({
    type: 'ReferralPrepared',
    data: {
      sender: sender.pseudonym,
      senderParticipantId: sender.participantId,
      senderPerson: sender.person,
      applicantParticipantId: data.applicantParticipantId,
      caseTag: data.caseTag,
      lawVersion: meta.lawVersion,
      caseId: data.caseId,
      receiverKind,
      receiver: receiver?.pseudonym,
      receiverParticipantId: receiver?.participantId,
      receiverPerson: receiver?.person,
      receiverName,
      records: [...records],
      message: data.message,
    },
  });
};

const consent = ({ data, meta }: GiveConsent, state: LivingSent): Decided => {
  if (state.status !== 'prepared') return refuse('referral_already_sent');
  if (data.givenOn > meta.today) return invalid('givenOn', 'in_future');
  if (data.listHash !== listHashOf(state)) return refuse('consent_to_another_list');
  const written = v.writtenMethods.includes(data.method);
  if (state.receiverKind === 'physician' && !written) return refuse('physician_needs_written_consent');
  // Paper may have been printed under an earlier edition; the worker's own screen shows today's.
  if (!written && data.wordingVersion !== currentWording) return refuse('consent_needs_current_wording');
  if (written && data.evidenceBlob === undefined) return refuse('consent_needs_evidence');
  if (!written && data.evidenceBlob !== undefined) return invalid('evidenceBlob', 'only_with_a_signature');
  if (written && data.evidenceAttached !== true) return refuse('consent_evidence_not_in_case');
  if (data.method === 'paper' && data.holder === undefined) return refuse('paper_consent_needs_holder');
  if (data.method !== 'paper' && data.holder !== undefined) return invalid('holder', 'only_on_paper');
  const { evidenceAttached: _, ...given } = data;
  return accept<SentEvent>({
    type: 'ReferralConsentGiven',
    data: {
      ...given,
      applicantParticipantId: state.applicantParticipantId,
      wordingKey: wordingKeyOf(state.receiverKind),
    },
  });
};

const send = ({ data, meta }: SendReferral, state: LivingSent): Decided => {
  if (state.status !== 'prepared') return refuse('referral_already_sent');
  if (state.sender === undefined) return refuse('sender_no_longer_handles');
  if (state.consent === undefined) return refuse('consent_required');
  if (state.consent.listHash !== listHashOf(state)) return refuse('consent_to_another_list');
  const listed = new Set(state.records.map(({ recordId }) => recordId));
  if (data.copies.length !== listed.size || data.copies.some(({ recordId }) => !listed.has(recordId)))
    return invalid('copies', 'not_the_list');
  const copies = [...data.copies];
  if (v.hasDesk(state.receiverKind)) {
    if (data.words !== undefined) return invalid('words', 'only_without_a_desk');
    if (data.handedOverOn !== undefined) return invalid('handedOverOn', 'only_without_a_desk');
    const { today } = meta;
    return accept<SentEvent>({
      type: 'ReferralSentOut',
      data: {
        toDesk: true,
        answerDueOn: dueDate('referral_acceptance', today, state.lawVersion).due,
        expiresOn: dueDate('referral_expiry', today, state.lawVersion).due,
        sentOn: today,
        copies,
      },
    });
  }
  if (data.words === undefined) return invalid('words', 'required');
  if (data.handedOverOn === undefined) return invalid('handedOverOn', 'required');
  if (data.handedOverOn > meta.today) return invalid('handedOverOn', 'in_future');
  if (data.handedOverOn < state.consent.givenOn) return refuse('consent_required');
  return accept<SentEvent>({
    type: 'ReferralSentOut',
    data: { toDesk: false, sentOn: data.handedOverOn, copies, words: data.words },
  });
};

/** An answer from a desk that comes too late (withdrawn, expired) changes nothing; one by hand is refused. */
const answerable = (
  state: LivingSent,
  from: 'desk' | 'sender',
  on: LocalDate,
  today: LocalDate,
): Decided | undefined => {
  if (from === 'desk') return state.status === 'sent' ? undefined : nothing;
  switch (state.status) {
    case 'prepared':
      return refuse('referral_not_sent');
    case 'accepted':
    case 'declined':
      return refuse('referral_already_answered');
    case 'expired':
    case 'withdrawn':
      return refuse('referral_ended');
    case 'sent':
      if (state.toDesk) return refuse('receiver_answers_at_their_desk');
      if (on > today) return invalid('on', 'in_future');
      return on < state.sentOn ? invalid('on', 'before_sending') : undefined;
    default:
      return assertNever(state);
  }
};

const decideLiving = (command: Exclude<SentCommand, PrepareReferral>, state: LivingSent): Decided => {
  switch (command.type) {
    case 'ChangeRecords': {
      if (state.status !== 'prepared') return refuse('referral_already_sent');
      const { records } = command.data;
      const wrong = checkRecords(state.receiverKind, records);
      if (wrong !== undefined) return wrong;
      return listHashOf({ ...state, records }) === listHashOf(state)
        ? nothing
        : accept<SentEvent>({ type: 'ReferralRecordsChanged', data: { records: [...records] } });
    }
    case 'GiveConsent':
      return consent(command, state);
    case 'SendReferral':
      return send(command, state);
    case 'NoteAccepted': {
      const { from, on, note } = command.data;
      return (
        answerable(state, from, on, command.meta.today) ??
        accept<SentEvent>({ type: 'ReferralAccepted', data: { acceptedOn: on, note } })
      );
    }
    case 'NoteDeclined': {
      const { from, on, reason, note } = command.data;
      return (
        answerable(state, from, on, command.meta.today) ??
        accept<SentEvent>({ type: 'ReferralDeclined', data: { declinedOn: on, reason, note } })
      );
    }
    case 'WithdrawReferral':
      switch (state.status) {
        case 'withdrawn':
          return nothing;
        case 'declined':
        case 'expired':
          return refuse('referral_ended');
        case 'prepared':
        case 'sent':
        case 'accepted':
          return accept<SentEvent>({
            type: 'ReferralWithdrawn',
            data: { by: command.data.by, withdrawnOn: command.meta.today },
          });
        default:
          return assertNever(state);
      }
    case 'NoteReferralExpired': {
      const { expiresOn } = command.data;
      return state.status === 'sent' && state.expiresOn === expiresOn && command.meta.today >= expiresOn
        ? accept<SentEvent>({ type: 'ReferralExpired', data: { expiresOn } })
        : nothing;
    }
    case 'ChangeSender': {
      const { because, sender } = command.data;
      return state.sender === sender?.pseudonym
        ? nothing
        : accept<SentEvent>({
            type: 'ReferralSenderChanged',
            data: {
              because,
              sender: sender?.pseudonym,
              senderParticipantId: sender?.participantId,
              senderPerson: sender?.person,
            },
          });
    }
    default:
      return assertNever(command);
  }
};

/** The sender's side of a hand-over: prepared, agreed to, gone, answered or ended (domain.md §2, design.md §2). */
export const sentDecider: Decider<SentCommand, SentEvent, SentState> = {
  initial: initialSent,
  decide: (command, state) => {
    if (command.type === 'PrepareReferral')
      return state.status === 'none' ? prepare(command) : refuse('referral_exists');
    return state.status === 'none' ? reject({ kind: 'NotFound' }) : decideLiving(command, state);
  },
  evolve: evolveSent,
};
