import { createRequire } from 'node:module';

/*
 * kafkajs 2.2.4 is the last release (February 2023) and has faults that nobody merges a fix for. They are guarded here and
 * nowhere else, by replacing a few methods of its inner classes; the version is pinned, and `kafkajs-guards.server.spec.ts`
 * shows each fault against a broker without the guard.
 */

const require = createRequire(import.meta.url);

type RequestQueue = {
  readonly throttledUntil: number;
  readonly pending: { readonly length: number };
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly checkPendingRequests: () => void;
  scheduleCheckPendingRequests: () => void;
};
type Batch = object;
type ConsumerGroup = {
  readonly generationId: number | null;
  readonly memberId: string | null;
  readonly commitOffsets: (offsets: object) => Promise<void>;
};
type Runner = {
  readonly running: boolean;
  readonly consumerGroup: ConsumerGroup;
  commitOffsets: (offsets: object) => Promise<void>;
  fetch: (nodeId: number) => Promise<Batch[]>;
  handleBatch: (batch: Batch) => Promise<void>;
};
type OffsetManager = {
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>;
  resolveOffset: (at: { readonly topic: string; readonly partition: number; readonly offset: string }) => void;
};
type RecoveringGroup = ConsumerGroup & { recoverFromFetch: (error: unknown) => Promise<unknown> };
type ClassOf<T> = { readonly prototype: T };

/** Milliseconds, as in kafkajs. */
const CHECK_PENDING_REQUESTS_INTERVAL = 10;
/** Above so many those that are closed are forgotten. */
const MOST_SOCKETS = 200;

/**
 * tulios/kafkajs#1751, #1704: after every answer a check is scheduled at `throttledUntil - now`, which is far in the past
 * when the broker throttles nothing. Node takes that for 1 ms (and since 24 warns of it), and the check schedules the next:
 * an idle connection wakes a thousand times a second. Here a check is scheduled only where one has something to do.
 */
const guardRequestQueue = (): void => {
  const { prototype }: ClassOf<RequestQueue> = require('kafkajs/src/network/requestQueue');
  prototype.scheduleCheckPendingRequests = function schedule(this: RequestQueue): void {
    const throttledMs = this.throttledUntil - Date.now();
    if (this.throttleCheckTimeoutId !== null && this.throttleCheckTimeoutId !== undefined) return;
    if (throttledMs <= 0 && this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : CHECK_PENDING_REQUESTS_INTERVAL,
    );
  };
};

/** A commit was asked of a consumer that is being started, restarted or stopped. */
export class ConsumerNotRunning extends Error {
  override readonly name = 'ConsumerNotRunning';
}

const generationOf = ({ generationId, memberId }: ConsumerGroup): string => `${generationId ?? ''}/${memberId ?? ''}`;

/**
 * tulios/kafkajs#558, #1046: what was fetched before a rebalance is still handed out after it, and moves the position of a
 * partition that meanwhile belongs to another member, or jumps over what the new generation has to read again. Here a batch
 * belongs to the generation that fetched it, and ends with it.
 */
const guardRunner = (): void => {
  const { prototype }: ClassOf<Runner> = require('kafkajs/src/consumer/runner');
  const fetchedIn = new WeakMap<Batch, string>();
  const { fetch, handleBatch } = prototype;
  prototype.fetch = async function guardedFetch(this: Runner, nodeId) {
    const before = generationOf(this.consumerGroup);
    const batches = await fetch.call(this, nodeId);
    if (generationOf(this.consumerGroup) !== before) return [];
    for (const batch of batches) fetchedIn.set(batch, before);
    return batches;
  };
  prototype.handleBatch = async function guardedHandle(this: Runner, batch) {
    const fetched = fetchedIn.get(batch);
    if (fetched !== undefined && fetched !== generationOf(this.consumerGroup)) return;
    await handleBatch.call(this, batch);
  };
};

/**
 * Of the same kind: a commit that fails is tried again by kafkajs for many seconds, each time as the member that it is by then.
 * After a cut or the death of a broker the group may have been joined anew meanwhile; others have gone on and committed more, and
 * what was done in the old generation takes the group back. Here a commit is tried once, in the generation it was asked in, and
 * whoever asked decides what is to be committed next.
 *
 * And a consumer that has not (yet, or no longer) joined its group answers as if it had committed: here it refuses.
 */
const guardCommits = (): void => {
  const { prototype }: ClassOf<Runner> = require('kafkajs/src/consumer/runner');
  prototype.commitOffsets = async function commitOnce(this: Runner, offsets) {
    if (!this.running) throw new ConsumerNotRunning('nothing can be committed before it has joined its group');
    await this.consumerGroup.commitOffsets(offsets);
  };
};

/**
 * The rest of tulios/kafkajs#558: a rebalance replaces the table of offsets under a fetch or a handler that runs, which then
 * reads a topic that is no longer in it ("Cannot read properties of undefined"). kafkajs takes the TypeError for a fault that
 * no retry helps and ends the consumer for good, without a word to its user.
 */
const guardOffsets = (): void => {
  const { prototype: offsets }: ClassOf<OffsetManager> = require('kafkajs/src/consumer/offsetManager');
  const { resolveOffset } = offsets;
  offsets.resolveOffset = function guardedResolve(this: OffsetManager, at) {
    if (this.memberAssignment[at.topic]?.includes(at.partition) === true) resolveOffset.call(this, at);
  };
  const { prototype: group }: ClassOf<RecoveringGroup> = require('kafkajs/src/consumer/consumerGroup');
  const { recoverFromFetch } = group;
  group.recoverFromFetch = async function guardedRecover(this: RecoveringGroup, error) {
    // The fetch that met the new table gives nothing; the next one starts from it.
    if (error instanceof TypeError && /of undefined/.test(error.message)) return undefined;
    return recoverFromFetch.call(this, error);
  };
};

type Socket = { readonly destroy: () => void };
type Connection = {
  readonly host: string;
  readonly port: number;
  readonly socket?: Socket | null;
  readonly isConnected: () => boolean;
  readonly rejectRequests: (error: Error) => void;
  readonly disconnect: () => Promise<unknown>;
  send: (request: object) => Promise<unknown>;
};
type Errors = {
  readonly KafkaJSRequestTimeoutError: abstract new () => Error;
  readonly KafkaJSConnectionClosedError: new (
    message: string,
    at: { readonly host: string; readonly port: number },
  ) => Error;
};

/**
 * Beside tulios/kafkajs#1691: a question that is not answered in time leaves its connection as it is, and the next goes into it
 * too. After a cut of which neither side was told that lasts until the system gives the connection up, a quarter of an hour;
 * healed earlier, until the system sends again, which it does ever more rarely. Here such a connection ends, and with it all that
 * have not answered since that question was put: a client has two for each broker, of which each would be waited for in turn,
 * while its group has long given it up. The next question makes another.
 */
const guardConnection = (): void => {
  const { KafkaJSRequestTimeoutError, KafkaJSConnectionClosedError }: Errors = require('kafkajs/src/errors');
  const { prototype }: ClassOf<Connection> = require('kafkajs/src/network/connection');
  const { send } = prototype;
  /** When each socket answered last, or was first used. */
  const answeredAt = new Map<Socket, { readonly of: Connection; readonly at: number }>();
  const note = (of: Connection, socket: Socket): void => {
    if (answeredAt.size > MOST_SOCKETS)
      for (const [other, { of: its }] of answeredAt)
        if (its.socket !== other || !its.isConnected()) answeredAt.delete(other);
    answeredAt.set(socket, { of, at: performance.now() });
  };
  /** Ends a connection, unless it has another socket by now. */
  const end = async (of: Connection, socket: Socket): Promise<void> => {
    answeredAt.delete(socket);
    socket.destroy();
    if (of.socket !== socket || !of.isConnected()) return;
    const { host, port } = of;
    of.rejectRequests(new KafkaJSConnectionClosedError('a question was not answered', { host, port }));
    await of.disconnect();
  };
  prototype.send = async function guardedSend(this: Connection, request) {
    const asked = performance.now();
    const { socket } = this;
    if (socket === undefined || socket === null) return send.call(this, request);
    if (!answeredAt.has(socket)) note(this, socket);
    try {
      const answer = await send.call(this, request);
      if (answeredAt.has(socket)) note(this, socket);
      return answer;
    } catch (error) {
      if (error instanceof KafkaJSRequestTimeoutError)
        for (const [other, { of, at }] of answeredAt)
          if (other === socket || of.socket !== other || at < asked) await end(of, other);
      throw error;
    }
  };
};

let installed = false;

/** Installs the guards into the loaded kafkajs, once. */
export const guardKafkajs = (): void => {
  if (installed) return;
  installed = true;
  guardRequestQueue();
  guardRunner();
  guardCommits();
  guardOffsets();
  guardConnection();
};
