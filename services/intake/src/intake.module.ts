import { Module } from '@nestjs/common';
import {
  acceptRequestCommand,
  askContactCommand,
  authenticateReceiptQuery,
  beforeSendingQuery,
  excludedRequestsQuery,
  chooseCounsellorCommand,
  claimEarlierRequestCommand,
  declineAppointmentsCommand,
  followHandlerCommand,
  linkEarlierRequestCommand,
  markSeenCommand,
  noteCaseClosedCommand,
  noteHearingCommand,
  ownReceiptQuery,
  promiseKeyQuery,
  ownRequestQuery,
  ownRequestsQuery,
  pickAppointmentCommand,
  proposeAppointmentsCommand,
  replaceReceiptCommand,
  requestForCaseQuery,
  requestHeldByQuery,
  requestQuery,
  requestsQuery,
  sendMessageCommand,
  sendRequestCommand,
  stepBackCommand,
  withdrawRequestCommand,
} from '@toeverlaat/contracts';
import type { PublicEventSource } from '@toeverlaat/messaging';
import {
  awaitableOf,
  createErasurePart,
  createRpcController,
  createServiceHandle,
  createServiceReactor,
  serveCommand,
  serveHealth,
  serveQuery,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { createBackground, ignoredEvents } from './application/background.js';
import { createCommands } from './application/commands.js';
import { createCore } from './application/core.js';
import { createErasureOwner } from './application/erasure.js';
import { createQueries } from './application/queries.js';
import { createRequestReaders } from './application/readers.js';
import { intakePublicEvents } from './public-events.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class IntakeModule {}

/** Public events of other services that intake reacts to. */
export type IntakeSources = {
  readonly directory: readonly PublicEventSource[];
  readonly records: readonly PublicEventSource[];
};

/** The intake service over what the composition root gives it. */
export const createIntakeService = (runtime: ServiceRuntime, sources: IntakeSources): ServiceHandle => {
  const core = createCore(runtime);
  const { views } = core;
  const commands = createCommands(core);
  const queries = createQueries(core);
  const background = createBackground(core);
  const reactor = createServiceReactor(
    runtime,
    [...sources.directory, ...sources.records, ...intakePublicEvents],
    background.reactions,
    ignoredEvents,
  );
  const awaitable = awaitableOf(views);
  const controller = createRpcController(
    'IntakeController',
    [
      createRequestReaders(core),
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
      serveQuery(ownReceiptQuery, queries.ownReceipt, awaitable),
      serveQuery(promiseKeyQuery, queries.promiseKey),
      serveQuery(ownRequestQuery, queries.ownRequest, awaitable),
      serveQuery(ownRequestsQuery, queries.ownRequests, awaitable),
      serveQuery(requestsQuery, queries.listRequests, awaitable),
      serveQuery(requestQuery, queries.openRequest, awaitable),
      serveQuery(requestHeldByQuery, queries.heldBy),
      serveQuery(requestForCaseQuery, queries.requestForCase, awaitable),
      serveQuery(authenticateReceiptQuery, queries.authenticateReceipt, awaitable),
      serveQuery(excludedRequestsQuery, queries.excludedRequests),
      serveQuery(beforeSendingQuery, queries.beforeSending),
      ...createErasurePart(runtime, awaitable, createErasureOwner(core)).served,
      serveHealth('intake', views),
    ],
    runtime,
  );
  return createServiceHandle(runtime, {
    name: 'intake',
    module: { module: IntakeModule, controllers: [controller] },
    views,
    reactor,
    runTimers: background.runTimers,
  });
};
