import { Module } from '@nestjs/common';
import type { PublicEventSource } from '@toeverlaat/messaging';
import {
  awaitableOf,
  createErasurePart,
  createServiceHandle,
  openServiceViews,
  type ServiceHandle,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { ok } from '@toeverlaat/values';
import { observeEvidence } from './evidence/figures.js';
import { createEvidence, type EvidenceSettings } from './evidence/evidence.js';
import { createRetention } from './application/retention.js';
import type { BackupTerms } from './domain/erasure-vocabulary.js';
import { citedEvidence } from './erasure/cited.js';
import { createDepartureCore, createDepartures } from './departure/index.js';
import { provedRecords } from './domain/departure/index.js';
import { createErasure } from './erasure/erasure.js';
import { keepingOver } from './erasure/keeping.js';
import { createOwnRecordsOwner } from './erasure/owner.js';
import { createAccess } from './access/index.js';
import { createQueries } from './queries.js';
import { createRecordsController } from './records.controller.js';
import { recordsViews } from './views/index.js';

/** Made by registration; Nest knows modules by their class. */
@Module({})
export class RecordsModule {}

/**
 * A page of a list is one access of twenty records, and the same records are looked at again and again: a tenth of a second of
 * them shares a transaction. Whoever asks for the history after a position does not wait for it.
 */
const LINGER_MS = 100;

/** What this service uses of its runtime: it keeps no attachments; of what others sealed it opens nothing. */
export type RecordsRuntime = Omit<ServiceRuntime, 'blobs'>;

/** Public events of the services whose records are kept. */
export type RecordsSources = {
  readonly case: readonly PublicEventSource[];
  readonly intake: readonly PublicEventSource[];
  readonly referral: readonly PublicEventSource[];
};

/** What is chosen for records alone. */
export type RecordsChoices = {
  readonly evidence: EvidenceSettings;
  readonly backups: BackupTerms;
  /** Milliseconds that another process of the deployment may hold a key that was destroyed; 0 where there is none. */
  readonly keysHeldMs: number;
  /** Whether the daily run prepares a batch of what is due; two people decide about it all the same. */
  readonly prepareDue: boolean;
};

/** The records service over what the composition root gives it. */
export const createRecordsService = (
  runtime: RecordsRuntime,
  choices: RecordsChoices,
  sources: RecordsSources,
): ServiceHandle => {
  const views = openServiceViews(runtime, recordsViews, { lingerMs: LINGER_MS });
  const evidence = createEvidence({ ...runtime, ...choices.evidence });
  const access = createAccess(runtime, views, evidence);
  const queries = createQueries(runtime, views.query('access_index'), access.guard);
  observeEvidence(runtime.telemetry, evidence);
  const retention = createRetention(runtime, views, sources);
  const departing = createDepartureCore(runtime);
  const erasure = createErasure(runtime, views, {
    retention: retention.core,
    prepareDue: choices.prepareDue,
    keeping: keepingOver(retention.core),
    evidence: citedEvidence(evidence),
    backups: choices.backups,
    keysHeldMs: choices.keysHeldMs,
    isTransferred: async (organisation, subject) => {
      const departure = await departing.departureOf(organisation);
      return departure.ok ? ok(provedRecords(departure.value).includes(subject)) : departure;
    },
  });
  const departures = createDepartures(runtime, views, departing, {
    erasures: erasure.erasures,
    onApproved: erasure.enqueue,
  });
  runtime.telemetry.meter.watch('toeverlaat_erasures_pending', () =>
    Promise.resolve([{ labels: { service: 'records' }, value: erasure.pending() }]),
  );
  runtime.telemetry.meter.watch('toeverlaat_erasures_waiting_seconds', () =>
    Promise.resolve([{ labels: { service: 'records' }, value: erasure.waitingSeconds() }]),
  );
  runtime.telemetry.meter.watch('toeverlaat_records_overdue', () => {
    const value = retention.overdue();
    return Promise.resolve(value === undefined ? [] : [{ labels: { service: 'records' }, value }]);
  });
  runtime.telemetry.meter.watch('toeverlaat_handovers_unconfirmed', () =>
    Promise.resolve([{ labels: { service: 'records' }, value: departures.unconfirmed() }]),
  );
  const served = [
    ...access.served,
    ...retention.served,
    ...erasure.served,
    ...departures.served,
    ...createErasurePart(runtime, awaitableOf(views), createOwnRecordsOwner(runtime)).served,
  ];
  const handle = createServiceHandle(runtime, {
    name: 'records',
    module: {
      module: RecordsModule,
      controllers: [createRecordsController(queries, views, evidence, served, access.mandatesOf, runtime)],
    },
    views,
    reactor: retention.reactor,
    runTimers: async () => {
      await retention.runTimers();
      await evidence.look();
      await departures.look();
      await erasure.look();
      await access.look();
    },
  });
  return {
    ...handle,
    start: async () => {
      await evidence.mayOpen();
      await handle.start();
      evidence.start();
    },
    stop: async () => {
      await erasure.stop();
      await evidence.stop();
      await handle.stop();
    },
  };
};
