import { Module } from '@nestjs/common';
import {
  createServiceHandle,
  openServiceViews,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
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
  const views = openServiceViews(runtime, recordsViews);
  const queries = createQueries(runtime, views.query('access_index'));
  return createServiceHandle(runtime, {
    name: 'records',
    module: { module: RecordsModule, controllers: [createRecordsController(queries, views)] },
    views,
  });
};
