import { Module, type DynamicModule } from '@nestjs/common';
import { healthQueries } from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import { createReactor, type PublicEventSource } from '@toeverlaat/messaging';
import {
  createRpcController,
  reportViews,
  serveQuery,
  type Awaitable,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { localDateOf, ok } from '@toeverlaat/values';
import { openViews } from '@toeverlaat/views';
import { createBackground, type FactSink } from './application/background.js';
import { createCommands } from './application/commands.js';
import { createCore } from './application/core.js';
import { createQueries } from './application/queries.js';
import { casePublicEvents } from './public-events.js';
import { caseViews } from './views/index.js';

@Module({})
export class CaseModule {
  static register(controllers: NonNullable<DynamicModule['controllers']>): DynamicModule {
    return { module: CaseModule, controllers };
  }
}

/** Public events of other services that the case service reacts to, and where its figures go. */
export type CaseSources = {
  readonly intake: readonly PublicEventSource[];
  readonly directory: readonly PublicEventSource[];
  /** Without one, facts wait in their cases. */
  readonly deliverFacts?: FactSink;
};

/** The case service over what the composition root gives it. */
export const createCaseService = (runtime: ServiceRuntime, sources: CaseSources) => {
  const { logger } = runtime;
  const views = openViews({
    folder: runtime.viewsFolder,
    service: runtime.service,
    log: runtime.log,
    views: caseViews,
    onNotice: reportViews(logger),
  });
  const core = createCore(runtime, views);
  const background = createBackground(core, sources.deliverFacts);
  const awaitable: Awaitable = {
    whenProcessed: (position, timeoutMs) => views.whenProcessed(position as Position, timeoutMs),
  };
  const reactor = createReactor({
    name: 'case',
    log: runtime.log,
    sources: [...sources.intake, ...sources.directory, ...casePublicEvents],
    reactions: background.reactions,
    store: runtime.reactorStore,
    onParked: ({ event, position, reason, attempts }) => {
      logger.error('event parked', { eventType: event.type, position, reason, attempts });
    },
  });
  const health = serveQuery(healthQueries.case, async () => {
    const states = (await views.status()).map(({ state }) => state);
    return ok({
      status: states.includes('failed')
        ? ('failing' as const)
        : states.every((state) => state === 'following')
          ? ('ok' as const)
          : ('starting' as const),
    });
  });
  const served = [...createCommands(core).served, ...createQueries(core, awaitable).served, health];
  /** The day whose facts were released by this process; a restart releases once more, which is harmless. */
  let releasedOn = '';
  const handle: ServiceHandle = {
    name: 'case',
    module: CaseModule.register([createRpcController('CaseController', served)]),
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
      await background.noteTermsPassed();
      const today = localDateOf(runtime.clock.now());
      if (releasedOn !== today) {
        await background.releaseFacts();
        releasedOn = today;
      }
    },
    whenSettled: async (position, timeoutMs) =>
      (await reactor.whenHandled(position, timeoutMs)) &&
      (await views.whenProcessed(position, timeoutMs)) === 'processed',
    viewHashes: async () => Object.fromEntries(await views.hashes()),
  };
  return { ...handle, served, background };
};
