import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { healthQueries, type BlobGateway, type RpcClient, type ServiceName } from '@toeverlaat/contracts';
import type { EventLog, Position } from '@toeverlaat/event-log';
import type { GatewayAppOptions, GatewaySettingsInput } from '@toeverlaat/gateway';
import {
  InProcessClient,
  InProcessExchange,
  InProcessServer,
  rpcOver,
  type Reactor,
  type ReactionsFactory,
} from '@toeverlaat/messaging';
import { EvidenceStopped, ledgerOfVault, type EvidenceSettings } from '@toeverlaat/records';
import type { SealingService } from '@toeverlaat/sealing';
import type { ServiceHandle } from '@toeverlaat/service-kit';
import {
  createLogger,
  createTelemetry,
  telemetrySettings,
  type Logger,
  type LoggerOptions,
  type ProcessTelemetry,
} from '@toeverlaat/telemetry';
import { err, systemClock, type Clock } from '@toeverlaat/values';
import { directoryAuthority, watchDirectory, watchedAuthority } from './authority.js';
import { steeredClock, type SteeredClock } from './clock.js';
import { collecting, fileAdapters, type Adapters } from './composition/adapters.js';
import { openDoor } from './composition/door.js';
import { openService } from './composition/open-service.js';
import { createRotation } from './composition/rotation.js';
import { createTimers, TIMERS_MS } from './composition/timers.js';
import { createUndo, type Undo } from './composition/undo.js';
import { backupTermsOf } from './backup-terms.js';
import { evidenceOf, evidenceThread } from './evidence.js';
import { BackupRefused } from './backup/refusal.js';
import { refuseUnfinishedRestore } from './backup/marker.js';
import { layoutOf, type Layout } from './layout.js';
import { lockFolder } from './lock.js';
import { openOperations } from './operations.js';
import { CannotListen } from './refusals.js';
import { serviceTable } from './services.js';
import type { Settings } from './settings.js';
import { VERSION } from './version.js';

/** What a test, a benchmark or a command gives instead of the product's own. */
export type Overrides = {
  readonly clock?: Clock;
  /** Log, keys and reactor positions in memory; views stay files. */
  readonly memory?: boolean;
  /** Between the services and the log: for crash injection and for counting. */
  readonly wrapLog?: (log: EventLog) => EventLog;
  /** Other adapters than files of the data folder: to play the demonstration into the servers of a distributed one. */
  readonly adapters?: (clock: Clock, undo: Undo) => Promise<Adapters>;
  /** Public events by another way than the log: over Kafka. */
  readonly reactions?: (log: EventLog, undo: Undo) => Promise<ReactionsFactory>;
  readonly logs?: LoggerOptions['destination'];
  readonly gateway?: Partial<GatewaySettingsInput>;
  /** A restore looks after its own end: it may compose what nobody else may open yet. */
  readonly restoring?: boolean;
  /** No gateway: for commands that work on the data, and for processes that are only spoken to from within. */
  readonly withoutDoor?: boolean;
  /** Other parts than the product's, for tests of the frame. */
  readonly schema?: GatewayAppOptions['schema'];
  readonly evidence?: Partial<EvidenceSettings>;
  /** Telemetry kept elsewhere than the settings say; whoever gives it ends it. */
  readonly telemetry?: ProcessTelemetry;
  /** How often dates are looked at, in milliseconds; 0: only when asked. */
  readonly timersEveryMs?: number;
};

/** The product in one process: composed, started, not listening yet. */
export type Product = {
  readonly settings: Settings;
  readonly layout: Layout;
  readonly services: Readonly<Partial<Record<ServiceName, ServiceHandle>>>;
  readonly exchange: InProcessExchange;
  /** Reaches every service, as any service reaches the others. */
  readonly rpc: RpcClient;
  /** Puts in and takes out attachments, as the gateway does. */
  readonly blobs: BlobGateway | undefined;
  readonly clock: Clock;
  /** In the demonstration: sets the clock, so that the past can be played. */
  readonly steer: SteeredClock['playAt'] | undefined;
  readonly log: EventLog;
  readonly sealing: SealingService;
  /** By name: what reacts to public events, with what it had to park. */
  readonly reactors: ReadonlyMap<string, Reactor>;
  readonly logger: Logger;
  /** The log held nothing when this process opened it. */
  readonly fresh: boolean;
  /** Looks at dates now, once, in every service. */
  readonly runTimers: () => Promise<void>;
  /** True once every view and reaction has handled everything that is in the log, what reactions wrote included. */
  readonly whenSettled: (timeoutMs?: number) => Promise<boolean>;
  /** View, as `<service>.<view>`, to the hash of its rows. */
  readonly viewHashes: () => Promise<Readonly<Record<string, string>>>;
  /** Opens the door. @throws CannotListen */
  readonly listen: () => Promise<{ readonly url: string; readonly port: number }>;
  /** Undefined until it listens. */
  readonly url: () => string | undefined;
  /** Where the operator's port listens; undefined without one. */
  readonly operationsUrl: string | undefined;
  /** Closes the door, lets what runs end within a bound, writes what is held back, frees the folder. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

const SETTLE_MS = 10_000;

/**
 * Builds the product out of settings: the one place that chooses adapters (design §1). Resolves when every service has
 * started; nothing listens before `listen`.
 * @throws DataFolderInUse, BackupRefused, LogIntegrityError, LogFormatTooNew, LogNotRecognised, RootKeyMissing, RootKeyUnusable,
 * KeyFileUnusable, KeyringMissing, GatewayKeyUnusable: each names the file; everything opened by then is closed again
 */
export const compose = async (settings: Settings, overrides: Overrides = {}): Promise<Product> => {
  const layout = layoutOf(settings.data);
  const memory = overrides.memory === true;
  const steered = overrides.clock === undefined && settings.profile === 'demonstration' ? steeredClock() : undefined;
  const clock = overrides.clock ?? steered ?? systemClock;
  const loggerOf = (service: string): Logger =>
    createLogger({
      level: settings.logLevel,
      service,
      ...(overrides.logs === undefined ? {} : { destination: overrides.logs }),
    });
  const logger = loggerOf('standalone');
  const undo = createUndo(logger);
  const filesOf = (): Promise<Adapters> => fileAdapters(layout, settings.rootKey, clock, memory, undo);

  try {
    const telemetry =
      overrides.telemetry ??
      (await createTelemetry({ settings: telemetrySettings(settings), process: 'standalone', version: VERSION }));
    if (overrides.telemetry === undefined) undo.add('telemetry', telemetry.stop);

    // ── the folder, the log, the keys ──
    const lock = lockFolder(settings.data, layout.lock);
    undo.add('lock', lock.release);
    if (overrides.restoring !== true) refuseUnfinishedRestore(layout);
    const {
      log: opened,
      logFile,
      sealing,
      reactorStore,
      blobs: blobStoreOf,
      fresh,
    } = await (overrides.adapters ?? filesOf)(clock, undo);
    const reactors = new Map<string, Reactor>();

    // ── how the services reach each other ──
    const exchange = new InProcessExchange();
    const rpc = rpcOver(new InProcessClient(exchange));
    const wrapped = overrides.wrapLog?.(opened) ?? opened;
    const watched = new Map(
      serviceTable.map(({ name }) => [name, watchedAuthority(directoryAuthority(rpc, name))] as const),
    );
    const log = watchDirectory(wrapped, () => {
      for (const { forget } of watched.values()) forget();
    });

    // ── the services ──
    const handles: ServiceHandle[] = [];
    const keeper = () => handles.find((handle) => handle.blobs !== undefined)?.blobs;
    /** Who hands a case over starts after who keeps its attachments. */
    const attachments: Pick<BlobGateway, 'get'> = {
      get: async (context, request) =>
        keeper()?.get(context, request) ?? err({ kind: 'Unavailable', detail: 'attachments' }),
    };
    const reactions = await overrides.reactions?.(opened, undo);
    const surroundings = {
      ...(reactions === undefined ? {} : { reactions }),
      log,
      sealing,
      clock,
      viewsFolder: layout.views,
      writerId: 'standalone',
      rpc,
      reactorStore: collecting(reactorStore, reactors),
      choices: {
        evidence: {
          ...evidenceOf(settings, layout),
          ...(logFile === undefined ? {} : { thread: evidenceThread(logFile) }),
          ledger: ledgerOfVault(sealing),
          ...overrides.evidence,
        },
        backups: backupTermsOf(settings),
        // The process that destroys a key is the only one that has it.
        keysHeldMs: 0,
        prepareDue: settings.dueErasures === 'prepare',
        attachments,
      },
    };
    for (const entry of serviceTable) {
      const { name, keepsBlobs } = entry;
      const authority = watched.get(name)?.authority ?? directoryAuthority(rpc, name);
      // What a crash left of uploads goes here, where no other process can be at one.
      if (keepsBlobs === true) await blobStoreOf(sealing).removeUnfinished();
      handles.push(
        openService(entry, {
          ...surroundings,
          blobs: blobStoreOf,
          authority,
          logger: loggerOf(name),
          telemetry: telemetry.of(name),
        }),
      );
    }
    // All can be asked before any begins to react.
    const starting = new Set(handles.map(({ name }) => name));
    for (const handle of handles) await mount(handle, exchange, starting, undo.add);
    for (const handle of handles) {
      undo.add(handle.name, handle.stop);
      await started(handle, layout);
      starting.delete(handle.name);
    }

    // ── what dates demand ──
    const every = overrides.timersEveryMs ?? TIMERS_MS;
    const { rotationDays: epochDays } = backupTermsOf(settings);
    const rotation = createRotation({
      log,
      sealing,
      clock,
      epochDays,
      logger,
      meter: telemetry.of('keys').meter,
    });
    const runTimers = createTimers([...handles, { name: 'keys', runTimers: rotation }], every, logger, undo);

    const whenSettled = async (timeoutMs = SETTLE_MS): Promise<boolean> => {
      const until = performance.now() + timeoutMs;
      let seen: Position | undefined;
      for (;;) {
        const head = await log.head();
        if (head === seen) return true;
        if (head === undefined) return true;
        for (const handle of handles)
          if (!(await handle.whenSettled(head, Math.max(0, until - performance.now())))) return false;
        seen = head;
      }
    };

    // ── the door ──
    const blobs = keeper();
    const door =
      overrides.withoutDoor === true
        ? undefined
        : await openDoor({
            settings,
            keyFile: layout.gatewayKey,
            rpc,
            blobs,
            copies: handles.find((handle) => handle.copies !== undefined)?.copies,
            logger: loggerOf('gateway'),
            telemetry: telemetry.of('gateway'),
            gateway: overrides.gateway,
            schema: overrides.schema,
          });
    if (door !== undefined) undo.add('gateway', door.close);

    // ── the operator's port ──
    const operations =
      settings.operationsPort === undefined || overrides.withoutDoor === true
        ? undefined
        : await openOperations(settings, log, rpc, telemetry);
    if (operations !== undefined) undo.add('operations', operations.close);
    const listen = async (): Promise<{ readonly url: string; readonly port: number }> => {
      if (door === undefined) throw new CannotListen(settings.host, settings.port, 'composed without a door');
      const where = await door.listen();
      if (every > 0) void runTimers();
      return where;
    };

    return {
      settings,
      layout,
      services: Object.fromEntries(handles.map((handle) => [handle.name, handle])),
      exchange,
      rpc,
      blobs,
      clock,
      steer: steered?.playAt,
      log,
      sealing,
      reactors,
      logger,
      fresh,
      runTimers,
      whenSettled,
      viewHashes: async () => {
        const all: Record<string, string> = {};
        for (const { name, viewHashes } of handles)
          for (const [view, hash] of Object.entries(await viewHashes())) all[`${name}.${view}`] = hash;
        return all;
      },
      listen,
      url: () => door?.url(),
      operationsUrl: operations?.url,
      stop: undo.run,
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
};

/** @throws BackupRefused where an old copy was put back by hand; whatever else a service refuses to start with */
const started = async (handle: ServiceHandle, layout: Layout): Promise<void> => {
  try {
    await handle.start();
  } catch (error) {
    if (error instanceof EvidenceStopped && (error.fault === 'anchor_is_newer' || error.fault === 'ledger_lost'))
      throw new BackupRefused('old_copy', layout.folder, { cause: error });
    throw error;
  }
};

/** Puts a service where the others can ask it. One that does not say how it is, is well once it has started. */
const mount = async (
  handle: ServiceHandle,
  exchange: InProcessExchange,
  starting: ReadonlySet<ServiceName>,
  onStop: (what: string, end: () => unknown) => void,
): Promise<void> => {
  const microservice: INestMicroservice = await NestFactory.createMicroservice(handle.module, {
    strategy: new InProcessServer(exchange),
    logger: false,
    abortOnError: false,
  });
  await microservice.listen();
  onStop(`${handle.name} transport`, () => microservice.close());
  const { pattern } = healthQueries[handle.name];
  if (!exchange.has(pattern))
    exchange.register(pattern, () =>
      Promise.resolve({ ok: true, value: { status: starting.has(handle.name) ? 'starting' : 'ok' }, stale: false }),
    );
};
