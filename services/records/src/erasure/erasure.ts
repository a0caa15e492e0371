import {
  approveErasuresCommand,
  declineErasureCommand,
  erasureCertificateQuery,
  erasuresQuery,
  requestErasureCommand,
} from '@toeverlaat/contracts';
import { createRunner, type Rejection, type Runner } from '@toeverlaat/event-log';
import {
  awaitableOf,
  runnerParts,
  serveCommand,
  serveQuery,
  type Served,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import type { OrganisationId, Result } from '@toeverlaat/values';
import { ViewNotReady, type Views } from '@toeverlaat/views';
import type { RetentionCore } from '../application/core.js';
import type { BackupTerms } from '../domain/erasure-vocabulary.js';
import {
  erasureCategory,
  erasureCodec,
  erasureDecider,
  type ErasureCommand,
  type ErasureState,
} from '../domain/erasure/index.js';
import { erasuresView } from '../views/erasures.js';
import { createBatches } from './batches.js';
import { createErasureCommands } from './commands.js';
import type { Evidence, Keeping } from './ports.js';
import { createErasureProcess, type Advanced } from './process.js';
import { createErasureQueries } from './queries.js';
import { createWaiting } from './waiting.js';

export type ErasureOptions = {
  /** What is kept, for what falls due together. */
  readonly retention: RetentionCore;
  /** Whether the daily run prepares a batch of what is due, for two people to decide about. */
  readonly prepareDue: boolean;
  readonly keeping: Keeping;
  readonly evidence: Evidence | undefined;
  readonly backups: BackupTerms;
  /** As in the process that carries an erasure out. */
  readonly keysHeldMs: number;
  /** Whether the next host has confirmed that it has this record and opens it. */
  readonly isTransferred: (organisation: OrganisationId, subject: string) => Promise<Result<boolean, Rejection>>;
};

/** The erasures of all organisations: what people ask and approve, and the process that carries it out. */
export type Erasure = {
  readonly served: readonly Served[];
  /** Goes on with everything that is approved and not completed. Never throws: what waits is looked at again. */
  readonly look: () => Promise<void>;
  /** Ends what is being carried out at its next step; it goes on at the next start. */
  readonly stop: () => Promise<void>;
  /** Approved and not completed, over all organisations. */
  readonly pending: () => number;
  /** Of those, how long the one that waits longest and that nothing holds back has been waiting, in seconds. */
  readonly waitingSeconds: () => number;
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  /** Begins with what was approved now instead of at the next look. */
  readonly enqueue: (organisation: OrganisationId, erasureId: string) => void;
};

type Pending = {
  readonly organisation: string;
  readonly erasure_id: string;
  readonly held_back: string | null;
};

/** At a time: each waits for several appends, two checkpoints and a vault, all of which do those of one moment together. */
const AT_ONCE = 64;

export const createErasure = (runtime: ServiceRuntime, views: Views, options: ErasureOptions): Erasure => {
  const { logger, log, clock, rpc, sealing } = runtime;
  const reader = views.query(erasuresView.name);
  const erasures = createRunner({
    ...runnerParts(runtime),
    category: erasureCategory,
    codec: erasureCodec,
    decider: erasureDecider,
  });
  const process = createErasureProcess({ ...options, erasures, log, clock, rpc, sealing });
  const stopping = new AbortController();
  const working = new Set<Promise<void>>();
  const queue = new Map<string, { readonly organisation: OrganisationId; readonly erasureId: string }>();

  const advance = async (organisation: OrganisationId, erasureId: string): Promise<void> => {
    try {
      const advanced: Advanced = await process.advance(organisation, erasureId);
      if (advanced.kind === 'waiting') logger.info('erasure waits', { organisation, reason: advanced.because });
    } catch (error) {
      logger.error('erasure failed', { organisation, error });
    }
  };

  /** Takes what waits, one after the other, until nothing does. */
  const work = async (): Promise<void> => {
    for (;;) {
      const next = queue.entries().next();
      if (next.done === true || stopping.signal.aborted) return;
      const [key, { organisation, erasureId }] = next.value;
      queue.delete(key);
      await advance(organisation, erasureId);
    }
  };
  const enqueue = (organisation: OrganisationId, erasureId: string): void => {
    queue.set(`${organisation} ${erasureId}`, { organisation, erasureId });
    if (working.size >= AT_ONCE) return;
    const worker = work().finally(() => working.delete(worker));
    working.add(worker);
  };
  const idle = async (): Promise<void> => {
    while (working.size > 0) await Promise.all(working);
  };

  const pending = (): readonly Pending[] => {
    try {
      return reader.acrossOrganisations<Pending>(
        `SELECT organisation, erasure_id, held_back FROM erasures
         WHERE status = 'approved' OR status = 'started' OR status = 'destroyed' ORDER BY organisation, erasure_id`,
      );
    } catch (error) {
      // Built again: the next look finds them.
      if (error instanceof ViewNotReady) return [];
      throw error;
    }
  };

  const commands = createErasureCommands({
    ...runtime,
    erasures,
    keeping: options.keeping,
    isTransferred: options.isTransferred,
    onApproved: enqueue,
  });
  const batches = createBatches(runtime, views, {
    core: options.retention,
    erasures,
    register: reader,
    onApproved: enqueue,
    onConfirmed: () => {
      void beginBatches();
    },
    prepareDue: options.prepareDue,
    stopped: stopping.signal,
  });
  /** One pass over the batches at a time, and one more when a batch was confirmed meanwhile. */
  let batching: Promise<void> = Promise.resolve();
  const beginBatches = (): Promise<void> => (batching = batching.then(batches.look));
  const waited = createWaiting(clock);
  const queries = createErasureQueries({ ...runtime, reader });
  const awaitable = awaitableOf(views);
  return {
    served: [
      serveCommand(requestErasureCommand, commands.requestErasure),
      serveCommand(approveErasuresCommand, commands.approveErasures),
      serveCommand(declineErasureCommand, commands.declineErasure),
      serveQuery(erasuresQuery, queries.erasures, awaitable),
      serveQuery(erasureCertificateQuery, queries.certificate, awaitable),
      ...batches.served,
    ],
    look: async () => {
      await batches.prepare();
      await beginBatches();
      for (const { organisation, erasure_id } of pending()) enqueue(organisation as OrganisationId, erasure_id);
      await idle();
      // What is all carried out by now is reported.
      await beginBatches();
    },
    stop: async () => {
      stopping.abort();
      await batching;
      await idle();
    },
    pending: () => pending().length,
    waitingSeconds: () =>
      waited(
        pending()
          .filter(({ held_back: because }) => because === null)
          .map(({ organisation, erasure_id }) => `${organisation} ${erasure_id}`),
      ),
    erasures,
    enqueue,
  };
};
