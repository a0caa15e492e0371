import { Module, type DynamicModule } from '@nestjs/common';
import type { PublicEventSource } from '@toeverlaat/messaging';
import {
  awaitableOf,
  createErasurePart,
  createRpcController,
  createServiceHandle,
  createServiceReactor,
  openServiceViews,
  serveHealth,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { InvariantBroken } from '@toeverlaat/values';
import { factDayOf } from './application/facts.js';
import { createAttachments } from './application/attachments.js';
import { createBackground, ignoredEvents, type FactSink } from './application/background.js';
import { createCommands } from './application/commands.js';
import { createCore } from './application/core.js';
import { createErasureOwner } from './application/erasure.js';
import { createQueries } from './application/queries.js';
import { createCaseExclusions, createCaseReaders } from './application/readers.js';
import { createSubjectAccess } from './application/subject-access.js';
import { createThirdParty } from './application/third-party.js';
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
  readonly records: readonly PublicEventSource[];
  /** Without one, facts wait in their cases. */
  readonly deliverFacts?: FactSink;
};

/** The case service over what the composition root gives it. @throws InvariantBroken without a store for attachments */
export const createCaseService = (runtime: ServiceRuntime, sources: CaseSources) => {
  const { blobs } = runtime;
  if (blobs === undefined) throw new InvariantBroken('the case service keeps attachments: give it a blob store');
  const views = openServiceViews(runtime, caseViews);
  const core = createCore(runtime, views);
  const attachments = createAttachments(core, blobs);
  const subjectAccess = createSubjectAccess(core, awaitableOf(views));
  const background = createBackground(core, sources.deliverFacts);
  const reactor = createServiceReactor(
    runtime,
    [...sources.intake, ...sources.directory, ...sources.records, ...casePublicEvents],
    background.reactions,
    ignoredEvents,
  );
  const served = [
    ...createCommands(core, attachments).served,
    ...createQueries(core, awaitableOf(views)).served,
    createCaseReaders(core),
    createCaseExclusions(core),
    ...attachments.served,
    ...subjectAccess.served,
    ...createThirdParty(core, awaitableOf(views)).served,
    ...createErasurePart(runtime, awaitableOf(views), createErasureOwner(core, blobs)).served,
    serveHealth('case', views),
  ];
  /** The day whose facts this process knows to be handed over: looking again would find the same, and nothing to do. */
  let releasedOn = '';
  const handle = createServiceHandle(runtime, {
    name: 'case',
    module: CaseModule.register([createRpcController('CaseController', served, runtime)]),
    views,
    reactor,
    blobs: attachments.gateway,
    runTimers: async () => {
      await background.noteTermsPassed();
      await subjectAccess.noteTermsPassed();
      const day = factDayOf(runtime.clock.now());
      if (releasedOn !== day && (await background.releaseFacts())) releasedOn = day;
      await attachments.removeUnclaimed();
    },
  });
  return { ...handle, served, background, attachments };
};
