import { LogClosed, noWaitingHeals, type EventLog, type Position, type RecordedEvent } from '@toeverlaat/event-log';
import { pause, type Instant } from '@toeverlaat/values';
import { attemptReaction, type Patience, type Reaction } from './attempt.js';
import type { PublicEvent, PublicEventSource } from './public-events.js';

export type ParkedEvent = {
  readonly reactor: string;
  /** In the log, or topic, partition and offset in Kafka. */
  readonly position: Position;
  /** Undefined for a message that is no public event: what it holds is not known, so it is not kept (design rule 6). */
  readonly event: PublicEvent | undefined;
  readonly reason: string;
  readonly attempts: number;
};

/** What an operator decided will never be done. */
export type DiscardedEvent = Omit<ParkedEvent, 'attempts'> & { readonly motive: string; readonly discardedAt: Instant };

/** What reactors had to set aside, and what operators say of it. */
export type ParkedStore = {
  readonly parked: (reactor: string) => Promise<readonly ParkedEvent[]>;
  readonly unpark: (reactor: string, position: Position) => Promise<void>;
  /** Those of every reactor. */
  readonly allParked: () => Promise<readonly ParkedEvent[]>;
  /** For good; what and why stays on record. @returns false when nothing is parked there */
  readonly discard: (reactor: string, position: Position, motive: string, at: Instant) => Promise<boolean>;
  readonly discarded: () => Promise<readonly DiscardedEvent[]>;
  /** Asks whichever replica runs to try it once more. @returns false when nothing is parked there */
  readonly requestReplay: (reactor: string, position: Position) => Promise<boolean>;
  /** Takes the requests: each is given once. */
  readonly takeReplayRequests: (reactor: string) => Promise<readonly Position[]>;
};

/** Where a reactor keeps how far it is and what it had to set aside. */
export type ReactorStore = ParkedStore & {
  readonly checkpoint: (reactor: string) => Promise<Position | undefined>;
  /** Moves the checkpoint and parks, in one transaction. */
  readonly advance: (reactor: string, position: Position, parked: readonly ParkedEvent[]) => Promise<void>;
  /** Told of each reactor that is made with this store: how an operator's command finds what is to be replayed. */
  readonly attach?: (name: string, reactor: Reactor) => void;
};

export type ReactorStatus = {
  readonly name: string;
  readonly position: Position | undefined;
  /**
   * `failed`: the log itself could not be read on (damage), or the broker refuses; nothing is skipped, a person must look.
   * `interrupted`: what brings the events, or their store, does not answer; waited out, for as long as it takes.
   */
  readonly state: 'starting' | 'catchingUp' | 'live' | 'interrupted' | 'stopped' | 'failed';
  readonly parked: number;
};

export type ReactorOptions = Patience & {
  /** Stable: names the checkpoint. */
  readonly name: string;
  readonly log: EventLog;
  readonly sources: readonly PublicEventSource[];
  /** By public type, e.g. `case.HearingHeld`. */
  readonly reactions: Readonly<Record<string, Reaction>>;
  readonly store: ReactorStore;
  /** Milliseconds before the n-th repeat while the log or the store does not answer; up to 30 s when left out. */
  readonly waitMs?: (attempt: number) => number;
  /** The log or the store does not answer; it goes on by itself. */
  readonly onWaiting?: (error: unknown, attempt: number) => void;
  /** The reactor ended by itself. */
  readonly onFailed?: (error: unknown) => void;
  readonly onParked?: (parked: ParkedEvent) => void;
};

export type Reactor = {
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  readonly status: () => Promise<ReactorStatus>;
  /** Resolves once everything up to the position is handled or parked; false when the bound in milliseconds ran out. */
  readonly whenHandled: (position: Position, timeoutMs: number) => Promise<boolean>;
  /** Tries a parked event once more. @returns false when it failed again and stays parked */
  readonly replay: (position: Position) => Promise<boolean>;
};

/** Messages without an event to react to after which the checkpoint is written all the same. */
const PASSED_UNWRITTEN = 100;
/** What follows a failed try is asked for soon, and then less and less often. */
const usualWaitMs = (attempt: number): number => Math.min(30_000, 100 * 2 ** attempt);

/** An event that cannot be read as a public one now cannot be read later either. */
class Unreadable extends Error {}

/**
 * Delivers public events of other services to reactions, in the log's order, at least once; the checkpoint follows the
 * reaction. What keeps failing is parked with its position and reason, never retried for ever and never lost (design §6);
 * what is `Deferred` is waited for first. A log or a store that does not answer (a database that restarts) is waited for
 * without end: it goes on at the checkpoint, and reactions decide to nothing for what comes again.
 * This is the standalone deployment's broker: the log itself.
 */
export const createReactor = (options: ReactorOptions): Reactor => {
  const { name, log, sources, reactions, store, waitMs = usualWaitMs } = options;
  const byCategory = new Map(sources.map((source) => [source.category, source]));
  const stopping = new AbortController();
  const waiters = new Set<() => void>();
  let position: Position | undefined;
  let state: ReactorStatus['state'] = 'starting';
  let running: Promise<void> = Promise.resolve();
  /** Moves of the position since the checkpoint was written. */
  let passed = 0;

  const attempt = async (event: PublicEvent, at: Position): Promise<ParkedEvent | undefined> => {
    const reaction = reactions[event.type];
    if (reaction === undefined) return undefined;
    const given = await attemptReaction(reaction, event, options, stopping.signal);
    return given === undefined ? undefined : { reactor: name, position: at, event, ...given };
  };

  const moveTo = (next: Position): void => {
    position = next;
    for (const wake of waiters) wake();
  };
  const advance = async (next: Position, parked: readonly ParkedEvent[]): Promise<void> => {
    await store.advance(name, next, parked);
    passed = 0;
    for (const item of parked) options.onParked?.(item);
    moveTo(next);
  };
  /** Past events that were nothing for a reaction: coming upon them again costs nothing, so not each is written down. */
  const pass = async (next: Position): Promise<void> => {
    if (next === position) return;
    passed += 1;
    if (passed >= PASSED_UNWRITTEN) await advance(next, []);
    else moveTo(next);
  };

  const publicOf = (recorded: RecordedEvent): PublicEvent | undefined => {
    try {
      return byCategory.get(recorded.stream.slice(0, recorded.stream.indexOf('-')))?.publish(recorded);
    } catch (cause) {
      throw new Unreadable(name, { cause });
    }
  };

  const follow = async (): Promise<void> => {
    position = await store.checkpoint(name);
    passed = 0;
    state = 'catchingUp';
    const subscription = log.subscribe({
      ...(position === undefined ? {} : { after: position }),
      categories: [...byCategory.keys()],
      signal: stopping.signal,
    });
    for await (const message of subscription) {
      if (message.kind === 'caughtUp') {
        state = 'live';
        if (message.next !== undefined) await pass(message.next);
        continue;
      }
      for (const recorded of message.events) {
        if (stopping.signal.aborted) return;
        const event = publicOf(recorded);
        if (event === undefined || reactions[event.type] === undefined) continue;
        const parked = await attempt(event, recorded.position);
        await advance(recorded.position, parked === undefined ? [] : [parked]);
      }
      await pass(message.next);
    }
    // Only stopping ends it in order: events that come now would find no reaction.
    if (!stopping.signal.aborted) throw new LogClosed();
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const before = position;
      try {
        await follow();
      } catch (error) {
        if (error instanceof Unreadable) throw error.cause;
        if (noWaitingHeals(error) || stopping.signal.aborted) throw error;
        failures = position === before ? failures + 1 : 1;
        state = 'interrupted';
        options.onWaiting?.(error, failures);
        await pause(waitMs(failures), stopping.signal);
      }
    }
  };

  const reactor: Reactor = {
    start: () => {
      running = run().catch((error: unknown) => {
        // Stopped in the middle of a reaction: the event is not checkpointed and comes again at the next start.
        if (stopping.signal.aborted) return;
        state = 'failed';
        options.onFailed?.(error);
      });
    },
    stop: async () => {
      stopping.abort();
      await running;
      if (state === 'failed') return;
      const waited = state === 'interrupted';
      state = 'stopped';
      // What it passed is passed again at the next start: no reason not to end while the store is away.
      if (passed > 0 && position !== undefined && !waited) await advance(position, []);
    },
    status: async () => ({ name, position, state, parked: (await store.parked(name)).length }),
    whenHandled: (target, timeoutMs) =>
      new Promise((resolve) => {
        const finish = (answer: boolean): void => {
          clearTimeout(timer);
          waiters.delete(check);
          resolve(answer);
        };
        const check = (): void => {
          if (position !== undefined && position >= target) finish(true);
        };
        const timer = setTimeout(() => {
          finish(false);
        }, timeoutMs);
        waiters.add(check);
        check();
      }),
    replay: async (at) => {
      const item = (await store.parked(name)).find((parked) => parked.position === at);
      if (item?.event === undefined) return false;
      try {
        await reactions[item.event.type]?.(item.event);
      } catch (error) {
        options.onError?.(error, item.event, item.attempts + 1);
        return false;
      }
      await store.unpark(name, at);
      return true;
    },
  };
  store.attach?.(name, reactor);
  return reactor;
};
