import { Module } from '@nestjs/common';
import * as contracts from '@toeverlaat/contracts';
import type { CountedFact, RpcClient } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import {
  awaitableOf,
  createErasurePart,
  createRpcController,
  createServiceHandle,
  serveCommand,
  serveHealth,
  serveQuery,
  serviceCaller,
  type Served,
  type ServiceHandle,
} from '@toeverlaat/service-kit';
import { err, ok, randomId, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { createCommands } from './application/commands.js';
import { createCore, type ReportingRuntime, type SettingsSource } from './application/core.js';
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
  settingsOf: SettingsSource,
): ServiceHandle & { readonly served: readonly Served[] } => {
  const core = createCore(runtime);
  const { views } = core;
  const commands = createCommands(core, settingsOf);
  const queries = createQueries(core);
  const awaitable = awaitableOf(views);
  const served: readonly Served[] = [
    serveCommand(contracts.recordFactsCommand, commands.recordFacts),
    serveCommand(contracts.releaseFiguresCommand, commands.releaseFigures),
    serveCommand(contracts.freezeAnnualReportCommand, commands.freezeAnnualReport),
    serveQuery(contracts.statutoryFiguresQuery, queries.statutoryFigures, awaitable),
    serveQuery(contracts.releasedFiguresQuery, queries.releasedFigures, awaitable),
    ...createErasurePart(core.runtime, awaitable).served,
    serveHealth('reporting', views),
  ];
  const handle = createServiceHandle(runtime, {
    name: 'reporting',
    module: { module: ReportingModule, controllers: [createRpcController('ReportingController', served, runtime)] },
    views,
  });
  return { ...handle, served };
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

/**
 * Asks the directory what an organisation set of its figures. The service itself is given this one question and no RPC
 * client: whoever counts facts without cases has nothing to ask anybody that could say whose they are (design §2, §7). It
 * is asked at each release, because a setting that was made stricter must count for the next one.
 */
export const createSettingsSource =
  (rpc: Pick<RpcClient, 'query'>): SettingsSource =>
  async (organisation) => {
    const requestId = randomId();
    const reply = await rpc.query(
      contracts.figuresSettingsQuery,
      {
        requestId,
        correlationId: requestId,
        caller: serviceCaller('reporting', organisation),
        purpose: 'count',
        language: 'nl',
      },
      {},
    );
    if (!reply.ok) return err(reply.rejection);
    const { smallCellThreshold, smallestReleaseMonths } = reply.value;
    return ok({
      ...(smallCellThreshold === null ? {} : { smallCellThreshold }),
      ...(smallestReleaseMonths === null ? {} : { smallestReleaseMonths }),
    });
  };
