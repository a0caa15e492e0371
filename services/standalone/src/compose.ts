import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { createRecorder } from '@toeverlaat/access';
import { healthQueries, type BlobGateway, type RpcClient, type ServiceName } from '@toeverlaat/contracts';
import { createMemoryEventLog, openSqliteEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import type { GatewayApp, GatewayAppOptions, GatewaySettingsInput } from '@toeverlaat/gateway';
import {
  createMemoryReactorStore,
  InProcessClient,
  InProcessExchange,
  InProcessServer,
  openSqliteReactorStore,
  rpcOver,
  type Reactor,
  type ReactorStore,
} from '@toeverlaat/messaging';
import { createBlobStore, createMemorySealing, openFileSealing, type SealingService } from '@toeverlaat/sealing';
import type { ServiceHandle } from '@toeverlaat/service-kit';
import { createLogger, type Logger, type LoggerOptions } from '@toeverlaat/telemetry';
import { systemClock, type Clock } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import { directoryAuthority, watchDirectory, watchedAuthority } from './authority.js';
import { steeredClock, type SteeredClock } from './clock.js';
import { gatewayKey } from './gateway-key.js';
import { layoutOf, type Layout } from './layout.js';
import { lockFolder } from './lock.js';
import { CannotListen, KeyringMissing } from './refusals.js';
import { serviceTable } from './services.js';
import type { Settings } from './settings.js';

/** What a test, a benchmark or a command gives instead of the product's own. */
export type Overrides = {
  readonly clock?: Clock;
  /** Log, keys and reactor positions in memory; views stay files. */
  readonly memory?: boolean;
  /** Between the services and the log: for crash injection and for counting. */
  readonly wrapLog?: (log: EventLog) => EventLog;
  readonly logs?: LoggerOptions['destination'];
  readonly gateway?: Partial<GatewaySettingsInput>;
  /** No gateway: for commands that work on the data, and for processes that are only spoken to from within. */
  readonly withoutDoor?: boolean;
  /** Other parts than the product's, for tests of the frame. */
  readonly schema?: GatewayAppOptions['schema'];
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
  /** Closes the door, lets what runs end within a bound, writes what is held back, frees the folder. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

const TIMERS_MS = 60_000;
/** How long each part may take to stop before the next is stopped all the same, in milliseconds. */
const STOP_MS = 5_000;
const SETTLE_MS = 10_000;

const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Ends what was opened, last first; an error or a delay of one keeps no other from ending. */
const createUndo = (logger: Logger) => {
  const steps: { readonly what: string; readonly end: () => unknown }[] = [];
  let ending: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (const { what, end } of steps.toReversed()) {
      try {
        if (!(await within(STOP_MS, Promise.resolve(end()))))
          logger.warn('part did not stop in time', { reason: what });
      } catch (error) {
        logger.error('part did not stop', { reason: what, error });
      }
    }
  };
  return {
    add: (what: string, end: () => unknown): void => {
      steps.push({ what, end });
    },
    run: (): Promise<void> => (ending ??= run()),
  };
};

/** A reactor names itself to the store it keeps its position in; this is how commands find those of every service. */
const collecting = (store: ReactorStore, reactors: Map<string, Reactor>): ReactorStore => ({
  ...store,
  attach: (name, reactor) => {
    reactors.set(name, reactor);
  },
});

/**
 * Builds the product out of settings: the one place that chooses adapters (design §1). Resolves when every service has
 * started; nothing listens before `listen`.
 * @throws DataFolderInUse, LogIntegrityError, LogFormatTooNew, LogNotRecognised, RootKeyMissing, RootKeyUnusable,
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

  try {
    // ── the folder, the log, the keys ──
    const lock = lockFolder(settings.data, layout.lock);
    undo.add('lock', lock.release);
    const opened = memory ? createMemoryEventLog() : openSqliteEventLog({ file: layout.log });
    undo.add('log', opened.close);
    const fresh = (await opened.head()) === undefined;
    if (!memory && !fresh && !existsSync(layout.keyring)) throw new KeyringMissing(layout.keyring, layout.log);
    const sealing = memory
      ? createMemorySealing(clock)
      : await openFileSealing({
          clock,
          rootKeyFile: settings.rootKey,
          vaultFile: layout.vault,
          keyringFile: layout.keyring,
          createRootKey: fresh,
        });
    undo.add('keys', sealing.close);
    const reactors = new Map<string, Reactor>();
    const reactorStore = memory
      ? { ...createMemoryReactorStore(), close: () => undefined }
      : openSqliteReactorStore(layout.reactors);
    undo.add('reactor positions', reactorStore.close);

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
    const published = new Map(serviceTable.map(({ name, publishes }) => [name, publishes] as const));
    const handles: ServiceHandle[] = [];
    for (const { name, keys, keepsBlobs, create } of serviceTable) {
      const own = sealing.forService({ classes: keys });
      const blobs = keepsBlobs === true ? createBlobStore({ folder: layout.blobs, sealing: own }) : undefined;
      await blobs?.removeUnfinished();
      const authority = watched.get(name)?.authority ?? directoryAuthority(rpc, name);
      handles.push(
        create(
          {
            service: name,
            log,
            sealing: own,
            clock,
            viewsFolder: layout.views,
            recorder: createRecorder({ log, clock, service: name, writerId: 'standalone', pseudonym: own.pseudonym }),
            authority,
            rpc,
            reactorStore: collecting(reactorStore, reactors),
            ...(blobs === undefined ? {} : { blobs }),
            logger: loggerOf(name),
          },
          (service) => published.get(service) ?? [],
        ),
      );
    }
    // All can be asked before any begins to react.
    const starting = new Set(handles.map(({ name }) => name));
    for (const handle of handles) await mount(handle, exchange, starting, undo.add);
    for (const handle of handles) {
      undo.add(handle.name, handle.stop);
      await handle.start();
      starting.delete(handle.name);
    }

    // ── what dates demand ──
    let looking: Promise<void> | undefined;
    const lookOnce = async (): Promise<void> => {
      for (const { name, runTimers } of handles) {
        try {
          await runTimers();
        } catch (error) {
          logger.error('dates were not looked at', { service: name, error });
        }
      }
    };
    /** One look at a time; whoever asks meanwhile gets a look of its own after it. */
    const runTimers = (): Promise<void> => {
      const mine = (looking ?? Promise.resolve()).then(lookOnce);
      looking = mine;
      return mine;
    };
    const every = overrides.timersEveryMs ?? TIMERS_MS;
    if (every > 0) {
      const timer = setInterval(() => void runTimers(), every);
      timer.unref();
      undo.add('timers', async () => {
        clearInterval(timer);
        await looking;
      });
    }

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
    const blobs = handles.find((handle) => handle.blobs !== undefined)?.blobs;
    let url: string | undefined;
    const door =
      overrides.withoutDoor === true
        ? undefined
        : await openDoor(settings, overrides, layout, rpc, blobs, loggerOf('gateway'), () => url);
    if (door !== undefined) undo.add('gateway', door.close);
    const listen = async (): Promise<{ readonly url: string; readonly port: number }> => {
      if (door === undefined) throw new CannotListen(settings.host, settings.port, 'composed without a door');
      try {
        const where = await door.listen();
        url = where.url;
        if (every > 0) void runTimers();
        return where;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        throw new CannotListen(settings.host, settings.port, code);
      }
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
      url: () => url,
      stop: undo.run,
    };
  } catch (error) {
    await undo.run();
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

/** The gateway with its sign-in, not listening yet. */
const openDoor = async (
  settings: Settings,
  overrides: Overrides,
  layout: Layout,
  rpc: RpcClient,
  blobs: BlobGateway | undefined,
  logger: Logger,
  url: () => string | undefined,
): Promise<GatewayApp> => {
  // Loaded only here: a process without a door starts in half the time.
  const [{ createGatewayApp, gatewaySettingsSchema }, { signInOf }] = await Promise.all([
    import('@toeverlaat/gateway'),
    import('./sign-in.js'),
  ]);
  const signIn = await signInOf(settings, () => url() ?? `http://${settings.host}:${settings.port}`);
  return createGatewayApp({
    settings: gatewaySettingsSchema.parse({
      host: settings.host,
      port: settings.port,
      oidc: signIn.oidc,
      positionTokenKey: gatewayKey(layout.gatewayKey),
      ...overrides.gateway,
    }),
    rpc,
    ...(blobs === undefined ? {} : { blobs }),
    logger,
    ...(signIn.demo === undefined ? {} : { demo: signIn.demo }),
    ...(signIn.mount === undefined ? {} : { mounts: [signIn.mount] }),
    ...(overrides.schema === undefined ? {} : { schema: overrides.schema }),
  });
};
