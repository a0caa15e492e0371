import type { Branded, EventId, OrganisationId, Result } from '@toeverlaat/values';

/** A resume token, opaque outside its adapter; within one log, string comparison orders positions. */
export type Position = Branded<'Position'>;

/** `none`: the stream must not exist. `any`: no check (access streams only). A number: the revision of its last event. */
export type ExpectedRevision = 'none' | 'any' | number;

export type EventToAppend = {
  readonly eventId: EventId;
  /** Storage name with version, e.g. `case.CaseOpened.v1`. */
  readonly type: string;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
};

export type AppendRequest = {
  readonly organisation: OrganisationId;
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EventToAppend[];
};

export type Appended = {
  readonly firstRevision: number;
  readonly lastRevision: number;
  /** Position of the last event appended. */
  readonly position: Position;
};

export type AppendError =
  | { readonly kind: 'VersionConflict'; readonly stream: string; readonly expected: number; readonly actual: number }
  | { readonly kind: 'StreamExists'; readonly stream: string; readonly actual: number }
  | { readonly kind: 'EventTooLarge'; readonly stream: string; readonly size: number; readonly limit: number }
  | { readonly kind: 'LogFull'; readonly detail: string }
  | { readonly kind: 'LogReadOnly'; readonly detail: string }
  /**
   * Retryable. Where the connection broke during the commit the events may be there after all: send the command again
   * under the same id, the runner then finds it.
   */
  | { readonly kind: 'LogUnavailable'; readonly detail: string };

/** Bytes of metadata and data together that one event may have. Free text stays under 64 KiB per field (design §4). */
export const MAX_EVENT_BYTES = 1024 * 1024;

export type RecordedEvent = {
  readonly position: Position;
  readonly organisation: OrganisationId;
  readonly stream: string;
  /** 0 for the first event of a stream. */
  readonly revision: number;
  readonly eventId: EventId;
  readonly type: string;
  readonly metadata: Uint8Array;
  readonly data: Uint8Array;
  /** The leaf, 64 hexadecimal digits: only where the adapter has just checked that it is that of these bytes. */
  readonly leaf?: string;
};

export type ReadStreamOptions = {
  readonly direction?: 'forwards' | 'backwards';
  /** First revision to read, inclusive; the end that the direction starts from when left out. */
  readonly from?: number;
  readonly limit?: number;
};

export type ReadAllOptions = {
  /** Exclusive; from the beginning when left out. */
  readonly after?: Position;
  /** Exact categories; every category when left out. */
  readonly categories?: readonly string[];
  readonly limit: number;
};

export type AllSlice = {
  readonly events: readonly RecordedEvent[];
  /** Where the next read continues, also when a filter left nothing; undefined for an empty log read from the start. */
  readonly next: Position | undefined;
  /** True when nothing was left to read at the time of this read. */
  readonly atEnd: boolean;
};

export type SubscriptionMessage =
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[]; readonly next: Position }
  | { readonly kind: 'caughtUp'; readonly next: Position | undefined };

export type SubscribeOptions = {
  readonly after?: Position;
  readonly categories?: readonly string[];
  /** Ends the iteration; the iterator then returns without an error. */
  readonly signal: AbortSignal;
  /** Most events in one message. */
  readonly batchSize?: number;
  /** Told when a log that is reached over a network stops answering, when it answers again, and when the log was closed. */
  readonly onState?: (state: SubscriptionState) => void;
};

export type SubscriptionState =
  | { readonly kind: 'following' }
  /** It goes on from the position it had, by itself, after this many milliseconds. */
  | { readonly kind: 'retrying'; readonly attempt: number; readonly delayMs: number; readonly detail: string }
  /** The log was closed under it: the last state there is, and the iteration returns. */
  | { readonly kind: 'closed' };

/** A read that was not answered: the log may hold what was asked for. Ask again. `detail` is a code, never content. */
export class LogUnreachable extends Error {
  override readonly name = 'LogUnreachable';
  constructor(readonly detail: string) {
    super(`the event log does not answer (${detail})`);
  }
}

/**
 * The log, as every adapter gives it (design rule 8: this much and no more).
 * An append is durable when it resolves; all its events are visible at once or not at all; positions grow in the order
 * in which readers see events, and no reader passes a position that may still be filled. Appending the same event ids
 * twice is not detected here: the decider runner finds a repeated command in the stream's fold.
 * A stream is named `category-organisation_id` and its organisation is that of the request; an adapter throws
 * `InvariantBroken` otherwise, and for an append without events. Reads of a log behind a network reject with
 * `LogUnreachable` when it does not answer; an empty answer always means that nothing is there.
 */
export type EventLog = {
  readonly append: (request: AppendRequest) => Promise<Result<Appended, AppendError>>;
  /** Empty for a stream that does not exist. */
  readonly readStream: (stream: string, options?: ReadStreamOptions) => Promise<readonly RecordedEvent[]>;
  readonly readAll: (options: ReadAllOptions) => Promise<AllSlice>;
  /**
   * Catch-up, then live; says `caughtUp` each time it has delivered everything there was. While the log does not answer it
   * tries again from its position, later each time; what cannot be read at all (a damaged event) is thrown. It returns on
   * abort and when the log is closed, which `onState` is told; where that is no ordinary end the caller sees that it did
   * not abort.
   */
  readonly subscribe: (options: SubscribeOptions) => AsyncIterable<SubscriptionMessage>;
  /** Position of the last event; undefined for an empty log. */
  readonly head: () => Promise<Position | undefined>;
  readonly close: () => Promise<void>;
};
