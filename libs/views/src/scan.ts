import type { EventLog, Position } from '@toeverlaat/event-log';
import { decodedBatch, type DecodedBatch } from './decode.js';
import { isBefore, ViewStopped, type Applied, type Checkpoint, type ViewDatabase } from './file.js';

/** Lets timers and sockets have their turn between two transactions. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export type Taken = Applied | { readonly kind: 'stopped'; readonly error: ViewStopped };

/**
 * Applies a batch; when an event stops the view, keeps everything before that event, so a stopped view stands exactly
 * in front of it, however the events were batched.
 */
export const take = (database: ViewDatabase, batch: DecodedBatch, known: Checkpoint, next: Position): Taken => {
  try {
    return database.apply(batch, known, next);
  } catch (error) {
    if (!(error instanceof ViewStopped)) throw error;
    const before = batch.events.slice(0, error.index);
    const last = before.at(-1);
    if (last !== undefined) database.apply({ ...batch, events: before }, known, last.position);
    return { kind: 'stopped', error };
  }
};

/** A view on its way through the log. */
export type ScanTarget = {
  readonly database: ViewDatabase;
  /** Events it handled so far. */
  events: number;
  /** Seconds spent on it: decoding (charged to the first view that needs the event), handler, rows, commit. */
  seconds: number;
  stopped: ViewStopped | undefined;
};

export const scanTarget = (database: ViewDatabase): ScanTarget => ({
  database,
  events: 0,
  seconds: 0,
  stopped: undefined,
});

export type ScanOptions = {
  /** Exclusive. */
  readonly after: Checkpoint;
  /** Goes on at least to here; to the end of the log when left out. */
  readonly until?: Position | undefined;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Reads the log once for all targets and applies each slice to each in a transaction of its own. A target that stops
 * is passed over from there; the others go on.
 * @returns how far every target that did not stop is now
 */
export const scan = async (
  log: EventLog,
  targets: readonly ScanTarget[],
  options: ScanOptions,
): Promise<Checkpoint> => {
  const categories = [...new Set(targets.flatMap((target) => target.database.view.categories))];
  let at = options.after;
  for (;;) {
    if (options.signal?.aborted === true) return at;
    const slice = await log.readAll({
      ...(at === undefined ? {} : { after: at }),
      categories,
      limit: options.batchSize,
    });
    const { next } = slice;
    if (next !== undefined && isBefore(at, next)) {
      const batch = decodedBatch(slice.events, targets.length > 1);
      for (const target of targets) {
        if (target.stopped !== undefined) continue;
        const started = performance.now();
        const taken = take(target.database, batch, target.database.checkpoint(), next);
        target.seconds += (performance.now() - started) / 1000;
        if (taken.kind === 'stopped') target.stopped = taken.error;
        else if (taken.kind === 'applied') target.events += taken.events;
      }
      at = next;
    }
    if (slice.atEnd || targets.every((target) => target.stopped !== undefined)) return at;
    if (options.until !== undefined && !isBefore(at, options.until)) return at;
    await breathe();
  }
};
