import type { RecordedEvent } from './port.js';

/** What a stream folded to, and the events it was folded from. */
export type Fold<S> = {
  readonly state: S;
  /** From the first on; the last one's revision is the fold's. */
  readonly events: readonly RecordedEvent[];
  /** Ids of the keys that codes in the state were opened with. */
  readonly keys: ReadonlySet<string>;
  /** When the first of these codes was opened, in milliseconds that never go back. */
  readonly since: number;
};

/**
 * Folds that were made lately, so that the next command or query of a record reads only what came after them. Opened codes
 * stand in them, so they live no longer than a key may (design §4), and whoever uses one asks first whether its keys are
 * still held. Found by stream name, of which the organisation is the first part (design rule 5).
 */
export type FoldCache<S> = {
  readonly get: (stream: string) => Fold<S> | undefined;
  /** Keeps a fold unless a longer one of that stream is there. */
  readonly put: (stream: string, fold: Fold<S>) => void;
  readonly drop: (stream: string) => void;
  /** Drops every fold in which something stands that one of these keys opened. */
  readonly dropOpenedWith: (keyIds: readonly string[]) => void;
};

export type FoldCacheOptions = {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Stored bytes of all events kept; what was not used for longest goes first. */
  readonly maxBytes?: number;
};

/** As long as a key cache (design §4). */
export const MAX_FOLD_MS = 60_000;
const MAX_BYTES = 4 * 1024 * 1024;
/** What an event costs beside its bytes: its names, its objects. */
const EVENT_OVERHEAD = 400;

const bytesOf = (events: readonly RecordedEvent[]): number =>
  events.reduce((sum, { metadata, data }) => sum + metadata.length + data.length + EVENT_OVERHEAD, 0);

export const createFoldCache = <S>({ monotonic, maxBytes = MAX_BYTES }: FoldCacheOptions): FoldCache<S> => {
  /** In the order of last use. */
  const kept = new Map<string, { readonly fold: Fold<S>; readonly bytes: number }>();
  let total = 0;
  let sweeper: NodeJS.Timeout | undefined;

  const drop = (stream: string): void => {
    const found = kept.get(stream);
    if (found === undefined) return;
    total -= found.bytes;
    kept.delete(stream);
  };
  const isOver = ({ since }: Fold<S>, now: number): boolean => now - since >= MAX_FOLD_MS;
  /** What nobody asks for any more must leave memory too. */
  const scheduleSweep = (): void => {
    if (sweeper !== undefined) return;
    sweeper = setTimeout(() => {
      sweeper = undefined;
      const now = monotonic();
      for (const [stream, { fold }] of kept) if (isOver(fold, now)) drop(stream);
      if (kept.size > 0) scheduleSweep();
    }, MAX_FOLD_MS);
    sweeper.unref();
  };

  return {
    get: (stream) => {
      const found = kept.get(stream);
      if (found === undefined) return undefined;
      if (isOver(found.fold, monotonic())) {
        drop(stream);
        return undefined;
      }
      kept.delete(stream);
      kept.set(stream, found);
      return found.fold;
    },
    put: (stream, fold) => {
      const standing = kept.get(stream)?.fold;
      if (standing !== undefined && standing.events.length > fold.events.length) return;
      drop(stream);
      const bytes = bytesOf(fold.events);
      if (bytes > maxBytes || isOver(fold, monotonic())) return;
      kept.set(stream, { fold, bytes });
      total += bytes;
      for (const oldest of kept.keys()) {
        if (total <= maxBytes) break;
        drop(oldest);
      }
      scheduleSweep();
    },
    drop,
    dropOpenedWith: (keyIds) => {
      for (const [stream, { fold }] of kept) if (keyIds.some((keyId) => fold.keys.has(keyId))) drop(stream);
    },
  };
};
