import {
  designationQuery,
  preventionAdvisersQuery,
  type CommandReply,
  type CommandRequest,
  type RequestContext,
  type CommandData,
} from '@toeverlaat/contracts';
import type { followHandlerCommand, noteCaseClosedCommand, noteHearingCommand } from '@toeverlaat/contracts';
import { isErased, type CommandContext, type CommandOutcome } from '@toeverlaat/event-log';
import { Deferred, type Reaction } from '@toeverlaat/messaging';
import {
  commandContext,
  ignoredOfRecords,
  isService,
  partOf,
  reactionContext,
  replyOf,
  serviceRequest,
  timerContext,
} from '@toeverlaat/service-kit';
import { localDateOf, type LocalDate, type OrganisationId, type PersonId } from '@toeverlaat/values';
import type { LivingRequest, RequestCommand } from '../domain/request/index.js';
import { excludedFromCase, isApplicant, loadRequest, type Core } from './core.js';

const settle = (outcome: CommandOutcome): void => {
  // Any other refusal means that the world has moved on: there is nothing left to do.
  if (!outcome.ok && outcome.rejection.kind === 'Unavailable') throw new Deferred(outcome.rejection.detail);
};

type DueRow = { organisation: OrganisationId; request_id: string; hearing_due_on: LocalDate };

/** What this service hears and has nothing to do with. */
export const ignoredEvents: readonly string[] = [
  'directory.DesignationStarted',
  'directory.AbsenceStarted',
  'directory.AbsenceEnded',
  'directory.SuccessorNamed',
  'intake.ContactRequested',
  'intake.RequestAccepted',
  'intake.RequestWithdrawn',
  'intake.RequestEscalated',
  'intake.HearingTermMissed',
  'intake.ReceiptRegistered',
  'intake.RequestClosed',
  'intake.MessageSent',
  ...ignoredOfRecords,
];

export const createBackground = (core: Core) => {
  const { runtime, requests, views } = core;

  const run = async (id: string, command: Omit<RequestCommand, 'meta'>, context: CommandContext): Promise<void> => {
    settle(await requests.execute(id, command, context));
  };

  const due = (sql: string, today: LocalDate): readonly DueRow[] =>
    views
      .query('requests')
      .acrossOrganisations<DueRow>(
        `SELECT organisation, request_id, hearing_due_on FROM requests WHERE status <> 'ended' AND ${sql}`,
        [today],
      );

  /** Whom the worker named, if they may still be told; exclusions apply (design rule 10). */
  const toTell = async (
    context: CommandContext,
    requestId: string,
    request: LivingRequest,
  ): Promise<{ readonly pseudonym: string; readonly capacity: string } | undefined> => {
    const { organisation } = context;
    const ask = serviceRequest('intake', context);
    /** Of an accepted request: its case knows who may not be told. */
    const mayNot = async (ref: { readonly home: OrganisationId; readonly person: PersonId }): Promise<boolean> => {
      if (request.status !== 'accepted') return false;
      const excluded = await excludedFromCase(core, ask, organisation, requestId, ref);
      if (!excluded.ok) throw new Deferred(excluded.error.kind);
      return excluded.value;
    };
    if (request.escalation === 'second_counsellor' && request.second !== undefined) {
      const second = await runtime.rpc.query(designationQuery, ask, { designationId: request.second.designationId });
      if (!second.ok && second.rejection.kind === 'Unavailable') throw new Deferred(second.rejection.detail);
      if (!second.ok || !second.value.inEffect || isApplicant(request, second.value, organisation)) return undefined;
      if (await mayNot({ home: second.value.home, person: second.value.person })) return undefined;
      return { pseudonym: second.value.pseudonyms[0] ?? request.second.handler, capacity: 'counsellor' };
    }
    const advisers = await runtime.rpc.query(preventionAdvisersQuery, ask, { siteId: request.site });
    if (!advisers.ok) {
      if (advisers.rejection.kind === 'Unavailable') throw new Deferred(advisers.rejection.detail);
      return undefined;
    }
    const person = request.person === undefined || isErased(request.person) ? undefined : request.person;
    for (const { home, person: adviser, pseudonyms } of advisers.value) {
      const [pseudonym] = pseudonyms;
      if (pseudonym === undefined || (adviser === person && home === organisation)) continue;
      if (!(await mayNot({ home, person: adviser }))) return { pseudonym, capacity: 'prevention_adviser' };
    }
    return undefined;
  };

  runtime.telemetry.meter.watch('toeverlaat_terms_due', () => [
    {
      labels: {},
      value: due(`hearing = 'awaited' AND hearing_due_on <= ?`, localDateOf(runtime.clock.now())).length,
    },
  ]);

  /** Carries out what dates demand. A run tells the worker, the next one whom they named: the worker hears first. */
  const runTimers = async (): Promise<void> => {
    const today = localDateOf(runtime.clock.now());
    const toEscalate = due(`warned = 'worker' AND hearing <> 'heard' AND escalate_on <= ?`, today);
    const toAnnounce = due(`warned = 'no' AND hearing = 'awaited' AND announce_on <= ?`, today);
    const passed = due(`hearing = 'awaited' AND hearing_due_on < ?`, today);

    for (const row of toEscalate) {
      const context = timerContext('escalate', row.organisation, row.request_id, row.hearing_due_on);
      const found = await loadRequest(core, row.organisation, row.request_id);
      if (!found.ok || found.value.request.escalation === 'nobody') continue;
      const to = await toTell(context, row.request_id, found.value.request);
      await run(row.request_id, { type: 'Escalate', data: { hearingDueOn: row.hearing_due_on, to } }, context);
    }
    for (const row of toAnnounce) {
      const context = timerContext('announce', row.organisation, row.request_id, row.hearing_due_on);
      await run(row.request_id, { type: 'AnnounceTimeShort', data: { hearingDueOn: row.hearing_due_on } }, context);
    }
    for (const row of passed) {
      const context = timerContext('hearing term', row.organisation, row.request_id, row.hearing_due_on);
      await run(row.request_id, { type: 'NoteTermPassed', data: { hearingDueOn: row.hearing_due_on } }, context);
    }
  };

  const reactions: Readonly<Record<string, Reaction>> = {
    ...core.notices.reactions,
    ...core.handed.reactions,
    /** A request that still waits for a counsellor whose designation ended goes back to the worker. */
    'directory.DesignationEnded': async (event) => {
      const context = reactionContext('intake designation ended', event);
      const designation = await runtime.rpc.query(designationQuery, serviceRequest('intake', context), {
        designationId: event.streamId,
      });
      if (!designation.ok) {
        if (designation.rejection.kind === 'Unavailable') throw new Deferred(designation.rejection.detail);
        return;
      }
      for (const handler of designation.value.pseudonyms) {
        const waiting = views
          .query('requests')
          .all<{ request_id: string }>(
            `SELECT request_id FROM requests WHERE organisation = ? AND handler = ? AND status = 'waiting'`,
            [event.organisation, handler],
          );
        for (const row of waiting)
          await run(
            row.request_id,
            { type: 'StepBack', data: { handler, ground: 'designation_ended' } },
            partOf(context, row.request_id),
          );
      }
    },
    /** The old code dies with the link; both requests are intake's own. */
    'intake.EarlierRequestLinked': async (event) => {
      const context = reactionContext('intake earlier request linked', event);
      const found = await loadRequest(core, event.organisation, event.streamId);
      if (!found.ok) {
        if (found.error.kind === 'Unavailable') throw new Deferred(found.error.detail);
        return;
      }
      const { earlierRequestId } = found.value.request;
      if (earlierRequestId !== undefined)
        await run(earlierRequestId, { type: 'RevokeReceipt', data: { because: 'linked' } }, context);
    },
  };

  const byCase = async <T extends { readonly requestId: string }>(
    context: RequestContext,
    request: CommandRequest<T>,
    command: Omit<RequestCommand, 'meta'>,
  ): Promise<CommandReply> => {
    if (!isService(context.caller, 'case')) return { ok: false, rejection: { kind: 'NotFound' } };
    const actor = { pseudonym: 'system', capacity: 'system' };
    const outcome = await requests.execute(request.data.requestId, command, commandContext(context, request, actor));
    return replyOf(request.data.requestId, outcome);
  };

  const noteHearing = (context: RequestContext, request: CommandRequest<CommandData<typeof noteHearingCommand>>) =>
    byCase(context, request, { type: 'NoteHearing', data: { state: request.data.state } });
  const followHandler = (
    context: RequestContext,
    request: CommandRequest<CommandData<typeof followHandlerCommand>>,
  ) => {
    const { handler, designationId } = request.data;
    return byCase(context, request, { type: 'FollowHandler', data: { handler, designationId } });
  };
  const noteCaseClosed = (
    context: RequestContext,
    request: CommandRequest<CommandData<typeof noteCaseClosedCommand>>,
  ) => byCase(context, request, { type: 'CloseRequest', data: {} });

  return { runTimers, reactions, noteHearing, followHandler, noteCaseClosed };
};
export type Background = ReturnType<typeof createBackground>;
