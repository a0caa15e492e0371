import { Module } from '@nestjs/common';
import type { Position } from '@toeverlaat/event-log';
import { reportViews, type ServiceHandle, type ServiceRuntime } from '@toeverlaat/service-kit';
import { openViews } from '@toeverlaat/views';
import { createQueries } from './queries.js';
import { createRecordsController } from './records.controller.js';
import { recordsViews } from './views/access-index.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class RecordsModule {}

/** What this service uses of its runtime: it opens nothing, so it is given no keys. */
export type RecordsRuntime = Pick<
  ServiceRuntime,
  'service' | 'viewsFolder' | 'log' | 'logger' | 'clock' | 'recorder' | 'authority'
>;

/** The records service over what the composition root gives it. */
export const createRecordsService = (runtime: RecordsRuntime): ServiceHandle => {
  const { logger } = runtime;
  const views = openViews({
    folder: runtime.viewsFolder,
    service: runtime.service,
    log: runtime.log,
    views: recordsViews,
    onNotice: reportViews(logger),
  });
  const queries = createQueries(runtime, views.query('access_index'));
  const controller = createRecordsController(queries, {
    whenProcessed: (position, timeoutMs) => views.whenProcessed(position as Position, timeoutMs),
  });
  return {
    name: 'records',
    module: { module: RecordsModule, controllers: [controller] },
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
