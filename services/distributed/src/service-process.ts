import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  asBlobGateway,
  gatewayCaller,
  healthQueries,
  type BlobGateway,
  type RequestContext,
  type ServiceName,
} from '@toeverlaat/contracts';
import { createGrpcClient, GrpcServer, watchIdentity, type GrpcClient, type HeldIdentity } from '@toeverlaat/grpc';
import type { Reactor } from '@toeverlaat/messaging';
import { MAX_KEY_MS } from '@toeverlaat/sealing';
import { watchDestroyedKeys, type ServiceHandle } from '@toeverlaat/service-kit';
import {
  BackupRefused,
  createTimers,
  createUndo,
  directoryAuthority,
  backupTermsOf,
  evidenceOf,
  isOlderThanAnchored,
  lockFolder,
  openService,
  serviceTable,
  VERSION,
  watchDirectory,
  watchedAuthority,
  type Undo,
} from '@toeverlaat/standalone';
import {
  createLogger,
  createTelemetry,
  startOperationsServer,
  telemetrySettings,
  type Logger,
  type PartState,
  type ProcessTelemetry,
  type Telemetry,
} from '@toeverlaat/telemetry';
import { randomId, systemClock, type Clock } from '@toeverlaat/values';
import { join } from 'node:path';
import { z } from 'zod';
import { isObservable, lastValueFrom } from 'rxjs';
import { openStores, storesOf } from './adapters.js';
import { CERTIFICATE_LOOK_MS, openBroker } from './broker.js';
import { fileClock } from './clock.js';
import { watchDirectoryOf } from './directory-watch.js';
import { operationsController } from './operate.js';
import type { ProcessSettings } from './settings.js';

/** One process of a distributed deployment, started: it can be asked. */
export type RunningProcess = {
  /** Where it listens: gRPC, or HTTP for the gateway. */
  readonly port: number;
  /** The operator's: how it is, and figures. */
  readonly operationsPort: number;
  /** Takes nothing new, lets what is under way end within the bound, ends. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

export const loggerOf = ({ service, logLevel }: ProcessSettings): Logger => createLogger({ level: logLevel, service });

export const clockOf = ({ demoClock }: ProcessSettings): Clock =>
  demoClock === undefined ? systemClock : fileClock(demoClock);

/** How this process reaches the others. */
export const clientOf = (
  settings: ProcessSettings,
  identity: HeldIdentity,
  logger: Logger,
  telemetry: Telemetry,
): GrpcClient => {
  const { directoryAt, intakeAt, caseAt, referralAt, reportingAt, recordsAt } = settings;
  const at = {
    directory: directoryAt,
    intake: intakeAt,
    case: caseAt,
    referral: referralAt,
    reporting: reportingAt,
    records: recordsAt,
  };
  return createGrpcClient({
    identity,
    telemetry,
    services: Object.fromEntries(Object.entries(at).filter(([, endpoints]) => endpoints !== undefined)),
    onCircuit: (service, _address, state) => {
      logger.warn('replica of another service', { reason: service, state });
    },
  });
};

/** What this process proves itself with: exchanged without a restart when its files are. */
export const identityOf = (
  settings: ProcessSettings,
  logger: Logger,
  telemetry: Telemetry,
  undo: Undo,
  /** When another certificate of this process is over, in milliseconds since the epoch. */
  otherEndsAt: () => number | undefined = () => undefined,
): HeldIdentity => {
  const watched = watchIdentity(settings.certificates, settings.service, {
    everyMs: CERTIFICATE_LOOK_MS,
    onReplaced: (endsAt) => {
      logger.info('certificate exchanged', { reason: `in force until ${new Date(endsAt).toISOString()}` });
    },
    onRefused: (error) => {
      logger.warn('certificate not exchanged', { reason: error.message });
    },
  });
  undo.add('certificate', watched.stop);
  telemetry.meter.watch('toeverlaat_certificate_ends_seconds', () => [
    { labels: {}, value: (Math.min(watched.endsAt(), otherEndsAt() ?? Infinity) - Date.now()) / 1_000 },
  ]);
  return watched;
};

export const telemetryOf = (settings: ProcessSettings): Promise<ProcessTelemetry> =>
  createTelemetry({ settings: telemetrySettings(settings), process: settings.service, version: VERSION });

const healthSchema = z.object({
  ok: z.literal(true),
  value: z.object({ status: z.enum(['ok', 'starting', 'failing']) }),
});

/** How the service itself says it is; one that does not say so is well once it has started. */
const stateOf = async (server: GrpcServer, service: ServiceName): Promise<PartState> => {
  const handler = server.getHandlerByPattern(healthQueries[service].pattern);
  if (handler === null) return 'ok';
  const id = randomId();
  const context: RequestContext = {
    requestId: id,
    correlationId: id,
    caller: gatewayCaller,
    purpose: 'operate',
    language: 'nl',
  };
  const given: unknown = await handler({ context, input: {} });
  const answer: unknown = isObservable(given) ? await lastValueFrom(given) : given;
  const health = healthSchema.safeParse(answer);
  return health.success ? health.data.value.status : 'failing';
};

/** Reactions that stand keep nobody from being answered: others hear later (docs/how-to/operate.md, ReactionsStand). */
const stateOfReactions = async (reactors: readonly Pick<Reactor, 'status'>[]): Promise<PartState> => {
  try {
    const all = await Promise.all(reactors.map((reactor) => reactor.status()));
    return all.every(({ state }) => state === 'live' || state === 'catchingUp') ? 'ok' : 'degraded';
  } catch {
    // What they parked is asked of their store, which is away.
    return 'degraded';
  }
};

/** Milliseconds beyond the draining after which a part that does not stop is left. */
const STOP_SLACK_MS = 1_000;

/** What a service gives out beside RPC: attachments, or copies of them. */
const blobsOf = ({ blobs, copies }: ServiceHandle): { readonly blobs?: BlobGateway } => {
  if (blobs !== undefined) return { blobs };
  return copies === undefined ? {} : { blobs: asBlobGateway(copies) };
};

/**
 * One service in a process of its own (design §1). It can be asked once its views have caught up: before that its port is
 * closed, and callers take another replica. It ends in the reverse order: first nobody asks any more, then reactions and
 * dates, then views, then what they stand on.
 * @throws BackupRefused where it is an old copy, or one that is being put back; DataFolderInUse, CertificateUnusable, CannotServe, PostgresLogUnusable, RootKeyMissing, KeyFileUnusable …
 */
export const composeService = async (settings: ProcessSettings, service: ServiceName): Promise<RunningProcess> => {
  const logger = loggerOf(settings);
  const clock = clockOf(settings);
  const undo = createUndo(logger);
  let server: GrpcServer | undefined;
  let serving = false;
  /** Those that hear of events over the broker; without one there are none. */
  const reactors: Reactor[] = [];
  try {
    const lock = lockFolder(settings.data, join(settings.data, 'lock', 'in-use.sqlite'));
    undo.add('lock', lock.release);
    const telemetry = await telemetryOf(settings);
    undo.add('telemetry', telemetry.stop);
    let certificateToBroker: (() => number | undefined) | undefined;
    const identity = identityOf(settings, logger, telemetry.of(service), undo, () => certificateToBroker?.());

    const {
      log: opened,
      sealing,
      reactorStore,
      messaging,
      blobs,
    } = await openStores(storesOf(settings), clock, logger, undo);
    // Before anything here uses a key: what another replica destroys leaves the memory of this one too.
    const keys = await watchDestroyedKeys(opened, sealing, logger);
    undo.add('watch of keys', keys.stop);
    const evidence = evidenceOf(settings, { evidence: join(settings.data, 'evidence') });
    if (await isOlderThanAnchored(opened, evidence.anchors ?? [])) throw new BackupRefused('old_copy', 'the log');
    const operator = await startOperationsServer({
      host: settings.operationsHost ?? '127.0.0.1',
      port: settings.operationsPort ?? 0,
      parts: [
        {
          part: 'log',
          check: async (): Promise<PartState> => {
            await opened.head();
            return 'ok';
          },
        },
        { part: 'reactions', check: () => stateOfReactions(reactors) },
        { part: service, check: () => (serving && server !== undefined ? stateOf(server, service) : 'starting') },
      ],
      figures: telemetry.figures,
    });
    undo.add('operator’s port', operator.close);
    const client = clientOf(settings, identity, logger, telemetry.of(service));
    undo.add('connections', client.close);
    const { rpc } = client;
    const { authority, forget } = watchedAuthority(directoryAuthority(rpc, service));
    const log = watchDirectory(opened, forget);

    const entry = serviceTable.find(({ name }) => name === service);
    if (entry === undefined) throw new RangeError(service);
    const { publishedViews } = settings;
    const broker = await openBroker(settings, opened, messaging, logger, undo, telemetry.of(service));
    certificateToBroker = broker?.certificateEndsAt;
    const handle: ServiceHandle = openService(entry, {
      log,
      sealing,
      whenForgotten: keys.whenSeen,
      blobs,
      reactorStore,
      clock,
      viewsFolder: join(settings.data, 'views'),
      ...(publishedViews === undefined ? {} : { publishedViews }),
      writerId: `${service}${settings.replica}`,
      authority,
      rpc,
      ...(broker === undefined
        ? {}
        : {
            reactions: (spec) => {
              const reactor = broker.reactions(spec);
              reactors.push(reactor);
              return reactor;
            },
          }),
      telemetry: telemetry.of(service),
      choices: {
        evidence,
        attachments: client.blobs,
        backups: backupTermsOf(settings),
        keysHeldMs: MAX_KEY_MS,
        prepareDue: settings.dueErasures === 'prepare',
      },
      logger,
    });
    undo.add('service', handle.stop);
    await handle.start();
    const relay = broker?.relay;
    if (relay !== undefined) {
      relay.start();
      undo.add('relay', () => relay.stop());
    }
    const watch = await watchDirectoryOf(opened, forget, logger);
    undo.add('watch', watch.stop);
    const runTimers = createTimers([handle], settings.timersEveryMs, logger, undo);

    server = new GrpcServer({
      host: settings.host,
      port: settings.port,
      identity,
      telemetry: telemetry.of(service),
      drainMs: settings.drainMs,
      ...blobsOf(handle),
      onRefused: ({ peer, pattern, reason }) => {
        logger.warn('call refused', { reason: `${peer ?? 'unknown'}: ${reason}`, pattern });
      },
      onFault: (error, pattern) => {
        logger.error('call failed', { pattern, error });
      },
    });
    const { controllers = [] } = handle.module;
    const operated = operationsController(service, log, handle, [watch, keys], runTimers, publishedViews);
    const microservice = await NestFactory.createMicroservice(
      { ...handle.module, controllers: [...controllers, operated] },
      { strategy: server, logger: false, abortOnError: false },
    );
    undo.add('transport', () => microservice.close(), settings.drainMs + STOP_SLACK_MS);
    await microservice.listen();
    serving = true;
    return {
      port: server.port,
      operationsPort: operator.port,
      stop: () => {
        // From now on readiness says no, while what runs is still answered.
        operator.drain();
        return undo.run();
      },
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
};
