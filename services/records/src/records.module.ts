import { Module } from '@nestjs/common';
import {
  createServiceHandle,
  openServiceViews,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { observeEvidence } from './evidence/figures.js';
import { createEvidence, type EvidenceSettings } from './evidence/evidence.js';
import { createQueries } from './queries.js';
import { createRecordsController } from './records.controller.js';
import { recordsViews } from './views/access-index.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class RecordsModule {}

/**
 * A page of a list is one access of twenty records, and the same records are looked at again and again: a tenth of a second of
 * them shares a transaction. Whoever asks for the history after a position does not wait for it.
 */
const LINGER_MS = 100;

/** What this service uses of its runtime: it opens nothing; its keys sign. */
export type RecordsRuntime = Pick<
  ServiceRuntime,
  'service' | 'viewsFolder' | 'log' | 'logger' | 'telemetry' | 'clock' | 'recorder' | 'authority' | 'sealing' | 'rpc'
>;

/** The records service over what the composition root gives it. */
export const createRecordsService = (runtime: RecordsRuntime, evidenceSettings: EvidenceSettings): ServiceHandle => {
  const views = openServiceViews(runtime, recordsViews, { lingerMs: LINGER_MS });
  const queries = createQueries(runtime, views.query('access_index'));
  const evidence = createEvidence({ ...runtime, ...evidenceSettings });
  observeEvidence(runtime.telemetry, evidence);
  const handle = createServiceHandle(runtime, {
    name: 'records',
    module: { module: RecordsModule, controllers: [createRecordsController(queries, views, evidence, runtime)] },
    views,
    runTimers: evidence.look,
  });
  return {
    ...handle,
    start: async () => {
      await handle.start();
      evidence.start();
    },
    stop: async () => {
      await evidence.stop();
      await handle.stop();
    },
  };
};
