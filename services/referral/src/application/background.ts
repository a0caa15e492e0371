import type { Rejection } from '@toeverlaat/event-log';
import { Deferred, type PublicEvent, type Reaction } from '@toeverlaat/messaging';
import { ignoredOfRecords, isHandedOver, partOf, reactionContext, timerContext } from '@toeverlaat/service-kit';
import { localDateOf, type OrganisationId } from '@toeverlaat/values';
import type { SenderChange } from '../domain/vocabulary.js';
import { referralsOfCase, settleSides, type Core } from './core.js';

/** Milliseconds a reaction waits for this service's own views; then it is tried again. */
const OWN_VIEWS_MS = 5_000;

/** Neither done nor needless: a few tries, then a person must look. */
class Unsettled extends Error {
  override readonly name = 'Unsettled';
}

const failureOf = (rejection: Rejection): Error =>
  rejection.kind === 'Unavailable' ? new Deferred(rejection.detail) : new Unsettled(rejection.kind);

/** What this service hears and has nothing to do with. */
export const ignoredEvents: readonly string[] = [
  'case.CaseOpened',
  'case.HearingOffered',
  'case.HearingHeld',
  'case.HearingTermMissed',
  'case.HearingNotTakenUp',
  'case.CaseClosed',
  'case.CaseReopened',
  'case.PersonalNotesDestructionScheduled',
  'case.AdviceGiven',
  'case.ThirdPartyEntryRecorded',
  'case.SubjectAccessRequested',
  'case.SubjectAccessAnswered',
  'case.SubjectAccessRefused',
  'referral.ReferralPrepared',
  'referral.ReferralSentOut',
  'referral.ReferralAccepted',
  'referral.ReferralDeclined',
  'referral.ReferralDelivered',
  'referral.FurtherAccessEnded',
  ...ignoredOfRecords,
];

/** What happens without a person: dates, and what other services tell. */
export const createBackground = (core: Core) => {
  const { runtime, sent, views } = core;

  const settle: Reaction = async ({ organisation, streamId }) => {
    const settled = await settleSides(core, organisation, streamId);
    if (!settled.ok) throw failureOf(settled.error);
  };

  /** Who left a case no longer has its referrals on their desk; who took it over takes them over by acting on them. */
  const leaveSender = async (event: PublicEvent, because: SenderChange): Promise<void> => {
    const { organisation, streamId: caseId } = event;
    const head = await runtime.log.head();
    if (head !== undefined && (await views.whenProcessed(head, OWN_VIEWS_MS)) === 'stale') throw new Deferred('views');
    const { ids } = await referralsOfCase(core, organisation, caseId);
    for (const id of ids) {
      const context = partOf(reactionContext('referral-sender', event), id);
      const outcome = await sent.execute(id, { type: 'ChangeSender', data: { because } }, context);
      if (!outcome.ok && outcome.rejection.kind !== 'Erased') throw failureOf(outcome.rejection);
    }
  };

  const reactions: Readonly<Record<string, Reaction>> = {
    ...core.notices.reactions,
    ...core.handed.reactions,
    'referral.ReferralWithdrawn': settle,
    'referral.ReferralExpired': settle,
    'referral.ReceivedReferralAccepted': settle,
    'referral.ReceivedReferralDeclined': settle,
    'case.HandoverProposed': async (event) => {
      if (event.data['cause'] === 'recusal') await leaveSender(event, 'recused');
    },
    'case.HandlerChanged': (event) => leaveSender(event, 'handed_over'),
  };

  runtime.telemetry.meter.watch('toeverlaat_terms_due', () => [
    {
      labels: {},
      value: views
        .query('sent')
        .acrossOrganisations<{ referral_id: string }>(
          "SELECT referral_id FROM sent WHERE status = 'sent' AND expires_on <= ?",
          [localDateOf(runtime.clock.now())],
        ).length,
    },
  ]);

  /** Notes every referral that nobody answered in time. Any replica may; twice is once. */
  const runTimers = async (): Promise<void> => {
    const today = localDateOf(runtime.clock.now());
    const due = views
      .query('sent')
      .acrossOrganisations<{ organisation: OrganisationId; referral_id: string; expires_on: string }>(
        "SELECT organisation, referral_id, expires_on FROM sent WHERE status = 'sent' AND expires_on <= ? ORDER BY expires_on, organisation, referral_id",
        [today],
      );
    for (const { organisation, referral_id: id, expires_on: expiresOn } of due) {
      // An answer that was given and not yet told comes first.
      const answered = await settleSides(core, organisation, id);
      if (!answered.ok) {
        runtime.logger.warn('referral could not be looked at for its term', { reason: answered.error.kind });
        continue;
      }
      const outcome = await sent.execute(
        id,
        { type: 'NoteReferralExpired', data: { expiresOn } },
        timerContext('referral-expired', organisation, id, expiresOn),
      );
      if (!outcome.ok) {
        // One that is at the next host runs out there.
        if (!isHandedOver(outcome.rejection))
          runtime.logger.warn('referral could not be noted as expired', { reason: outcome.rejection.kind });
        continue;
      }
      await settleSides(core, organisation, id);
    }
  };

  return { reactions, runTimers };
};
