import type { DynamicModule } from '@nestjs/common';
import { isStaffRole, type Caller } from '@toeverlaat/access';
import {
  healthQueries,
  pseudonymsQuery,
  type BlobGateway,
  type CopyGateway,
  type RequestContext,
  type ServiceName,
} from '@toeverlaat/contracts';
import type { Loaded, Position, Rejection } from '@toeverlaat/event-log';
import { Deferred, logReactions, type PublicEventSource, type Reaction, type Reactor } from '@toeverlaat/messaging';
import type { Outcome } from '@toeverlaat/telemetry';
import { err, ok, type Result } from '@toeverlaat/values';
import { openViews, type OpenViewsOptions, type ViewDefinition, type Views } from '@toeverlaat/views';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serveQuery, type Awaitable, type Served } from './controller.js';
import type { ServiceHandle, ServiceRuntime } from './runtime.js';
import { observedReactions, watchReactor, watchViews } from './observe-background.js';
import { secondsSince } from './observe.js';
import { reportViews } from './views.js';

/**
 * The service's views, over the log and in the folder of its runtime; what they do by themselves goes to its logger. Whoever waits
 * for a position waits for both: rows up to there, and no key in memory that was destroyed by then.
 */
export const openServiceViews = (
  runtime: Pick<ServiceRuntime, 'service' | 'viewsFolder' | 'log' | 'logger' | 'telemetry' | 'clock' | 'whenForgotten'>,
  views: readonly ViewDefinition[],
  options: Pick<OpenViewsOptions, 'lingerMs'> = {},
): Views => {
  const opened = openViews({
    ...options,
    folder: runtime.viewsFolder,
    service: runtime.service,
    log: runtime.log,
    views,
    onNotice: reportViews(runtime.logger),
  });
  watchViews(runtime, opened, views);
  const { whenForgotten } = runtime;
  if (whenForgotten === undefined) return opened;
  return {
    ...opened,
    whenProcessed: async (position, timeoutMs, only) => {
      const [processed, forgotten] = await Promise.all([
        opened.whenProcessed(position, timeoutMs, only),
        whenForgotten(position, timeoutMs),
      ]);
      return forgotten ? processed : 'stale';
    },
  };
};

/** What every decider runner of a service has in common; category, codec and decider are its own. */
export const runnerParts = ({
  log,
  sealing,
  clock,
  logger,
}: Pick<ServiceRuntime, 'log' | 'sealing' | 'clock' | 'logger'>) => ({
  log,
  sealer: sealing,
  clock,
  fingerprintKey: sealing.fingerprintKey,
  onUnknown: () => logger.warn('event of an unknown type'),
});

/** The views as what queries wait for (design rule 9). */
export const awaitableOf = (views: Pick<Views, 'whenProcessed'>): Awaitable => ({
  whenProcessed: (position, timeoutMs) => views.whenProcessed(position as Position, timeoutMs),
});

/**
 * Answers `<service>.health`: failing when a view stands still or something else of the service does, starting until every
 * view follows the log.
 */
export const serveHealth = (
  service: ServiceName,
  views: Pick<Views, 'status'>,
  more: () => Promise<'ok' | 'failing'> = () => Promise.resolve('ok'),
): Served =>
  serveQuery(healthQueries[service], async () => {
    if ((await more()) === 'failing') return ok({ status: 'failing' as const });
    const states = (await views.status()).map(({ state }) => state);
    if (states.includes('failed') || states.includes('stopped')) return ok({ status: 'failing' as const });
    return ok({ status: states.every((state) => state === 'following') ? ('ok' as const) : ('starting' as const) });
  });

/**
 * The service's reactions to public events, by whatever way the composition root chose; what is set aside, and an end, are
 * said in its log.
 * @param ignores types of the sources that it deliberately does not react to
 * @throws InvariantBroken for a type of the sources that is neither
 */
export const createServiceReactor = (
  runtime: ServiceRuntime,
  sources: readonly PublicEventSource[],
  reactions: Readonly<Record<string, Reaction>>,
  ignores: readonly string[],
): Reactor => {
  const { service, log, reactorStore, reactions: factory, logger } = runtime;
  const reactor = (factory ?? logReactions({ log, store: reactorStore }))({
    name: service,
    sources,
    reactions: observedReactions(runtime, reactions),
    ignores,
    onParked: ({ event, position, reason, attempts }) => {
      logger.error('event parked', { eventType: event?.type ?? 'unreadable', position, reason, attempts });
    },
    onError: (error, { type: eventType }, attempts) => {
      // Not each try: the first, and then now and then while it lasts.
      if (error instanceof Deferred && attempts % 10 === 1)
        logger.warn('reaction waits for what is unavailable', { eventType, attempts });
    },
    onWaiting: (error, attempts) => {
      if (attempts % 10 === 1) logger.warn('reactions wait for the log or their store', { attempts, error });
    },
    onFailed: (error) => {
      logger.error('reactions stopped', { error });
    },
  });
  watchReactor(runtime, reactor);
  return reactor;
};

export type ServiceParts = {
  readonly name: ServiceName;
  readonly module: DynamicModule;
  readonly views: Views;
  readonly reactor?: Reactor;
  readonly blobs?: BlobGateway;
  readonly copies?: CopyGateway;
  readonly runTimers?: () => Promise<void>;
};

/**
 * Starts, awaits and stops a service in the one order that loses nothing: reactions begin when the views have caught up and
 * end before them; access records on their way are durable before the views close.
 */
export const createServiceHandle = (
  {
    recorder,
    publishedViews,
    logger,
    telemetry,
  }: Pick<ServiceRuntime, 'recorder' | 'publishedViews' | 'logger' | 'telemetry'>,
  { name, module, views, reactor, blobs, copies, runTimers }: ServiceParts,
): ServiceHandle => ({
  name,
  module,
  ...(blobs === undefined ? {} : { blobs }),
  ...(copies === undefined ? {} : { copies }),
  start: async () => {
    if (publishedViews !== undefined) await adoptViews(views, join(publishedViews, name), logger);
    await views.start();
    reactor?.start();
  },
  stop: async () => {
    await reactor?.stop();
    await recorder.flush();
    await views.stop();
  },
  runTimers: async () => {
    const started = performance.now();
    let outcome: Outcome = 'failed';
    try {
      await telemetry.span({ name: 'timers' }, async () => {
        await runTimers?.();
        await recorder.flush();
      });
      outcome = 'ok';
    } finally {
      telemetry.meter.time('toeverlaat_timers_seconds', { outcome }, secondsSince(started));
    }
  },
  whenSettled: async (position, timeoutMs) => {
    // One bound for both: whoever asks has a deadline of its own.
    const until = performance.now() + timeoutMs;
    if ((await views.whenProcessed(position, timeoutMs)) !== 'processed') return false;
    return reactor === undefined || reactor.whenHandled(position, Math.max(0, until - performance.now()));
  },
  viewHashes: async () => Object.fromEntries(await views.hashes()),
  publishViews: async (folder) => {
    for (const { view, mode, position, state } of await views.status())
      if (mode !== 'live' && state === 'following' && position !== undefined)
        await views.publish(view, join(folder, name));
  },
});

/**
 * Starts views from files that another process of the service published, where it has none of its own. One that is refused
 * is built from the log like any other: a published file saves time and is never needed (design rule 1).
 */
const adoptViews = async (views: Views, folder: string, logger: ServiceRuntime['logger']): Promise<void> => {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
    const adopted = await views.openFrom(join(folder, file));
    if (adopted.ok) logger.info('view starts from a published file', { view: adopted.value.view });
    else if (adopted.error.reason !== 'view has a file already')
      logger.warn('published view not used', { reason: adopted.error.reason });
  }
};

/** A record that is there, of a state that is a union with `none`; `NotFound` says nothing of why it is not (design rule 10). */
export const existing = <S extends { readonly status: string }>(
  loaded: Loaded<S>,
): Result<{ readonly state: Exclude<S, { readonly status: 'none' }>; readonly revision: number }, Rejection> => {
  switch (loaded.kind) {
    case 'absent':
      return err({ kind: 'NotFound' });
    case 'erased':
      return err({ kind: 'Erased' });
    case 'unavailable':
      return err({ kind: 'Unavailable', detail: loaded.detail });
    case 'loaded':
      return loaded.state.status === 'none'
        ? err({ kind: 'NotFound' })
        : ok({ state: loaded.state as Exclude<S, { readonly status: 'none' }>, revision: loaded.revision });
  }
};

/**
 * The caller's own pseudonyms of every year, this year's first, as the directory has them: what the handler of a record is
 * compared with. Empty for who is no staff.
 */
export const ownPseudonyms = async (
  { rpc }: Pick<ServiceRuntime, 'rpc'>,
  context: RequestContext,
  caller: Caller,
): Promise<Result<readonly string[], Rejection>> => {
  if (!isStaffRole(caller.role)) return ok([]);
  const answer = await rpc.query(pseudonymsQuery, { ...context, caller }, {});
  return answer.ok ? ok(answer.value) : err(answer.rejection);
};
