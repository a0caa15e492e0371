import { keptIdOf, keptParts } from '@toeverlaat/contracts';
import type { RetentionRuleId, RetentionStart } from '@toeverlaat/legal';
import { Deferred, type PublicEvent, type Reaction } from '@toeverlaat/messaging';
import { partOf, reactionContext } from '@toeverlaat/service-kit';
import { localDateOf, type LocalDate } from '@toeverlaat/values';
import { receiptSubject, type KeptCommand } from '../domain/kept-record/index.js';
import type { Owner } from '../domain/retention-vocabulary.js';
import { versionsOf, type RetentionCore } from './core.js';

/** A command without what every command of a kept record has. */
type Bare = KeptCommand extends infer C
  ? C extends { readonly type: infer T; readonly data: infer D }
    ? { readonly type: T; readonly data: Omit<D, 'keptId' | 'versions'> }
    : never
  : never;

/** What one public event means for one kept record; `part`: one that is kept by a rule of its own. */
type Step = { readonly record: string; readonly part?: string; readonly command: Bare };

const textIn = (event: PublicEvent, name: string): string => {
  const value = event.data[name];
  if (typeof value !== 'string') throw new TypeError(`${event.type} has no ${name}`);
  return value;
};
const dayOf = (event: PublicEvent): LocalDate => localDateOf(event.recordedAt);

const begin = (
  event: PublicEvent,
  service: Owner,
  recordClass: RetentionRuleId,
  subject: string,
  more: { readonly part?: string; readonly trigger?: RetentionStart; readonly on?: LocalDate } = {},
): Step => {
  const recordedOn = dayOf(event);
  const { part, trigger, on } = more;
  return {
    record: event.streamId,
    ...(part === undefined ? {} : { part }),
    command: {
      type: 'BeginKeeping',
      data: {
        service,
        recordClass,
        record: event.streamId,
        subject,
        recordedOn,
        term: trigger === undefined ? undefined : { trigger, start: on ?? recordedOn },
      },
    },
  };
};

const start = (
  event: PublicEvent,
  trigger: RetentionStart,
  more: { readonly part?: string; readonly on?: LocalDate; readonly because?: 'new_message' } = {},
): Step => ({
  record: event.streamId,
  ...(more.part === undefined ? {} : { part: more.part }),
  command: {
    type: 'StartTerm',
    data: {
      trigger,
      start: more.on ?? dayOf(event),
      because: more.because ?? 'closed',
      recordedOn: dayOf(event),
    },
  },
});

/** A receipt is kept by a rule of its own, and is a part of its request with a key of its own. */
const RECEIPT = keptParts.receipt;
/** The receiver's side of a referral has the id of the sender's. */
const RECEIVED = keptParts.received;

/**
 * What the public events of the other services say about keeping: class, state and the dates of terms, and nothing else. Each
 * is recorded here as an event of our own, so that what is kept is rebuilt from our log alone (design §6).
 */
const means: Readonly<Record<string, (event: PublicEvent) => readonly Step[]>> = {
  'case.CaseOpened': (event) => [begin(event, 'case', 'informal_case', `case/${event.streamId}`)],
  'case.CaseClosed': (event) => [start(event, 'closed', { on: textIn(event, 'closedOn') })],
  'case.CaseReopened': (event) => [
    { record: event.streamId, command: { type: 'StopTerm', data: { recordedOn: dayOf(event) } } },
  ],
  'case.PersonalNotesDestructionScheduled': (event) => {
    const author = textIn(event, 'authorParticipantId');
    return [
      begin(event, 'case', 'personal_notes_of_a_leaver', `case/${event.streamId}#${author}`, {
        part: author,
        trigger: 'designation_ended',
      }),
    ];
  },
  'case.AdviceGiven': (event) => [
    begin(event, 'case', 'advice_contact', `advice/${event.streamId}`, { trigger: 'recorded' }),
  ],
  // Also when the statement is entered later than it was made.
  'case.ThirdPartyEntryRecorded': (event) => [
    begin(event, 'case', 'third_party_entry', `third_party_entry/${event.streamId}`, {
      trigger: 'statement',
      on: textIn(event, 'statementOn'),
    }),
  ],
  'case.SubjectAccessRequested': (event) => [
    begin(event, 'case', 'subject_access', `subject_access/${event.streamId}`),
  ],
  'case.SubjectAccessAnswered': (event) => [start(event, 'closed')],
  'case.SubjectAccessRefused': (event) => [start(event, 'closed')],
  'intake.ContactRequested': (event) => [
    begin(event, 'intake', 'contact_request_unanswered', `request/${event.streamId}`, { trigger: 'last_message' }),
  ],
  'intake.MessageSent': (event) => [start(event, 'last_message', { because: 'new_message' })],
  'intake.RequestAccepted': (event) => [
    {
      record: event.streamId,
      command: { type: 'Reclassify', data: { recordClass: 'contact_request', recordedOn: dayOf(event) } },
    },
  ],
  'intake.RequestClosed': (event) => [start(event, 'closed'), start(event, 'closed', { part: RECEIPT })],
  'intake.RequestWithdrawn': (event) => [start(event, 'closed', { part: RECEIPT })],
  'intake.ReceiptRegistered': (event) => [
    begin(event, 'intake', 'receipt', receiptSubject(event.streamId), { part: RECEIPT }),
  ],
  'referral.ReferralPrepared': (event) => [
    begin(event, 'referral', 'referral_sent', `referral_sent/${event.streamId}`),
  ],
  'referral.ReferralAccepted': (event) => [start(event, 'ended')],
  'referral.ReferralDeclined': (event) => [start(event, 'ended')],
  'referral.ReferralWithdrawn': (event) => [start(event, 'ended')],
  'referral.ReferralExpired': (event) => [start(event, 'ended')],
  'referral.ReferralDelivered': (event) => [
    begin(event, 'referral', 'referral_received', `referral_received/${event.streamId}`, { part: RECEIVED }),
  ],
  'referral.ReceivedReferralAccepted': (event) => [start(event, 'ended', { part: RECEIVED })],
  'referral.ReceivedReferralDeclined': (event) => [start(event, 'ended', { part: RECEIVED })],
  'referral.FurtherAccessEnded': (event) => [start(event, 'ended', { part: RECEIVED })],
};

/** What its owner publishes for others and says nothing about keeping. */
export const ignoredEvents: readonly string[] = [
  'case.HearingOffered',
  'case.HearingHeld',
  'case.HearingTermMissed',
  'case.HearingNotTakenUp',
  'case.HandoverProposed',
  'case.HandlerChanged',
  'intake.RequestEscalated',
  'intake.HearingTermMissed',
  'intake.EarlierRequestLinked',
  'referral.ReferralSentOut',
  'records.KeptUntilMoved',
  'records.FilesReopened',
];

const ownerOf = (event: PublicEvent): Owner => {
  const service = event.type.slice(0, event.type.indexOf('.'));
  if (service !== 'case' && service !== 'intake' && service !== 'referral')
    throw new TypeError(`${event.type} is of no service that keeps records`);
  return service;
};

/** Reactions to what others made public. A repeat decides to nothing (design rule 8). */
export const createFeed = (core: RetentionCore): Readonly<Record<string, Reaction>> => {
  const react =
    (steps: (event: PublicEvent) => readonly Step[]): Reaction =>
    async (event) => {
      const { organisation } = event;
      const versions = await versionsOf(core, organisation);
      if (!versions.ok) throw new Deferred(versions.error.kind);
      const context = reactionContext('what is kept', event);
      for (const { record, part, command } of steps(event)) {
        const keptId = keptIdOf(organisation, ownerOf(event), record, part);
        const outcome = await core.records.execute(
          keptId,
          { ...command, data: { ...command.data, keptId, versions: versions.value } } as Omit<KeptCommand, 'meta'>,
          partOf(context, keptId),
        );
        if (!outcome.ok && outcome.rejection.kind === 'Unavailable') throw new Deferred(outcome.rejection.detail);
      }
    };
  return Object.fromEntries(Object.entries(means).map(([type, steps]) => [type, react(steps)]));
};
