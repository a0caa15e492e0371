import { Module } from '@nestjs/common';
import * as contracts from '@toeverlaat/contracts';
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
  type Served,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { InvariantBroken } from '@toeverlaat/values';
import { createBackground, ignoredEvents } from './application/background.js';
import { createCommands, type Commands } from './application/commands.js';
import { createCopies, type AttachmentSource } from './application/copies.js';
import { createCore, type Core } from './application/core.js';
import { createErasureOwner } from './application/erasure.js';
import { createQueries, type Queries } from './application/queries.js';
import { createReferralReaders } from './application/readers.js';
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
    serveQuery(contracts.excludedReferralsQuery, queries.excludedReferrals),
    createReferralReaders(core),
    serveQuery(contracts.referralHeldByQuery, queries.heldBy),
    ...createErasurePart(core.runtime, awaitable, createErasureOwner(core)).served,
    serveHealth('referral', views),
  ];
};

export type ReferralOptions = {
  /** Public events of the case service: who handles a case, who recused; and of records: until when what is kept. */
  readonly sources: readonly PublicEventSource[];
  /** Where the bytes of a case's attachments come from, asked in the name of who hands over. */
  readonly attachments: AttachmentSource;
};

/**
 * The referral service over what the composition root gives it. `served` is what the controller answers.
 * @throws InvariantBroken without a store for copies of attachments
 */
export const createReferralService = (
  runtime: ServiceRuntime,
  { sources, attachments }: ReferralOptions,
): ServiceHandle & { readonly served: readonly Served[] } => {
  const { blobs } = runtime;
  if (blobs === undefined) throw new InvariantBroken('a hand-over copies attachments: give it a blob store');
  const core = createCore(runtime);
  const { views } = core;
  const copies = createCopies(core, blobs, attachments);
  const served = servedBy(core, createCommands(core, copies), createQueries(core));
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
    copies: copies.gateway,
    runTimers: async () => {
      await background.runTimers();
      await copies.removeUnclaimed();
    },
  });
  return { ...handle, served };
};
