import { Module } from '@nestjs/common';
import * as contracts from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import { createReactor, type PublicEventSource } from '@toeverlaat/messaging';
import {
  createRpcController,
  serveCommand,
  serveQuery,
  type Awaitable,
  type Served,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { ok } from '@toeverlaat/values';
import { createBackground } from './application/background.js';
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
  const awaitable: Awaitable = {
    whenProcessed: (position, timeoutMs) => views.whenProcessed(position as Position, timeoutMs),
  };
  const health = async () => {
    const states = (await views.status()).map(({ state }) => state);
    return ok({
      status: states.includes('failed')
        ? ('failing' as const)
        : states.every((state) => state === 'following')
          ? ('ok' as const)
          : ('starting' as const),
    });
  };
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
    serveQuery(contracts.healthQueries.referral, health),
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
  const { logger } = runtime;
  const core = createCore(runtime);
  const { views } = core;
  const served = servedBy(core, createCommands(core), createQueries(core));
  const background = createBackground(core);
  const reactor = createReactor({
    name: 'referral',
    log: runtime.log,
    sources: [...sources, ...referralPublicEvents, ...receivedSideEvents],
    reactions: background.reactions,
    store: runtime.reactorStore,
    onParked: ({ event, position, reason, attempts }) => {
      logger.error('event parked', { eventType: event.type, position, reason, attempts });
    },
    onFailed: (error) => {
      logger.error('reactions stopped', { error });
    },
  });
  return {
    name: 'referral',
    served,
    module: { module: ReferralModule, controllers: [createRpcController('ReferralController', served)] },
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
