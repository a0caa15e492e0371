import type { EventLog, Position, RecordedEvent, SubscriptionMessage } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, pause, type Result } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import { decodedBatch, type DecodedBatch } from './decode.js';
import type { ViewDefinition, ViewMode } from './define.js';
import {
  deleteAbandoned,
  deleteDatabase,
  isBefore,
  isCorrupt,
  newBuildingFile,
  olderVersions,
  openBuilding,
  openFile,
  openMemory,
  replaceRows,
  settle,
  viewFile,
  type Checkpoint,
  type UnusableFile,
  type ViewDatabase,
  type ViewStopped,
} from './file.js';
import { hashRows } from './hash.js';
import { adoptPublished, publishFile, type Published, type PublishedRefused } from './publish.js';
import { openReader, type OpenReader, type ViewReader } from './reader.js';
import { scan, scanTarget, take, type ScanTarget } from './scan.js';

/** What the runtime says on its own: for the operator's log. Names, versions, positions and SQLite's words; no row. */
export type ViewNotice =
  /** A file was deleted and is built again from the log. */
  | {
      readonly kind: 'discarded';
      readonly view: string;
      readonly version: number;
      readonly reason: UnusableFile['reason'] | 'ahead of the log';
      readonly detail: string;
    }
  | {
      readonly kind: 'built';
      readonly view: string;
      readonly version: number;
      readonly events: number;
      readonly seconds: number;
    }
  | { readonly kind: 'olderVersionDeleted'; readonly view: string; readonly file: string }
  /** A view stands still in front of this position until it is rebuilt or a corrected build starts. */
  | { readonly kind: 'failed'; readonly view: string; readonly position: Position; readonly detail: string }
  /** The log or a disk refused; tried again from the checkpoints after `delayMs`. */
  | { readonly kind: 'retrying'; readonly detail: string; readonly delayMs: number };

export type ViewState =
  /** No rows to read yet. */
  | 'building'
  | 'following'
  /** Stopped in front of an event it cannot take; its rows are true up to there and can be read. */
  | 'failed'
  | 'stopped';

export type ViewStatus = {
  readonly view: string;
  readonly version: number;
  readonly mode: ViewMode;
  readonly state: ViewState;
  /** Everything up to here is in the rows; undefined: nothing yet. */
  readonly position: Position | undefined;
  readonly lagging: boolean;
  /** Milliseconds since this process last wrote or took over its checkpoint; undefined: nothing yet. */
  readonly checkpointAgeMs: number | undefined;
  /** Why it stopped, and in front of which event. */
  readonly failure?: { readonly position: Position; readonly detail: string };
};

export type RebuiltView = {
  readonly view: string;
  readonly version: number;
  /** Events it handled. */
  readonly events: number;
  /** SHA-256 of its ordered canonical rows. */
  readonly hash: string;
  /** Time spent on this view: decoding, handlers, rows, commits; the common reading of the log is not in it. */
  readonly seconds: number;
};

/** A query came before the first build of the view was done. Retryable. */
export class ViewNotReady extends Error {
  override readonly name = 'ViewNotReady';
  constructor(readonly view: string) {
    super(`view ${view} is being built`);
  }
}

export type OpenViewsOptions = {
  /** Holds a folder per service; one file per view. */
  readonly folder: string;
  readonly service: string;
  readonly log: EventLog;
  readonly views: readonly ViewDefinition[];
  readonly onNotice?: (notice: ViewNotice) => void;
  /** Most events in one transaction while following. */
  readonly batchSize?: number;
  /**
   * How long the views may stay behind what was just appended, in milliseconds, so that more of it shares a transaction: for
   * rows that nobody waits for. Whoever waits for a position is served at once. 0, the default, follows every append.
   */
  readonly lingerMs?: number;
  /** How long `start` waits for views to catch up, in milliseconds; what takes longer goes on after it. */
  readonly startWithinMs?: number;
};

export type Views = {
  /**
   * Opens every view, deletes and rebuilds what cannot be used, and follows the log. Resolves when all views have
   * caught up with the head of now, or after `startWithinMs`.
   */
  readonly start: () => Promise<void>;
  /** Ends after the transaction at hand; safe to call twice. */
  readonly stop: () => Promise<void>;
  /**
   * Waits until the views named (all when left out) have everything up to a position.
   * @returns `stale` when they have not within the time, at once when one of them failed before that position
   */
  readonly whenProcessed: (
    position: Position,
    timeoutMs: number,
    views?: readonly string[],
  ) => Promise<'processed' | 'stale'>;
  readonly status: () => Promise<readonly ViewStatus[]>;
  /** Reads a view. Its calls throw `ViewNotReady` until the first build is done. @throws InvariantBroken: no such view */
  readonly query: (view: string) => ViewReader;
  /** Builds a view from the log beside the running one and switches in one transaction; also how a failed view is tried again. */
  readonly rebuild: (view: string) => Promise<RebuiltView>;
  /** View name to SHA-256 of its ordered canonical rows. */
  readonly hashes: () => Promise<ReadonlyMap<string, string>>;
  /** Writes a copy of a view's file and its manifest, from which a cold replica may start. */
  readonly publish: (view: string, toFolder: string) => Promise<Published>;
  /** Takes a published file as this view's own, after checking its hash; only before `start`. */
  readonly openFrom: (manifestFile: string) => Promise<Result<Published, PublishedRefused>>;
};

/** Batch of a build: large, because nobody waits for its rows. */
const BUILD_BATCH = 2_000;
/** Messages without an event for a view after which its checkpoint is written all the same. */
const IDLE_MESSAGES = 100;
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

type Opened = { readonly database: ViewDatabase; readonly reader: OpenReader };

type Running = {
  readonly view: ViewDefinition;
  state: ViewState;
  opened: Opened | undefined;
  /** Runs ahead of the checkpoint over events that are not this view's. */
  position: Checkpoint;
  /** What the file said when this process last looked. */
  checkpoint: Checkpoint;
  /** When the checkpoint was written or taken over, by `performance.now()`. */
  checkpointAt: number | undefined;
  idle: number;
  failure: { readonly position: Position; readonly detail: string } | undefined;
};

type Mutex = <T>(work: () => Promise<T> | T) => Promise<T>;

const createMutex = (): Mutex => {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };
};

const detailOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';

/**
 * The views of one service over its log: one subscription for all of them, one file and one checkpoint for each.
 */
export const openViews = (options: OpenViewsOptions): Views => {
  const { folder, service, log, views, batchSize = 500, lingerMs = 0, startWithinMs = 2_000 } = options;
  const notice = options.onNotice ?? (() => undefined);
  const running = new Map<string, Running>();
  for (const view of views) {
    if (running.has(view.name)) throw new InvariantBroken(`view ${view.name} is listed twice`);
    running.set(view.name, {
      view,
      state: 'building',
      opened: undefined,
      position: undefined,
      checkpoint: undefined,
      checkpointAt: undefined,
      idle: 0,
      failure: undefined,
    });
  }
  const categories = [...new Set(views.flatMap((view) => view.categories))];
  /** Held by whoever writes to or replaces a view: the subscription, a switch, a publication. */
  const alone = createMutex();
  const ended = new AbortController();
  const { signal } = ended;
  const background = new Set<Promise<void>>();
  let following: Promise<void> | undefined;
  let phase: 'new' | 'started' | 'stopped' = 'new';

  const named = (name: string): Running => {
    const found = running.get(name);
    if (found === undefined) throw new InvariantBroken(`${service} has no view ${name}`);
    return found;
  };

  // --- who waits for a position -------------------------------------------------------------------------------
  type Waiter = { readonly check: () => void };
  const waiters = new Set<Waiter>();
  const moved = (): void => {
    for (const waiter of waiters) waiter.check();
  };
  const waitFor = <T>(answer: () => T | undefined, timeoutMs: number, late: T): Promise<T> => {
    const now = answer();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve) => {
      const done = (value: T): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        resolve(value);
      };
      const waiter: Waiter = {
        check: () => {
          const value = answer();
          if (value !== undefined) done(value);
        },
      };
      const timer = setTimeout(() => done(late), timeoutMs);
      waiters.add(waiter);
      hurry?.();
    });
  };
  /** Ends the pause at hand. */
  let hurry: (() => void) | undefined;
  const linger = (): Promise<void> => {
    if (lingerMs === 0 || waiters.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        hurry = undefined;
        resolve();
      };
      const timer = setTimeout(done, lingerMs);
      signal.addEventListener('abort', done);
      hurry = done;
    });
  };

  // --- one view ------------------------------------------------------------------------------------------------
  const closeView = (entry: Running): void => {
    entry.opened?.reader.close();
    entry.opened?.database.close();
    entry.opened = undefined;
  };

  const fail = (entry: Running, stopped: ViewStopped): void => {
    entry.state = 'failed';
    entry.checkpoint = entry.opened?.database.checkpoint();
    if (isBefore(entry.position, entry.checkpoint)) entry.position = entry.checkpoint;
    entry.failure = { position: stopped.position, detail: stopped.message };
    notice({ kind: 'failed', view: entry.view.name, position: stopped.position, detail: stopped.message });
  };

  const follows = (entry: Running, opened: Opened, stopped: ViewStopped | undefined): void => {
    entry.opened = opened;
    entry.idle = 0;
    entry.failure = undefined;
    entry.checkpoint = opened.database.checkpoint();
    entry.checkpointAt = performance.now();
    entry.position = entry.checkpoint;
    if (stopped === undefined) entry.state = 'following';
    else fail(entry, stopped);
    moved();
  };

  const discard = (entry: Running, reason: UnusableFile['reason'] | 'ahead of the log', detail: string): void => {
    const { view } = entry;
    closeView(entry);
    entry.state = 'building';
    entry.position = undefined;
    deleteDatabase(viewFile(folder, service, view));
    notice({ kind: 'discarded', view: view.name, version: view.version, reason, detail });
  };

  /** Opens the file of a view when there is one that can be used. */
  const openExisting = async (entry: Running): Promise<boolean> => {
    const { view } = entry;
    const file = viewFile(folder, service, view);
    if (view.mode === 'live' || !existsSync(file)) return false;
    const opened = openFile(view, file);
    if (!opened.ok) {
      discard(entry, opened.error.reason, opened.error.detail);
      return false;
    }
    const { database } = opened;
    // A log restored from an older backup: the rows tell of events that no longer are. The head is asked for after the
    // checkpoint: another process that follows the same file may have gone further than a head of earlier.
    const checkpoint = database.checkpoint();
    const head = await log.head();
    if (isBefore(head, checkpoint)) {
      const detail = `${file} is at ${checkpoint ?? 'the start'}, the log ends at ${head ?? 'its start'}`;
      database.close();
      discard(entry, 'ahead of the log', detail);
      return false;
    }
    follows(entry, { database, reader: openReader(file) }, undefined);
    return true;
  };

  const deleteOlder = (view: ViewDefinition): void => {
    for (const file of olderVersions(folder, service, view)) {
      deleteDatabase(file);
      notice({ kind: 'olderVersionDeleted', view: view.name, file });
    }
  };

  /** Brings one opened view to a position by itself, from its own checkpoint. */
  const catchUp = async (database: ViewDatabase, until: Checkpoint): Promise<ScanTarget> => {
    const target = scanTarget(database);
    await scan(log, [target], { after: database.checkpoint(), until, batchSize: BUILD_BATCH, signal });
    return target;
  };

  // --- following -----------------------------------------------------------------------------------------------
  const concerns = (entry: Running, event: RecordedEvent): boolean => {
    const dash = event.stream.indexOf('-');
    return isBefore(entry.position, event.position) && entry.view.categories.includes(event.stream.slice(0, dash));
  };

  const deliverTo = async (entry: Running, opened: Opened, batch: DecodedBatch, next: Position): Promise<void> => {
    if (!isBefore(entry.position, next)) return;
    const { database } = opened;
    if (!batch.events.some((event) => concerns(entry, event)) && entry.idle < IDLE_MESSAGES) {
      entry.idle += 1;
      entry.position = next;
      return;
    }
    const taken = take(database, batch, entry.checkpoint, next);
    switch (taken.kind) {
      case 'applied':
        entry.idle = 0;
        entry.position = next;
        // Another process may have gone further already.
        entry.checkpoint = taken.checkpoint;
        entry.checkpointAt = performance.now();
        return;
      case 'stopped':
        fail(entry, taken.error);
        return;
      case 'movedBack': {
        const target = await catchUp(database, next);
        follows(entry, opened, target.stopped);
        return;
      }
      default:
        assertNever(taken);
    }
  };

  const deliver = async (message: SubscriptionMessage): Promise<void> => {
    const { next } = message;
    if (next === undefined) return;
    const batch = decodedBatch(message.kind === 'events' ? message.events : [], running.size > 1);
    for (const entry of running.values()) {
      const { opened } = entry;
      if (entry.state !== 'following' || opened === undefined) continue;
      try {
        await deliverTo(entry, opened, batch, next);
      } catch (error) {
        if (!isCorrupt(error)) throw error;
        discard(entry, 'damaged', detailOf(error));
        inBackground(() => build([entry]));
      }
    }
    moved();
  };

  const followers = (): readonly Running[] => [...running.values()].filter((entry) => entry.state === 'following');

  const followLog = async (): Promise<void> => {
    const active = followers();
    const [first] = active;
    if (first === undefined) return;
    const after = active.reduce<Checkpoint>(
      (least, { position }) => (isBefore(position, least) ? position : least),
      first.position,
    );
    for await (const message of log.subscribe({
      ...(after === undefined ? {} : { after }),
      categories,
      signal,
      batchSize,
    })) {
      await alone(() => deliver(message));
      if (message.kind === 'caughtUp') await linger();
      if (signal.aborted) return;
    }
  };

  /** Tries again from the checkpoints, later each time, until it works or the views are stopped. */
  const persist = async (work: () => Promise<void>): Promise<void> => {
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      const started = Date.now();
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (Date.now() - started > LAST_DELAY_MS) delayMs = FIRST_DELAY_MS;
        notice({ kind: 'retrying', detail: detailOf(error), delayMs });
        await pause(delayMs, signal);
        delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
      }
    }
  };

  const inBackground = (work: () => Promise<void>): void => {
    const task = persist(work).finally(() => background.delete(task));
    background.add(task);
  };

  const ensureFollowing = (): void => {
    if (following !== undefined || signal.aborted || followers().length === 0) return;
    following = persist(async () => {
      await followLog();
      // A subscription has no end of its own; one that ended is opened again.
      if (!signal.aborted) throw new Error('the subscription ended');
    });
  };

  // --- building ------------------------------------------------------------------------------------------------
  type Build = { readonly entry: Running; readonly target: ScanTarget; readonly reader: OpenReader | undefined };

  const openBuild = (entry: Running): Build => {
    const { view } = entry;
    switch (view.mode) {
      case 'live': {
        const { database, uri } = openMemory(view);
        return { entry, target: scanTarget(database), reader: openReader(uri) };
      }
      case 'async':
        deleteAbandoned(folder, service, view);
        return {
          entry,
          target: scanTarget(openBuilding(view, newBuildingFile(folder, service, view))),
          reader: undefined,
        };
      default:
        return assertNever(view.mode);
    }
  };

  const abandon = ({ target, reader }: Build): void => {
    reader?.close();
    target.database.close();
    if (target.database.file !== undefined) deleteDatabase(target.database.file);
  };

  /** Puts a first build in its place. Runs alone. */
  const install = async ({ entry, target, reader }: Build): Promise<void> => {
    const { view } = entry;
    const { file: built } = target.database;
    let stopped = target.stopped;
    if (reader !== undefined || built === undefined) {
      if (reader === undefined) throw new InvariantBroken('a live view has a reader');
      closeView(entry);
      follows(entry, { database: target.database, reader }, stopped);
    } else {
      target.database.complete();
      target.database.close();
      const file = viewFile(folder, service, view);
      const ours = settle(built, file);
      const opened = openFile(view, file);
      if (!opened.ok) throw new InvariantBroken(`${opened.error.detail}: just built`);
      // Another process was first: its file, from where that one is.
      if (!ours) stopped = (await catchUp(opened.database, undefined)).stopped;
      follows(entry, { database: opened.database, reader: openReader(file) }, stopped);
      deleteOlder(view);
    }
    notice({ kind: 'built', view: view.name, version: view.version, events: target.events, seconds: target.seconds });
  };

  const build = async (entries: readonly Running[]): Promise<void> => {
    const pending = new Set(entries.filter((entry) => entry.state === 'building').map(openBuild));
    if (pending.size === 0) return;
    const targets = [...pending].map((item) => item.target);
    try {
      const at = await scan(log, targets, { after: undefined, batchSize: BUILD_BATCH, signal });
      await alone(async () => {
        await scan(log, targets, { after: at, batchSize: BUILD_BATCH, signal });
        if (signal.aborted) return;
        for (const item of pending) {
          pending.delete(item);
          await install(item);
        }
      });
    } finally {
      for (const item of pending) abandon(item);
    }
    ensureFollowing();
  };

  const rebuilt = async (entry: Running, target: ScanTarget): Promise<RebuiltView> => ({
    view: entry.view.name,
    version: entry.view.version,
    events: target.events,
    hash: await hashOf(entry),
    seconds: target.seconds,
  });

  const rebuildLive = async (entry: Running): Promise<ScanTarget> => {
    const item = openBuild(entry);
    const { target } = item;
    let installed = false;
    try {
      const at = await scan(log, [target], { after: undefined, batchSize: BUILD_BATCH, signal });
      await alone(async () => {
        await scan(log, [target], { after: at, batchSize: BUILD_BATCH, signal });
        // A build that stopped is not put in the place of rows that reach further.
        if (signal.aborted || (target.stopped !== undefined && entry.state === 'following')) return;
        installed = true;
        await install(item);
      });
    } finally {
      if (!installed) abandon(item);
    }
    return target;
  };

  const rebuildFile = async (entry: Running, opened: Opened): Promise<ScanTarget> => {
    const { view } = entry;
    const file = newBuildingFile(folder, service, view);
    let database = openBuilding(view, file);
    let total = scanTarget(database);
    const extend = async (): Promise<void> => {
      const target = scanTarget(database);
      await scan(log, [target], { after: database.checkpoint(), batchSize: BUILD_BATCH, signal });
      total = {
        database,
        events: total.events + target.events,
        seconds: total.seconds + target.seconds,
        stopped: target.stopped,
      };
    };
    try {
      await extend();
      await alone(async () => {
        for (;;) {
          if (total.stopped === undefined) await extend();
          if (signal.aborted) throw new ViewNotReady(view.name);
          database.close();
          const { ok } = replaceRows(opened.database, file);
          if (ok || total.stopped !== undefined) break;
          database = openBuilding(view, file);
        }
        if (total.stopped === undefined || entry.state === 'failed') follows(entry, opened, total.stopped);
      });
    } finally {
      if (database.db.isOpen) database.close();
      deleteDatabase(file);
    }
    if (total.stopped !== undefined) throw total.stopped;
    return total;
  };

  // --- hashes --------------------------------------------------------------------------------------------------
  const hashOf = async (entry: Running): Promise<string> => {
    const { opened, view } = entry;
    if (opened === undefined) throw new ViewNotReady(view.name);
    const { file } = opened.database;
    // A reader of a live view would be in its writer's way; a file gives a snapshot.
    if (file === undefined) return alone(() => hashRows(opened.reader.db, view));
    const { db, close } = openReader(file);
    try {
      db.exec('BEGIN');
      return await hashRows(db, view);
    } finally {
      close();
    }
  };

  const processed = (position: Position, entries: readonly Running[]) => (): 'processed' | 'stale' | undefined => {
    const behind = entries.filter((entry) => isBefore(entry.position, position));
    if (behind.length === 0) return 'processed';
    return behind.some((entry) => entry.state === 'failed' || entry.state === 'stopped') ? 'stale' : undefined;
  };

  const writeIdle = (entry: Running): void => {
    const { opened, position } = entry;
    if (opened !== undefined && position !== undefined && entry.state === 'following' && entry.idle > 0)
      opened.database.apply(decodedBatch([], false), undefined, position);
    entry.idle = 0;
  };

  return {
    start: async () => {
      if (phase !== 'new') throw new InvariantBroken('views start once');
      phase = 'started';
      const head = await log.head();
      const fresh: Running[] = [];
      for (const entry of running.values()) {
        if (await openExisting(entry)) deleteOlder(entry.view);
        else fresh.push(entry);
      }
      if (fresh.length > 0) inBackground(() => build(fresh));
      ensureFollowing();
      const settled = (): true | undefined =>
        [...running.values()].every(
          (entry) => entry.state === 'failed' || (entry.state === 'following' && !isBefore(entry.position, head)),
        ) || undefined;
      await waitFor<boolean>(settled, startWithinMs, false);
    },

    stop: async () => {
      if (phase === 'stopped') return;
      phase = 'stopped';
      ended.abort();
      await Promise.all([following, ...background]);
      await alone(() => {
        for (const entry of running.values()) {
          writeIdle(entry);
          closeView(entry);
          entry.state = 'stopped';
        }
      });
      moved();
    },

    whenProcessed: (position, timeoutMs, names) =>
      waitFor(processed(position, (names ?? [...running.keys()]).map(named)), timeoutMs, 'stale'),

    status: async () => {
      const head = await log.head();
      return Array.from(running.values(), (entry) => ({
        view: entry.view.name,
        version: entry.view.version,
        mode: entry.view.mode,
        state: entry.state,
        position: entry.position,
        lagging: isBefore(entry.position, head),
        checkpointAgeMs: entry.checkpointAt === undefined ? undefined : performance.now() - entry.checkpointAt,
        ...(entry.failure === undefined ? {} : { failure: entry.failure }),
      }));
    },

    query: (name) => {
      const entry = named(name);
      const reader = (): OpenReader => {
        if (entry.opened === undefined) throw new ViewNotReady(name);
        return entry.opened.reader;
      };
      return {
        all: (sql, params) => reader().all(sql, params),
        get: (sql, params) => reader().get(sql, params),
        acrossOrganisations: (sql, params) => reader().acrossOrganisations(sql, params),
      };
    },

    rebuild: async (name) => {
      const entry = named(name);
      const { opened, view } = entry;
      if (phase !== 'started' || opened === undefined) throw new ViewNotReady(name);
      const target = view.mode === 'live' ? await rebuildLive(entry) : await rebuildFile(entry, opened);
      if (target.stopped !== undefined) throw target.stopped;
      ensureFollowing();
      return rebuilt(entry, target);
    },

    hashes: async () => {
      const hashes = new Map<string, string>();
      for (const entry of running.values()) hashes.set(entry.view.name, await hashOf(entry));
      return hashes;
    },

    publish: (name, toFolder) => {
      const entry = named(name);
      return alone(() => {
        if (entry.opened === undefined) throw new ViewNotReady(name);
        writeIdle(entry);
        return publishFile(entry.opened.database, toFolder);
      });
    },

    openFrom: async (manifestFile) => {
      if (phase !== 'new') throw new InvariantBroken('a published view is taken over before the views start');
      return adoptPublished(manifestFile, folder, service, views);
    },
  };
};
