import {
  caseIdOfRequest,
  designationQuery,
  designationsOfQuery,
  followHandlerCommand,
  noteCaseClosedCommand,
  noteHearingCommand,
  organisationProfileQuery,
  requestForCaseQuery,
} from '@toeverlaat/contracts';
import { plainText, type CommandContext, type CommandOutcome, type Rejection } from '@toeverlaat/event-log';
import { Deferred, type PublicEvent, type Reaction } from '@toeverlaat/messaging';
import {
  derivedId,
  ignoredOfRecords,
  partOf,
  reactionContext,
  serviceRequest,
  timerContext,
} from '@toeverlaat/service-kit';
import {
  localDateOf,
  startOfDate,
  type Instant,
  type LocalDate,
  type OrganisationId,
  type Result,
} from '@toeverlaat/values';
import { randomInt } from 'node:crypto';
import { personOf, type CaseCommand } from '../domain/case/index.js';
import type { DeskRow } from '../views/index.js';
import { type CaseCore, type ExistingCase } from './core.js';
import { adviceFact, factDayOf, factsOf, newFactId, registerFacts, shuffled, type CountedFact } from './facts.js';

type Bare<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;

/** Gives reporting a batch; idempotent by fact id. */
export type FactSink = (
  organisation: OrganisationId,
  facts: readonly CountedFact[],
) => Promise<Result<undefined, Rejection>>;

/** Milliseconds a look at facts waits for this service's own views; then it is put off. */
const VIEWS_MS = 5_000;

const OPEN_FROM_REQUEST = 'case open from request';

/** What this service hears and has nothing to do with. */
export const ignoredEvents: readonly string[] = [
  'intake.ContactRequested',
  'intake.RequestWithdrawn',
  'intake.RequestEscalated',
  'intake.HearingTermMissed',
  'intake.EarlierRequestLinked',
  'intake.ReceiptRegistered',
  'intake.RequestClosed',
  'intake.MessageSent',
  'directory.DesignationStarted',
  'directory.AbsenceStarted',
  'directory.AbsenceEnded',
  'case.CaseOpened',
  'case.HearingNotTakenUp',
  'case.CaseReopened',
  'case.HandoverProposed',
  'case.PersonalNotesDestructionScheduled',
  'case.AdviceGiven',
  'case.ThirdPartyEntryRecorded',
  'case.SubjectAccessRequested',
  'case.SubjectAccessAnswered',
  'case.SubjectAccessRefused',
  ...ignoredOfRecords,
];

export const createBackground = (core: CaseCore, deliverFacts: FactSink | undefined) => {
  const { runtime, views } = core;
  const { rpc } = runtime;

  const settle = (outcome: CommandOutcome): void => {
    // Any other refusal means that the world has moved on: there is nothing left to do.
    if (!outcome.ok && outcome.rejection.kind === 'Unavailable') throw new Deferred(outcome.rejection.detail);
  };
  const answered = <T>(answer: { ok: true; value: T } | { ok: false; rejection: Rejection }): T | undefined => {
    if (answer.ok) return answer.value;
    if (answer.rejection.kind === 'Unavailable') throw new Deferred(answer.rejection.detail);
    return undefined;
  };
  const run = async (id: string, command: Bare<CaseCommand>, context: CommandContext): Promise<void> =>
    settle(await core.cases.execute(id, command as Omit<CaseCommand, 'meta'>, context));

  const loadCase = async (organisation: OrganisationId, id: string): Promise<ExistingCase | undefined> => {
    const loaded = await core.cases.load(organisation, id);
    if (loaded.kind === 'unavailable') throw new Deferred(loaded.detail);
    return loaded.kind === 'loaded' && loaded.state.status !== 'absent' ? loaded.state : undefined;
  };

  /** A request that the counsellor accepted becomes a case; what it takes over comes by RPC, never over the broker. */
  const openFromRequest: Reaction = async (event) => {
    const context = reactionContext(OPEN_FROM_REQUEST, event);
    const { organisation } = event;
    const ask = serviceRequest('case', context);
    const request = answered(await rpc.query(requestForCaseQuery, ask, { requestId: event.streamId }));
    if (request === undefined) return;
    const designation = answered(await rpc.query(designationQuery, ask, { designationId: request.designationId }));
    const profile = answered(await rpc.query(organisationProfileQuery, ask, {}));
    if (designation === undefined || profile === undefined) throw new Deferred('designation or profile');
    const identity = request.way === 'signed_in' ? 'account' : request.way;
    await run(
      caseIdOfRequest(organisation, event.streamId),
      {
        type: 'OpenCase',
        data: {
          handler: {
            pseudonym: designation.pseudonyms[0] ?? request.handler,
            participantId: derivedId(context.commandId, 'handler'),
            person: { organisation: designation.home, person: designation.person },
          },
          applicant: {
            participantId: request.applicantParticipantId,
            identity,
            person: request.person === null ? undefined : { organisation, person: request.person },
            name: request.name === null || identity === 'anonymous' ? undefined : plainText(request.name),
            receiptLookupId: request.receipt?.lookupId,
            receiptPublicKey: request.receipt?.publicKey,
          },
          origin: 'accepted_request',
          requestId: request.requestId,
          site: request.site,
          firstContactOn: request.firstContactOn,
          language: request.language,
          kindOfFacts: request.kindOfFacts ?? undefined,
          summary: request.message === null ? undefined : plainText(request.message.slice(0, 4000)),
          writtenCounts: profile.settings.writtenMessagesCount,
          factId: newFactId(),
        },
      },
      context,
    );
  };

  /** Open cases go to whom their applicants choose; until then nothing moves. */
  const designationEnded: Reaction = async (event) => {
    const context = reactionContext('case designation ended', event);
    const { organisation } = event;
    const ask = serviceRequest('case', context);
    const ended = answered(await rpc.query(designationQuery, ask, { designationId: event.streamId }));
    if (ended === undefined) return;
    const [first] = ended.successors;
    const successor =
      first === undefined ? undefined : answered(await rpc.query(designationQuery, ask, { designationId: first }));
    for (const handler of ended.pseudonyms) {
      const rows = views
        .query('case_desk')
        .all<Pick<DeskRow, 'case_id'>>(
          'SELECT case_id FROM desk WHERE organisation = ? AND handler = ? AND closed = 0',
          [organisation, handler],
        );
      for (const { case_id } of rows) {
        const handoverId = derivedId(context.commandId, `handover ${case_id}`);
        const [pseudonym] = successor?.pseudonyms ?? [];
        await run(
          case_id,
          {
            type: 'ProposeHandover',
            data: {
              handoverId,
              handler,
              successor:
                successor === undefined || pseudonym === undefined || !successor.inEffect
                  ? undefined
                  : {
                      pseudonym,
                      participantId: derivedId(context.commandId, `successor ${case_id}`),
                      person: { organisation: successor.home, person: successor.person },
                    },
            },
          },
          partOf(context, case_id),
        );
      }
    }
  };

  /** A successor named after the designation ended reaches the cases that wait. */
  const successorNamed: Reaction = async (event) => {
    const context = reactionContext('case successor named', event);
    const { organisation } = event;
    const ask = serviceRequest('case', context);
    const ended = answered(await rpc.query(designationQuery, ask, { designationId: event.streamId }));
    const named = event.data['successor'];
    if (ended === undefined || typeof named !== 'string') return;
    const successor = answered(await rpc.query(designationQuery, ask, { designationId: named }));
    const [pseudonym] = successor?.pseudonyms ?? [];
    if (successor === undefined || pseudonym === undefined || !successor.inEffect) return;
    for (const handler of ended.pseudonyms) {
      const rows = views
        .query('case_desk')
        .all<Pick<DeskRow, 'case_id' | 'handover_id'>>(
          'SELECT case_id, handover_id FROM desk WHERE organisation = ? AND handler = ? AND closed = 0 AND handover_id IS NOT NULL',
          [organisation, handler],
        );
      for (const { case_id, handover_id } of rows)
        await run(
          case_id,
          {
            type: 'NameSuccessor',
            data: {
              handoverId: handover_id ?? '',
              successor: {
                pseudonym,
                participantId: derivedId(context.commandId, `successor ${case_id}`),
                person: { organisation: successor.home, person: successor.person },
              },
            },
          },
          partOf(context, case_id),
        );
    }
  };

  /** Tells intake what became of a request it accepted; a case that the counsellor opened has none. */
  const tellIntake =
    (name: string, tell: (requestId: string, event: PublicEvent, context: CommandContext) => Promise<void>): Reaction =>
    async (event) => {
      const state = await loadCase(event.organisation, event.streamId);
      if (state?.requestId !== undefined) await tell(state.requestId, event, reactionContext(name, event));
    };
  const noteHearing = (state: 'heard' | 'offered' | 'missed'): Reaction =>
    tellIntake(`case hearing ${state}`, async (requestId, _event, context) => {
      const reply = await rpc.command(noteHearingCommand, serviceRequest('case', context), {
        commandId: context.commandId,
        data: { requestId, state },
      });
      if (!reply.ok && reply.rejection.kind === 'Unavailable') throw new Deferred(reply.rejection.detail);
    });
  const caseClosed = tellIntake('case closed', async (requestId, _event, context) => {
    const reply = await rpc.command(noteCaseClosedCommand, serviceRequest('case', context), {
      commandId: context.commandId,
      data: { requestId },
    });
    if (!reply.ok && reply.rejection.kind === 'Unavailable') throw new Deferred(reply.rejection.detail);
  });
  const handlerChanged: Reaction = async (event) => {
    const state = await loadCase(event.organisation, event.streamId);
    const person = personOf(state?.handler.person);
    if (state?.requestId === undefined || person === undefined) return;
    const context = reactionContext('case handler changed', event);
    const ask = serviceRequest('case', context);
    const designations = answered(
      await rpc.query(designationsOfQuery, ask, { home: person.organisation, person: person.person }),
    );
    const designation = designations?.find(
      ({ inEffect, organisation }) => inEffect && organisation === event.organisation,
    );
    if (designation === undefined) return;
    const reply = await rpc.command(followHandlerCommand, ask, {
      commandId: context.commandId,
      data: { requestId: state.requestId, handler: state.handler.pseudonym, designationId: designation.designationId },
    });
    if (!reply.ok && reply.rejection.kind === 'Unavailable') throw new Deferred(reply.rejection.detail);
  };

  const reactions: Readonly<Record<string, Reaction>> = {
    ...core.notices.reactions,
    ...core.handed.reactions,
    'intake.RequestAccepted': openFromRequest,
    'directory.DesignationEnded': designationEnded,
    'directory.SuccessorNamed': successorNamed,
    'case.HearingHeld': noteHearing('heard'),
    'case.HearingOffered': noteHearing('offered'),
    'case.HearingTermMissed': noteHearing('missed'),
    'case.CaseClosed': caseClosed,
    'case.HandlerChanged': handlerChanged,
  };

  /** Any replica may: the command's id is made of case, term and due date, and a second one decides to nothing. */
  runtime.telemetry.meter.watch('toeverlaat_terms_due', () => [
    {
      labels: {},
      value: views
        .query('case_desk')
        .acrossOrganisations<{ case_id: string }>(
          "SELECT case_id FROM desk WHERE hearing = 'due' AND closed = 0 AND hearing_due_on <= ?",
          [localDateOf(runtime.clock.now())],
        ).length,
    },
  ]);

  const noteTermsPassed = async (): Promise<void> => {
    const today = localDateOf(runtime.clock.now());
    const due = views
      .query('case_desk')
      .acrossOrganisations<{ organisation: OrganisationId; case_id: string; hearing_due_on: LocalDate }>(
        "SELECT organisation, case_id, hearing_due_on FROM desk WHERE hearing = 'due' AND closed = 0 AND hearing_due_on < ?",
        [today],
      );
    for (const { organisation, case_id, hearing_due_on } of due)
      await run(
        case_id,
        { type: 'NoteTermPassed', data: { term: 'hearing', dueOn: hearing_due_on } },
        timerContext('hearing', organisation, case_id, hearing_due_on),
      );
  };

  /**
   * Hands reporting the facts of the days before, each organisation's in one batch and in an order of chance. What belongs to
   * the batch of a day follows from the log alone: all that was recorded before that day began. So a restart, another replica
   * and a delivery that broke off give the rest of the same batch and nothing that came in since; a fact never comes alone
   * because it was recorded a moment ago. First reporting has them, then the case notes it: a crash between the two delivers
   * them again, under the same ids.
   * @returns whether all of it was handed over; what was not comes with the next look
   */
  const releaseFacts = async (): Promise<boolean> => {
    if (deliverFacts === undefined) return true;
    const day = factDayOf(runtime.clock.now());
    const before = new Date(Date.parse(startOfDate(day)) - 1).toISOString();
    // A list that lags behind would leave a part of the batch for later on the same day.
    const head = await runtime.log.head();
    if (head !== undefined && (await views.whenProcessed(head, VIEWS_MS)) === 'stale') return false;
    type Pending = { organisation: OrganisationId; id: string };
    const cases = views
      .query('case_desk')
      .acrossOrganisations<Pending>('SELECT organisation, case_id AS id FROM desk WHERE facts_pending > 0');
    const advice = views
      .query('advice_contacts')
      .acrossOrganisations<Pending>('SELECT organisation, advice_id AS id FROM advice WHERE fact_pending = 1');
    const entries = views
      .query('third_party_register')
      .acrossOrganisations<Pending>('SELECT organisation, entry_id AS id FROM register WHERE facts_pending = 1');
    let whole = true;
    for (const organisation of new Set([...cases, ...advice, ...entries].map((row) => row.organisation))) {
      const ofIt = (rows: readonly Pending[]) => rows.filter((row) => row.organisation === organisation);
      const pending = { cases: ofIt(cases), advice: ofIt(advice), entries: ofIt(entries) };
      const batch = await batchOf(organisation, before, pending);
      if (batch === undefined) {
        // All or nothing: one case whose key cannot be had now must not come by itself later on.
        runtime.logger.warn('facts wait for what is unavailable', { reason: 'key' });
        whole = false;
        continue;
      }
      if (batch.facts.length === 0) continue;
      const given = await deliverFacts(
        organisation,
        shuffled(batch.facts, (n) => randomInt(n)),
      );
      if (!given.ok) {
        whole = false;
        continue;
      }
      for (const note of batch.noted) await note();
    }
    return whole;
  };

  /** What one organisation's batch holds, and how its records note it; undefined when one of them cannot be read now. */
  const batchOf = async (
    organisation: OrganisationId,
    before: Instant,
    { cases, advice, entries }: Readonly<Record<'cases' | 'advice' | 'entries', readonly { readonly id: string }[]>>,
  ): Promise<{ facts: readonly CountedFact[]; noted: readonly (() => Promise<void>)[] } | undefined> => {
    const facts: CountedFact[] = [];
    const noted: (() => Promise<void>)[] = [];
    for (const { id } of cases) {
      const [then, now] = [
        await core.cases.load(organisation, id, { asOf: before }),
        await core.cases.load(organisation, id),
      ];
      if (then.kind === 'unavailable' || now.kind === 'unavailable') return undefined;
      if (then.kind !== 'loaded' || now.kind !== 'loaded') continue;
      if (then.state.status === 'absent' || now.state.status === 'absent') continue;
      const known = new Set(then.state.facts.map(({ factId }) => factId));
      const own = factsOf(now.state).filter(({ factId }) => known.has(factId));
      if (own.length === 0) continue;
      facts.push(...own);
      const factIds = own.map(({ factId }) => factId);
      // The command is told by how many went before, not by which these are: a name made of clear ids can be tried out.
      const context = timerContext('facts', organisation, id, String(now.state.releasedFacts.length));
      noted.push(() => run(id, { type: 'ReleaseFacts', data: { factIds } }, context));
    }
    for (const { id } of advice) {
      const then = await core.advice.load(organisation, id, { asOf: before });
      const now = await core.advice.load(organisation, id);
      if (then.kind === 'unavailable' || now.kind === 'unavailable') return undefined;
      if (then.kind !== 'loaded' || then.state.status === 'absent' || now.kind !== 'loaded') continue;
      if (now.state.status === 'absent' || now.state.factReleased) continue;
      facts.push(adviceFact(now.state));
      const context = timerContext('advice fact', organisation, id, 'once');
      noted.push(async () => settle(await core.advice.execute(id, { type: 'ReleaseAdviceFact', data: {} }, context)));
    }
    for (const { id } of entries) {
      const then = await core.thirdParty.load(organisation, id, { asOf: before });
      const now = await core.thirdParty.load(organisation, id);
      if (then.kind === 'unavailable' || now.kind === 'unavailable') return undefined;
      if (then.kind !== 'loaded' || then.state.status === 'absent' || now.kind !== 'loaded') continue;
      if (now.state.status === 'absent' || now.state.factsReleased) continue;
      facts.push(...registerFacts(now.state));
      const context = timerContext('register facts', organisation, id, 'once');
      noted.push(async () =>
        settle(await core.thirdParty.execute(id, { type: 'ReleaseThirdPartyFacts', data: {} }, context)),
      );
    }
    return { facts, noted };
  };

  return { reactions, noteTermsPassed, releaseFacts };
};
