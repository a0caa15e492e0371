import { Module } from '@nestjs/common';
import * as contracts from '@toeverlaat/contracts';
import type { CountedFact, RpcClient } from '@toeverlaat/contracts';
import type { Position, Rejection } from '@toeverlaat/event-log';
import {
  createRpcController,
  serveCommand,
  serveQuery,
  serviceCaller,
  type Awaitable,
  type Served,
  type ServiceHandle,
} from '@toeverlaat/service-kit';
import { err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { createCommands } from './application/commands.js';
import { createCore, type ReportingRuntime } from './application/core.js';
import { createQueries } from './application/queries.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class ReportingModule {}

/**
 * The reporting service over what the composition root gives it. It reacts to nothing and has no dates of its own: facts
 * are brought to it. `served` is what the controller answers.
 */
export const createReportingService = (
  runtime: ReportingRuntime,
): ServiceHandle & { readonly served: readonly Served[] } => {
  const core = createCore(runtime);
  const { views } = core;
  const commands = createCommands(core);
  const queries = createQueries(core);
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
  const served: readonly Served[] = [
    serveCommand(contracts.recordFactsCommand, commands.recordFacts),
    serveCommand(contracts.releaseFiguresCommand, commands.releaseFigures),
    serveCommand(contracts.freezeAnnualReportCommand, commands.freezeAnnualReport),
    serveQuery(contracts.statutoryFiguresQuery, queries.statutoryFigures, awaitable),
    serveQuery(contracts.releasedFiguresQuery, queries.releasedFigures, awaitable),
    serveQuery(contracts.healthQueries.reporting, health),
  ];
  return {
    name: 'reporting',
    served,
    module: { module: ReportingModule, controllers: [createRpcController('ReportingController', served)] },
    start: views.start,
    stop: async () => {
      await runtime.recorder.flush();
      await views.stop();
    },
    runTimers: () => runtime.recorder.flush(),
    whenSettled: async (position, timeoutMs) => (await views.whenProcessed(position, timeoutMs)) === 'processed',
    viewHashes: async () => Object.fromEntries(await views.hashes()),
  };
};

/**
 * Brings the facts of a service to reporting, in messages of a bounded size, under the name of that service. Ids are made
 * from the facts, so that what comes again is the same.
 */
export const createFactSink =
  (rpc: RpcClient, from: 'case' = 'case') =>
  async (organisation: OrganisationId, facts: readonly CountedFact[]): Promise<Result<undefined, Rejection>> => {
    for (let start = 0; start < facts.length; start += contracts.MAX_FACTS) {
      const batch = facts.slice(start, start + contracts.MAX_FACTS);
      const commandId = uuidV5('facts', organisation, ...batch.map(({ factId }) => factId));
      const reply = await rpc.command(
        contracts.recordFactsCommand,
        {
          requestId: commandId,
          correlationId: commandId,
          caller: serviceCaller(from, organisation),
          purpose: 'count',
          language: 'nl',
        },
        { commandId, data: { facts: batch } },
      );
      if (!reply.ok) return err(reply.rejection);
    }
    return ok(undefined);
  };
