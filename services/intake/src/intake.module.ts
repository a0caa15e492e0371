import { Module } from '@nestjs/common';
import {
  acceptRequestCommand,
  askContactCommand,
  authenticateReceiptQuery,
  beforeSendingQuery,
  chooseCounsellorCommand,
  claimEarlierRequestCommand,
  declineAppointmentsCommand,
  followHandlerCommand,
  healthQueries,
  linkEarlierRequestCommand,
  markSeenCommand,
  noteCaseClosedCommand,
  noteHearingCommand,
  ownRequestQuery,
  ownRequestsQuery,
  pickAppointmentCommand,
  proposeAppointmentsCommand,
  replaceReceiptCommand,
  requestForCaseQuery,
  requestQuery,
  requestsQuery,
  sendMessageCommand,
  sendRequestCommand,
  stepBackCommand,
  withdrawRequestCommand,
} from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import { createReactor, type PublicEventSource } from '@toeverlaat/messaging';
import {
  createRpcController,
  serveCommand,
  serveQuery,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { ok } from '@toeverlaat/values';
import { createBackground } from './application/background.js';
import { createCommands } from './application/commands.js';
import { createCore } from './application/core.js';
import { createQueries } from './application/queries.js';
import { intakePublicEvents } from './public-events.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class IntakeModule {}

/** Public events of other services that intake reacts to. */
export type IntakeSources = { readonly directory: readonly PublicEventSource[] };

/** The intake service over what the composition root gives it. */
export const createIntakeService = (runtime: ServiceRuntime, sources: IntakeSources): ServiceHandle => {
  const { logger } = runtime;
  const core = createCore(runtime);
  const { views } = core;
  const commands = createCommands(core);
  const queries = createQueries(core);
  const background = createBackground(core);
  const reactor = createReactor({
    name: 'intake',
    log: runtime.log,
    sources: [...sources.directory, ...intakePublicEvents],
    reactions: background.reactions,
    store: runtime.reactorStore,
    onParked: ({ event, position, reason, attempts }) => {
      logger.error('event parked', { eventType: event.type, position, reason, attempts });
    },
    onFailed: (error) => {
      logger.error('reactions stopped', { error });
    },
  });
  const awaitable = {
    whenProcessed: (position: string, timeoutMs: number) => views.whenProcessed(position as Position, timeoutMs),
  };
  const health = async () => {
    const [status] = await views.status();
    return ok({
      status:
        status?.state === 'failed'
          ? ('failing' as const)
          : status?.state === 'following'
            ? ('ok' as const)
            : ('starting' as const),
    });
  };
  const controller = createRpcController('IntakeController', [
    serveCommand(sendRequestCommand, commands.sendRequest),
    serveCommand(withdrawRequestCommand, commands.withdrawRequest),
    serveCommand(chooseCounsellorCommand, commands.chooseCounsellor),
    serveCommand(claimEarlierRequestCommand, commands.claimEarlierRequest),
    serveCommand(linkEarlierRequestCommand, commands.linkEarlierRequest),
    serveCommand(replaceReceiptCommand, commands.replaceReceipt),
    serveCommand(acceptRequestCommand, commands.acceptRequest),
    serveCommand(stepBackCommand, commands.stepBack),
    serveCommand(proposeAppointmentsCommand, commands.proposeAppointments),
    serveCommand(pickAppointmentCommand, commands.pickAppointment),
    serveCommand(declineAppointmentsCommand, commands.declineAppointments),
    serveCommand(sendMessageCommand, commands.sendMessage),
    serveCommand(markSeenCommand, commands.markSeen),
    serveCommand(askContactCommand, commands.askContact),
    serveCommand(noteHearingCommand, background.noteHearing),
    serveCommand(followHandlerCommand, background.followHandler),
    serveCommand(noteCaseClosedCommand, background.noteCaseClosed),
    serveQuery(ownRequestQuery, queries.ownRequest, awaitable),
    serveQuery(ownRequestsQuery, queries.ownRequests, awaitable),
    serveQuery(requestsQuery, queries.listRequests, awaitable),
    serveQuery(requestQuery, queries.openRequest, awaitable),
    serveQuery(requestForCaseQuery, queries.requestForCase, awaitable),
    serveQuery(authenticateReceiptQuery, queries.authenticateReceipt, awaitable),
    serveQuery(beforeSendingQuery, queries.beforeSending),
    serveQuery(healthQueries.intake, health),
  ]);
  return {
    name: 'intake',
    module: { module: IntakeModule, controllers: [controller] },
    start: async () => {
      await views.start();
      reactor.start();
    },
    stop: async () => {
      await reactor.stop();
      await runtime.recorder.flush();
      await views.stop();
    },
    runTimers: async () => {
      await background.runTimers();
      await runtime.recorder.flush();
    },
    whenSettled: async (position, timeoutMs) =>
      (await views.whenProcessed(position, timeoutMs)) === 'processed' &&
      (await reactor.whenHandled(position, timeoutMs)),
    viewHashes: async () => Object.fromEntries(await views.hashes()),
  };
};
