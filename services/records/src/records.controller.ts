import {
  accessHistoryOfHandler,
  accessHistoryOfPeriod,
  accessHistoryOfRecord,
  deniedAttempts,
} from '@toeverlaat/contracts';
import {
  awaitableOf,
  createRpcController,
  serveHealth,
  serveQuery,
  type Awaitable,
  type Served,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import type { Views } from '@toeverlaat/views';
import type { MandatesSource } from './access/guard.js';
import type { Evidence } from './evidence/evidence.js';
import { servedEvidence } from './evidence/queries.js';
import type { RecordsQueries } from './queries.js';

/** What this service answers. */
export const served = (queries: RecordsQueries, views: Awaitable): readonly Served[] => [
  serveQuery(
    accessHistoryOfRecord,
    (context, { record, from, to, page }) =>
      queries.accessHistory(context, 'accessHistoryOfRecord', { by: 'record', record }, { from, to }, page),
    views,
  ),
  serveQuery(
    accessHistoryOfHandler,
    (context, { pseudonyms, from, to, page }) =>
      queries.accessHistory(context, 'accessHistoryOfHandler', { by: 'handler', pseudonyms }, { from, to }, page),
    views,
  ),
  serveQuery(
    accessHistoryOfPeriod,
    (context, { role, from, to, page }) =>
      queries.accessHistory(context, 'accessHistoryOfPeriod', { by: 'period', role }, { from, to }, page),
    views,
  ),
  serveQuery(
    deniedAttempts,
    (context, { from, to, page }) => queries.deniedAttempts(context, 'deniedAttempts', { from, to }, page),
    views,
  ),
];

export const createRecordsController = (
  queries: RecordsQueries,
  views: Views,
  evidence: Evidence,
  others: readonly Served[],
  mandates: MandatesSource,
  runtime: Pick<ServiceRuntime, 'telemetry' | 'authority' | 'clock' | 'recorder' | 'sealing'>,
) =>
  createRpcController(
    'RecordsController',
    [
      ...served(queries, awaitableOf(views)),
      ...servedEvidence(runtime, evidence, awaitableOf(views), mandates),
      ...others,
      serveHealth('records', views, evidence.health),
    ],
    runtime,
  );
