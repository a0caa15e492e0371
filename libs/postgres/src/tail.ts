import {
  categoryOf,
  LogClosed,
  LogUnreachable,
  type AllSlice,
  type Bell,
  type Position,
  type ReadAllOptions,
  type RecordedEvent,
} from '@toeverlaat/event-log';

export type TailOptions = {
  /** Reads from the log itself; what it answers is what any reader would get at that moment. */
  readonly read: (options: ReadAllOptions) => Promise<AllSlice>;
  readonly bell: Pick<Bell, 'rings'>;
  /** Events read at a time. */
  readonly page?: number;
  /** Events and bytes of events kept for subscriptions that are a little behind; one further behind reads for itself. */
  readonly mostEvents?: number;
  readonly mostBytes?: number;
};

/**
 * The end of the log, read once for all subscriptions of a process: each ring costs one read, however many listen. What it
 * gives is what a read of their own would have given them.
 */
export type Tail = {
  /** As the port's, for a subscription whose categories were announced. */
  readonly readAll: (options: ReadAllOptions) => Promise<AllSlice>;
  /** A subscription begins that wants these categories (all when left out). */
  readonly announce: (categories: readonly string[] | undefined) => void;
  /** Whether somebody here wants what is in this category. */
  readonly wants: (category: string) => boolean;
};

/** Every event of the announced categories after `from` up to `to`, in order. */
type Window = {
  readonly from: Position;
  readonly to: Position;
  readonly events: readonly RecordedEvent[];
  readonly bytes: number;
  /** Rings that had been heard when it was read last. */
  readonly rings: number;
  readonly atEnd: boolean;
};

const bytesOf = (events: readonly RecordedEvent[]): number =>
  events.reduce((sum, { metadata, data }) => sum + metadata.length + data.length, 0);

/** @throws whatever `read` throws */
export const createTail = (options: TailOptions): Tail => {
  const { read, bell, page = 500, mostEvents = 2_000, mostBytes = 4 * 1024 * 1024 } = options;
  /** Undefined: all. */
  let wanted: ReadonlySet<string> | undefined = new Set();
  let window: Window | undefined;
  let refreshing: Promise<void> | undefined;

  /** Keeps the newest half when there is too much: whoever is behind that reads for itself. */
  const trimmed = (grown: Window): Window => {
    if (grown.events.length <= mostEvents && grown.bytes <= mostBytes) return grown;
    const cut = Math.ceil(grown.events.length / 2);
    const last = grown.events[cut - 1];
    if (last === undefined) return grown;
    const events = grown.events.slice(cut);
    return trimmed({ ...grown, from: last.position, events, bytes: bytesOf(events) });
  };

  const refresh = async (from: Window): Promise<void> => {
    const rings = bell.rings();
    const slice = await read({
      after: from.to,
      limit: page,
      ...(wanted === undefined ? {} : { categories: [...wanted] }),
    });
    // Somebody with other categories began meanwhile: what was read is not all that they want.
    if (window !== from) return;
    window = trimmed({
      from: from.from,
      to: slice.next ?? from.to,
      events: slice.events.length === 0 ? from.events : [...from.events, ...slice.events],
      bytes: from.bytes + bytesOf(slice.events),
      rings,
      atEnd: slice.atEnd,
    });
  };

  const within = (
    at: Window,
    { after, categories, limit }: ReadAllOptions & { readonly after: Position },
  ): AllSlice => {
    const asked = categories === undefined ? undefined : new Set(categories);
    const found: RecordedEvent[] = [];
    for (const event of at.events) {
      if (event.position <= after || asked?.has(categoryOf(event.stream)) === false) continue;
      // One more than asked for: this is not the end.
      if (found.length === limit) return { events: found, next: found.at(-1)?.position ?? after, atEnd: false };
      found.push(event);
    }
    return { events: found, next: after > at.to ? after : at.to, atEnd: at.atEnd };
  };

  const readAll = async (asked: ReadAllOptions): Promise<AllSlice> => {
    const { after } = asked;
    const heard = bell.rings();
    for (;;) {
      const at = window;
      if (at === undefined || after === undefined || at.from > after) break;
      const fresh = at.rings >= heard;
      const slice = fresh || at.to > after ? within(at, { ...asked, after }) : undefined;
      if (slice !== undefined && (slice.events.length > 0 || (fresh && at.atEnd)))
        // What was read before the last ring may not be all: the next read will tell.
        return fresh ? slice : { ...slice, atEnd: false };
      refreshing ??= refresh(at).finally(() => {
        refreshing = undefined;
      });
      try {
        await refreshing;
      } catch (error) {
        if (error instanceof LogUnreachable || error instanceof LogClosed) throw error;
        // An event that cannot be read stops those who want it, and nobody else.
        break;
      }
    }
    const slice = await read(asked);
    if (slice.atEnd && slice.next !== undefined && window === undefined)
      window = { from: slice.next, to: slice.next, events: [], bytes: 0, rings: heard, atEnd: true };
    return slice;
  };

  return {
    readAll,
    announce: (categories) => {
      if (wanted === undefined) return;
      const before = wanted;
      if (categories?.every((category) => before.has(category)) === true) return;
      wanted = categories === undefined ? undefined : new Set([...wanted, ...categories]);
      window = undefined;
    },
    wants: (category) => wanted === undefined || wanted.has(category),
  };
};
