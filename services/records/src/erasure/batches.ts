import * as c from '@toeverlaat/contracts';
import { createRunner, type Runner } from '@toeverlaat/event-log';
import {
  awaitableOf,
  runnerParts,
  serveCommand,
  serveQuery,
  type Served,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { localDateOf, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { ViewNotReady, type ViewReader, type Views } from '@toeverlaat/views';
import type { RetentionCore } from '../application/core.js';
import { batchCategory, batchCodec, batchDecider } from '../domain/erasure-batch/index.js';
import type { ErasureCommand, ErasureState } from '../domain/erasure/index.js';
import { createBatchCommands } from './batch-commands.js';
import { createBatchProcess } from './batch-process.js';
import { createBatchQueries } from './batch-queries.js';

export type Batches = {
  readonly served: readonly Served[];
  /** Goes on with every confirmed batch. Never throws: what waits is looked at again. */
  readonly look: () => Promise<void>;
  /** Prepares what is due, where the installation says so; once a day. */
  readonly prepare: () => Promise<void>;
};

export type BatchesOptions = {
  readonly core: RetentionCore;
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  readonly register: ViewReader;
  readonly onApproved: (organisation: OrganisationId, erasureId: string) => void;
  /** Told that there is a batch to carry out. */
  readonly onConfirmed: () => void;
  readonly prepareDue: boolean;
  readonly stopped: AbortSignal;
};

type Open = { readonly organisation: OrganisationId; readonly batch_id: string };

/** What fell due together, over all organisations. */
export const createBatches = (runtime: ServiceRuntime, views: Views, options: BatchesOptions): Batches => {
  const { core, register, stopped } = options;
  const { logger, clock } = runtime;
  const batches = createRunner({
    ...runnerParts(runtime),
    category: batchCategory,
    codec: batchCodec,
    decider: batchDecider,
  });
  const process = createBatchProcess({ ...options, batches, rpc: runtime.rpc, sealing: runtime.sealing });
  const commands = createBatchCommands({ ...runtime, core, batches, register, onConfirmed: options.onConfirmed });
  const queries = createBatchQueries({ ...runtime, core, batches, register });
  const awaitable = awaitableOf(views);
  /** The day on which an organisation's was prepared last, by this process. */
  const prepared = new Map<OrganisationId, LocalDate>();

  /** Rows of a view that may be built just now: the next look finds them. */
  const rows = <T>(read: () => readonly T[]): readonly T[] => {
    try {
      return read();
    } catch (error) {
      if (error instanceof ViewNotReady) return [];
      throw error;
    }
  };

  return {
    served: [
      serveCommand(c.requestDueErasuresCommand, commands.requestDue),
      serveCommand(c.confirmErasureBatchCommand, commands.confirm),
      serveCommand(c.declineErasureBatchCommand, commands.decline),
      serveQuery(c.dueErasuresQuery, queries.due, awaitable),
      serveQuery(c.erasureBatchesQuery, queries.list, awaitable),
      serveQuery(c.erasureBatchQuery, queries.one, awaitable),
      serveQuery(c.erasureBatchReportQuery, queries.report, awaitable),
      serveQuery(c.erasureBatchRecordsQuery, queries.records, awaitable),
    ],
    look: async () => {
      const open = rows(() =>
        register.acrossOrganisations<Open>(
          `SELECT organisation, batch_id FROM erasure_batches WHERE status = 'confirmed' ORDER BY organisation, batch_id`,
        ),
      );
      for (const { organisation, batch_id } of open) {
        if (stopped.aborted) return;
        try {
          const advanced = await process.advance(organisation, batch_id);
          if (advanced.kind === 'waiting')
            logger.info('erasure batch waits', { organisation, reason: advanced.because });
        } catch (error) {
          logger.error('erasure batch failed', { organisation, error });
        }
      }
    },
    prepare: async () => {
      if (!options.prepareDue) return;
      const today = localDateOf(clock.now());
      const organisations = rows(() =>
        core.kept.acrossOrganisations<{ organisation: OrganisationId }>(
          'SELECT DISTINCT organisation FROM kept ORDER BY organisation',
        ),
      );
      for (const { organisation } of organisations) {
        if (stopped.aborted || prepared.get(organisation) === today) continue;
        try {
          await commands.prepare(organisation, today);
          prepared.set(organisation, today);
        } catch (error) {
          logger.error('what is due was not prepared', { organisation, error });
        }
      }
    },
  };
};
