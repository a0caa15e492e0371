import { Module } from '@nestjs/common';
import * as contracts from '@toeverlaat/contracts';
import type { PublicEventSource } from '@toeverlaat/messaging';
import {
  awaitableOf,
  createRpcController,
  createServiceHandle,
  createServiceReactor,
  serveCommand,
  serveHealth,
  serveQuery,
  type Served,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { createBackground, ignoredEvents } from './application/background.js';
import { createCommands, type Commands } from './application/commands.js';
import { createCore, type Core } from './application/core.js';
import { createQueries, type Queries } from './application/queries.js';
import { receivedSideEvents, referralPublicEvents } from './public-events.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class ReferralModule {}

/** What this service answers. */
export const servedBy = (core: Core, commands: Commands, queries: Queries): readonly Served[] => {
  const { views } = core;
  const awaitable = awaitableOf(views);
  return [
    serveCommand(contracts.prepareReferralCommand, commands.prepare),
    serveCommand(contracts.changeReferralRecordsCommand, commands.changeRecords),
    serveCommand(contracts.recordReferralConsentCommand, commands.recordConsent),
    serveCommand(contracts.giveReferralConsentCommand, commands.giveConsent),
    serveCommand(contracts.sendReferralCommand, commands.send),
    serveCommand(contracts.deliverReferralCommand, commands.deliver),
    serveCommand(contracts.noteReferralAnswerCommand, commands.noteAnswer),
    serveCommand(contracts.withdrawReferralCommand, commands.withdraw),
    serveCommand(contracts.acceptReferralCommand, commands.accept),
    serveCommand(contracts.declineReferralCommand, commands.decline),
    serveQuery(contracts.sentReferralsQuery, queries.sentReferrals, awaitable),
    serveQuery(contracts.referralsOfCaseQuery, queries.ofCase, awaitable),
    serveQuery(contracts.sentReferralQuery, queries.sentReferral, awaitable),
    serveQuery(contracts.receivedReferralsQuery, queries.receivedReferrals, awaitable),
    serveQuery(contracts.receivedReferralQuery, queries.receivedReferral, awaitable),
    serveHealth('referral', views),
  ];
};

export type ReferralOptions = {
  /** Public events of the case service: who handles a case, who recused. */
  readonly sources: readonly PublicEventSource[];
};

/** The referral service over what the composition root gives it. `served` is what the controller answers. */
export const createReferralService = (
  runtime: ServiceRuntime,
  { sources }: ReferralOptions,
): ServiceHandle & { readonly served: readonly Served[] } => {
  const core = createCore(runtime);
  const { views } = core;
  const served = servedBy(core, createCommands(core), createQueries(core));
  const background = createBackground(core);
  const reactor = createServiceReactor(
    runtime,
    [...sources, ...referralPublicEvents, ...receivedSideEvents],
    background.reactions,
    ignoredEvents,
  );
  const handle = createServiceHandle(runtime, {
    name: 'referral',
    module: { module: ReferralModule, controllers: [createRpcController('ReferralController', served, runtime)] },
    views,
    reactor,
    runTimers: background.runTimers,
  });
  return { ...handle, served };
};
