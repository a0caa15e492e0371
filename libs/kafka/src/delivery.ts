import type { Position } from '@toeverlaat/event-log';
import {
  attemptReaction,
  Deferred,
  type ParkedEvent,
  type Patience,
  type PublicEvent,
  type Reaction,
} from '@toeverlaat/messaging';
import { pause, type OrganisationId } from '@toeverlaat/values';
import type { DeliveryStore, Spilled } from './delivery-store.js';
import { createHandled } from './handled.js';
import { createLanes } from './lanes.js';
import { REFUSED_MS } from './relay.js';
import { KafkaRefused, type IncomingRecord, type KafkaClient, type TopicPartition } from './port.js';
import { receivedOf } from './record.js';
import { createWindow, type Window } from './window.js';

/** A type that this service neither reacts to nor declares as not its own: an error, and parked, never an ack (design §6). */
export class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
}

/** The alarm of a consumer that misses events of a stream: what Kafka had is not what the log has (ADR 25). */
export type Gap = {
  readonly organisation: OrganisationId;
  readonly stream: string;
  /** Of the last event that was handled; undefined for none. */
  readonly after: number | undefined;
  /** Of the event that came; its predecessor in public has `previous`. */
  readonly revision: number;
  readonly previous: number;
};

/** Public events of a stream between two revisions, both exclusive, from the log of their owner. @throws when it does not answer */
export type Reread = (stream: string, after: number, before: number) => Promise<readonly PublicEvent[]>;

export type DeliveryOptions = Patience & {
  /** The consumer group, and the name under which the store keeps what it knows. */
  readonly name: string;
  readonly client: KafkaClient;
  readonly topics: readonly string[];
  readonly reactions: ReadonlyMap<string, Reaction>;
  /** Types that are heard and deliberately not reacted to. */
  readonly ignores: ReadonlySet<string>;
  readonly store: DeliveryStore;
  readonly reread: Reread;
  /** Reactions at a time, of different organisations; 8 when left out. */
  readonly concurrency?: number;
  /** Events of one organisation that wait in memory before the rest is spilled to the store; 200 when left out. */
  readonly perOrganisation?: number;
  /** Events in memory at which reading pauses; 10 000 when left out. */
  readonly mostInMemory?: number;
  readonly sessionTimeoutMs?: number;
  /** How often operators' requests to replay are looked for, in milliseconds; 2 000 when left out. */
  readonly replayEveryMs?: number;
  readonly onParked?: (parked: ParkedEvent) => void;
  readonly onGap?: (gap: Gap) => void;
  /** Of the client and the store: it goes on by itself. */
  readonly onTrouble?: (error: unknown) => void;
  /** Milliseconds before a broker that refuses is asked again; 30 000 when left out. */
  readonly refusedMs?: number;
  /** The broker refuses: a right or a topic is missing. Told once; it is asked again until it does not. */
  readonly onFailed?: (error: unknown) => void;
};

/** `interrupted`: broker or store do not answer, or the group is joined anew; `failed`: the broker refuses. Both are waited out, for as
 * long as it takes. */
export type DeliveryState = 'starting' | 'live' | 'interrupted' | 'stopped' | 'failed';
export type DeliveryCounts = {
  readonly handled: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly spilled: number;
};

export type Delivery = {
  readonly start: () => void;
  readonly stop: (drainMs?: number) => Promise<void>;
  readonly state: () => DeliveryState;
  readonly counts: () => DeliveryCounts;
  /** Tries a parked event once more, what is missing before it first. @returns false when it stays parked */
  readonly replay: (position: Position) => Promise<boolean>;
};

type Item = {
  readonly at: TopicPartition & { readonly offset: bigint };
  /** Undefined for what comes out of the store: its offset was committed when it was spilled. */
  readonly window: Window | undefined;
  readonly content:
    | { readonly kind: 'event'; readonly event: PublicEvent; readonly previous: number | undefined }
    | { readonly kind: 'malformed'; readonly reason: string };
};
type Arrival =
  | { readonly kind: 'assigned'; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: 'records'; readonly records: readonly IncomingRecord[] };

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
/** Where a message stands in Kafka, as a position to park under. */
export const kafkaPosition = ({ topic, partition, offset }: Item['at']): Position =>
  `${topic}/${partition}/${String(offset).padStart(19, '0')}` as Position;
/** Of what belongs to no organisation that could be read. */
const NO_LANE = '';
const GAP_UNHEALED = 'GapUnhealed';
/** How long what is done waits for more to be written down with it, in milliseconds; a crash in it repeats as much. */
const SETTLE_MS = 10;
const troubleBackOffMs = (attempt: number): number => Math.min(5_000, 100 * 2 ** attempt);

/**
 * Brings public events from Kafka to reactions, at least once and, through the reactions' command ids, once in effect. An
 * organisation's events are handled one by one in the order of their streams; organisations take turns. Offsets are
 * committed as far as everything before them is handled, parked or spilled.
 */
export const createDelivery = (options: DeliveryOptions): Delivery => {
  const { name, client, topics, reactions, ignores, store, reread } = options;
  const concurrency = options.concurrency ?? 8;
  const perOrganisation = options.perOrganisation ?? 200;
  const mostInMemory = options.mostInMemory ?? 10_000;
  const stopping = new AbortController();
  const windows = new Map<string, { readonly window: Window; readonly of: TopicPartition }>();
  const lanes = createLanes<Item>();
  const handled = createHandled(store, name);
  /** Organisations with something in the store: what comes for them goes there too, so that order stays. */
  const spilling = new Set<string>();
  let state: DeliveryState = 'starting';
  const counts = { handled: 0, duplicates: 0, gaps: 0, spilled: 0 };
  let parked: ParkedEvent[] = [];
  let unspilled: Spilled['at'][] = [];

  /** Whether the last thing that was tried with each of them succeeded. */
  const answers = { broker: true, store: true };
  const trouble = (error: unknown): void => {
    answers.broker = false;
    options.onTrouble?.(error);
  };
  /** Until it succeeds, or the delivery stops: the store's faults are waited out. */
  const insist = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const done = await work();
        answers.store = true;
        return done;
      } catch (error) {
        answers.store = false;
        options.onTrouble?.(error);
        if (stopping.signal.aborted) throw error;
        await pause(troubleBackOffMs(attempt), stopping.signal);
      }
    }
  };

  // ── what is done is written down, then committed ──
  let settling: Promise<void> | undefined;
  const due = () =>
    [...windows.values()].flatMap(({ window, of }) => {
      const offset = window.commitable();
      return offset === undefined ? [] : [{ window, at: { ...of, offset } }];
    });
  const isDirty = (): boolean => handled.isDirty() || parked.length > 0 || unspilled.length > 0 || due().length > 0;
  const settle = async (): Promise<void> => {
    for (let failures = 0; isDirty();) {
      // What is done in the next moments is written down and committed with it: one step for many events.
      await pause(SETTLE_MS, stopping.signal);
      const offsets = due();
      const written = { handled: handled.take(), parked, spilled: [], unspilled };
      parked = [];
      unspilled = [];
      if (written.handled.size > 0 || written.parked.length > 0 || written.unspilled.length > 0)
        await insist(() => store.settle(name, written));
      handled.written();
      for (const item of written.parked) options.onParked?.(item);
      try {
        // The group may have been joined anew while the store wrote.
        const still = offsets.filter(({ window }) => window.commitable() !== undefined);
        await consumer.commit(still.map(({ at }) => at));
        for (const { window, at } of still) window.committed(at.offset);
        failures = 0;
        answers.broker = true;
      } catch (error) {
        // Most often the partitions have gone to another member, which handles the same again and decides to nothing.
        trouble(error);
        failures += 1;
        if (stopping.signal.aborted) return;
        await pause(troubleBackOffMs(failures), stopping.signal);
      }
      weigh();
    }
  };
  const flush = (): Promise<void> =>
    (settling ??= settle()
      .catch(trouble)
      .finally(() => {
        settling = undefined;
      }));

  // ── one event ──
  const park = (at: Position, event: PublicEvent | undefined, reason: string, attempts: number): void => {
    parked.push({ reactor: name, position: at, event, reason, attempts });
  };
  const react = async (event: PublicEvent, at: Position): Promise<void> => {
    const reaction = reactions.get(event.type);
    if (reaction !== undefined) {
      const given = await attemptReaction(reaction, event, options, stopping.signal);
      if (given !== undefined) park(at, event, given.reason, given.attempts);
    } else if (!ignores.has(event.type)) {
      options.onError?.(new UnknownEventType(event.type), event, 1);
      park(at, event, UnknownEventType.name, 1);
    }
    handled.note(event.stream, event.revision);
    counts.handled += 1;
  };
  /** Handles what is missing before an event. @returns false when its owner's log did not answer for long */
  const heal = async (event: PublicEvent, after: number | undefined): Promise<boolean> => {
    let missing: readonly PublicEvent[] = [];
    const asking = async (): Promise<void> => {
      try {
        missing = await reread(event.stream, after ?? -1, event.revision);
      } catch (error) {
        throw new Deferred('the log of the owner does not answer', { cause: error });
      }
    };
    if ((await attemptReaction(asking, event, options, stopping.signal)) !== undefined) return false;
    for (const one of missing) await react(one, `${one.stream}@${one.revision}` as Position);
    return true;
  };
  const handle = async ({ at, content }: Item): Promise<void> => {
    if (content.kind === 'malformed') {
      park(kafkaPosition(at), undefined, `Malformed: ${content.reason}`, 1);
      return;
    }
    const { event, previous } = content;
    // Almost always known, since whole batches are asked for; an event is worth no promise of its own.
    const { stream: of } = event;
    const last = handled.isKnown(of) ? handled.peek(of) : await insist(() => handled.last(of));
    if (last !== undefined && event.revision <= last) {
      counts.duplicates += 1;
      return;
    }
    if (previous !== undefined && (last === undefined || last < previous)) {
      const { organisation, stream, revision } = event;
      counts.gaps += 1;
      options.onGap?.({ organisation, stream, after: last, revision, previous });
      if (!(await heal(event, last))) {
        park(kafkaPosition(at), event, GAP_UNHEALED, 1);
        return;
      }
    }
    await react(event, kafkaPosition(at));
  };

  // ── turns ──
  let working = 0;
  const finish = ({ at, window }: Item): void => {
    if (window === undefined) unspilled.push(at);
    else window.done(at.offset);
    void flush();
  };
  const work = async (lane: string, item: Item): Promise<void> => {
    try {
      await handle(item);
      finish(item);
    } catch (error) {
      // Stopped in the middle: it is not done, and comes again.
      if (!stopping.signal.aborted) trouble(error);
    }
    if (lanes.waiting(lane) === 0 && spilling.has(lane)) await inTurn(() => refill(lane)).catch(trouble);
  };
  const pump = (): void => {
    while (working < concurrency && !stopping.signal.aborted) {
      const turn = lanes.next();
      if (turn === undefined) break;
      working += 1;
      void work(turn.lane, turn.item).finally(() => {
        working -= 1;
        lanes.finished(turn.lane);
        weigh();
        pump();
        if (working === 0) idle?.();
      });
    }
  };
  let idle: (() => void) | undefined;

  // ── what comes in ──
  let arrivals: Arrival[] = [];
  let arrived = 0;
  let held = false;
  /** Reading pauses while too much is in memory. */
  const weigh = (): void => {
    const heavy = arrived + lanes.size() > (held ? mostInMemory / 2 : mostInMemory);
    if (heavy === held) return;
    held = heavy;
    if (heavy) consumer.pause();
    else consumer.resume();
  };

  const partitions = (): readonly TopicPartition[] => [...windows.values()].map(({ of }) => of);
  /** The oldest of what an organisation has in the store, once nothing of it is left in memory. */
  const refill = async (lane: string): Promise<void> => {
    if (lanes.waiting(lane) > 0 || !spilling.has(lane)) return;
    // What was handled of it must be gone from the store, or it would come again.
    while (unspilled.length > 0) await flush();
    if (settling !== undefined) await settling;
    const organisation = lane as OrganisationId;
    const oldest = await insist(() => store.backlog(name, organisation, partitions(), perOrganisation));
    if (oldest.length === 0) spilling.delete(lane);
    await insist(() => handled.load(new Set(oldest.map(({ event }) => event.stream))));
    for (const { at, event, from } of oldest)
      lanes.push(lane, { at, window: undefined, content: { kind: 'event', event, previous: from.previous } });
  };
  const doubt = (): void => {
    for (const { window } of windows.values()) window.joined();
  };
  const assign = async (assigned: readonly TopicPartition[]): Promise<void> => {
    const mine = new Map(assigned.map((of) => [keyOf(of), of]));
    for (const key of windows.keys()) if (!mine.has(key)) windows.delete(key);
    doubt();
    for (const [key, of] of mine) if (!windows.has(key)) windows.set(key, { window: createWindow(), of });
    lanes.keep(({ at }) => mine.has(keyOf(at)));
    handled.forget();
    const waiting = await insist(() => store.backlogs(name, assigned));
    spilling.clear();
    for (const organisation of waiting.keys()) spilling.add(organisation);
    for (const organisation of waiting.keys()) await refill(organisation);
    state = 'live';
    answers.broker = true;
  };
  const take = async (records: readonly IncomingRecord[]): Promise<void> => {
    const spilled: Spilled[] = [];
    const left: (() => void)[] = [];
    const streams = new Set<string>();
    for (const record of records) {
      const { topic, partition, offset } = record;
      const window = windows.get(keyOf(record))?.window;
      // Of a partition that has gone meanwhile, or read again after a rebalance.
      if (window === undefined || !window.take(offset)) continue;
      const at = { topic, partition, offset };
      const received = receivedOf(record);
      if (received.kind === 'malformed') {
        lanes.push(NO_LANE, { at, window, content: received });
        continue;
      }
      const { event, from } = received;
      const { organisation } = event;
      streams.add(event.stream);
      if (spilling.has(organisation) || lanes.waiting(organisation) >= perOrganisation) {
        spilling.add(organisation);
        spilled.push({ organisation, at, event, from });
        left.push(() => window.done(offset));
      } else lanes.push(organisation, { at, window, content: { kind: 'event', event, previous: from.previous } });
    }
    if (spilled.length > 0) {
      await insist(() => store.settle(name, { handled: new Map(), parked: [], spilled, unspilled: [] }));
      counts.spilled += spilled.length;
      for (const done of left) done();
      void flush();
    }
    // What comes again shows that a commit which was held back may be made.
    if (due().length > 0) void flush();
    await insist(() => handled.load(streams));
  };

  /** One after the other: arrivals, and what is fetched back from the store. */
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (step: () => Promise<void>): Promise<void> => {
    const mine = turn.then(step);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const drain = async (): Promise<void> => {
    const [first] = arrivals;
    if (first === undefined || stopping.signal.aborted) return;
    arrivals = arrivals.slice(1);
    if (first.kind === 'assigned') await assign(first.partitions);
    else {
      arrived -= first.records.length;
      await take(first.records);
    }
    weigh();
    pump();
  };
  const arrive = (arrival: Arrival): void => {
    arrivals.push(arrival);
    if (arrival.kind === 'records') arrived += arrival.records.length;
    weigh();
    inTurn(drain).catch((error: unknown) => {
      if (!stopping.signal.aborted) trouble(error);
    });
  };

  const consumer = client.consumer({
    group: name,
    topics,
    ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    handlers: {
      onAssigned: (assigned) => {
        // Now, before a commit that waits is tried again; and in its turn, after what the last generation still handed out.
        doubt();
        arrive({ kind: 'assigned', partitions: assigned });
      },
      onRecords: (records) => {
        answers.broker = true;
        arrive({ kind: 'records', records });
      },
      onError: trouble,
    },
  });

  // ── parked events ──
  const replay = async (at: Position): Promise<boolean> => {
    const item = (await store.parked(name)).find(({ position }) => position === at);
    if (item?.event === undefined) return false;
    const { event } = item;
    const reaction = reactions.get(event.type);
    if (reaction === undefined && !ignores.has(event.type)) return false;
    try {
      const last = await handled.last(event.stream);
      if (last === undefined || last < event.revision)
        for (const one of await reread(event.stream, last ?? -1, event.revision))
          await react(one, `${one.stream}@${one.revision}` as Position);
      await reaction?.(event);
    } catch (error) {
      options.onError?.(error, event, item.attempts + 1);
      return false;
    }
    handled.note(event.stream, event.revision);
    await store.unpark(name, at);
    void flush();
    return true;
  };
  /** What operators asked for, and what was unknown to an earlier release and is known to this one. */
  const replayLoop = async (): Promise<void> => {
    const known = (await insist(() => store.parked(name))).filter(
      ({ reason, event }) =>
        reason === UnknownEventType.name &&
        event !== undefined &&
        (reactions.has(event.type) || ignores.has(event.type)),
    );
    for (const { position } of known) await replay(position);
    while (!stopping.signal.aborted) {
      for (const position of await insist(() => store.takeReplayRequests(name))) await replay(position);
      await pause(options.replayEveryMs ?? 2_000, stopping.signal);
    }
  };

  let replaying: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      try {
        await consumer.start();
        if (state === 'failed') state = 'starting';
        replaying = replayLoop().catch((error: unknown) => {
          if (!stopping.signal.aborted) trouble(error);
        });
        return;
      } catch (error) {
        if (error instanceof KafkaRefused) {
          // Whoever grants the right or makes the topic does not know of this process: it looks again by itself.
          if (state === 'failed') options.onTrouble?.(error);
          else options.onFailed?.(error);
          state = 'failed';
          await pause(options.refusedMs ?? REFUSED_MS, stopping.signal);
          continue;
        }
        trouble(error);
        await pause(troubleBackOffMs(attempt), stopping.signal);
      }
    }
  };
  let running: Promise<void> = Promise.resolve();
  let ended: Promise<void> | undefined;
  const end = async (drainMs: number): Promise<void> => {
    stopping.abort();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), drainMs);
    const worked = new Promise<void>((resolve) => {
      idle = resolve;
      if (working === 0) resolve();
      late.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.all([running, worked]);
    await Promise.race([flush().then(flush), pause(drainMs, late.signal)]);
    clearTimeout(timer);
    late.abort();
    await replaying;
    await consumer.stop();
    if (state !== 'failed') state = 'stopped';
  };

  return {
    start: () => {
      running = run();
    },
    stop: (drainMs = 5_000) => (ended ??= end(drainMs)),
    state: () => (state === 'live' && !(answers.broker && answers.store) ? 'interrupted' : state),
    counts: () => ({ ...counts }),
    replay,
  };
};
