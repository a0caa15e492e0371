import { pause } from '@toeverlaat/values';
import type { PublicEvent } from './public-events.js';

/** Reacts to one public event; a repeat must decide to nothing (design rule 8). Throws to be tried again. */
export type Reaction = (event: PublicEvent) => Promise<void>;

/** This event will never succeed: it is parked at once instead of tried again. */
export class PoisonEvent extends Error {
  override readonly name = 'PoisonEvent';
}

/**
 * Something that the reaction needs is unavailable for now: another service, the vault, a view. It is tried for much longer
 * than what fails of itself, since a restart of another process must not leave events for a person to replay.
 */
export class Deferred extends Error {
  override readonly name = 'Deferred';
}

const LONGEST_DEFERRAL_MS = 30_000;
const MOST_DEFERRALS = 36;

/**
 * The back-off of what was deferred, in milliseconds: 200, doubled up to 30 s, for a little under 15 minutes of pauses in
 * all. Order is kept, so what waits behind the event stands still that long at the most; then it is parked (undefined).
 */
export const deferralBackOff = (deferral: number): number | undefined =>
  deferral > MOST_DEFERRALS ? undefined : Math.min(LONGEST_DEFERRAL_MS, 100 * 2 ** deferral);

/** How often and how long a reaction is tried. */
export type Patience = {
  /** 5 when left out. */
  readonly attempts?: number;
  /** Milliseconds before the n-th repeat. */
  readonly backOffMs?: (attempt: number) => number;
  /** Milliseconds before the n-th repeat of what was `Deferred`, which is no attempt; undefined parks it. */
  readonly deferralBackOffMs?: (deferral: number) => number | undefined;
  readonly onError?: (error: unknown, event: PublicEvent, attempt: number) => void;
};

const reasonOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/**
 * Tries a reaction until it is done or given up.
 * @returns undefined when it is done; why and after how many tries when it was given up
 * @throws its error when it was stopped in between: the event was neither handled nor given up
 */
export const attemptReaction = async (
  reaction: Reaction,
  event: PublicEvent,
  patience: Patience,
  stopping: AbortSignal,
): Promise<{ readonly reason: string; readonly attempts: number } | undefined> => {
  const attempts = patience.attempts ?? 5;
  const backOffMs = patience.backOffMs ?? ((attempt) => Math.min(2_000, 50 * 2 ** attempt));
  const deferralBackOffMs = patience.deferralBackOffMs ?? deferralBackOff;
  let deferrals = 0;
  for (let tried = 1; ; tried += 1) {
    try {
      await reaction(event);
      return undefined;
    } catch (error) {
      patience.onError?.(error, event, tried);
      const deferred = error instanceof Deferred;
      if (deferred) deferrals += 1;
      const failures = tried - deferrals;
      const given = error instanceof PoisonEvent || failures >= attempts;
      const waitMs = deferred ? deferralBackOffMs(deferrals) : given ? undefined : backOffMs(failures);
      if (waitMs === undefined) return { reason: reasonOf(error), attempts: tried };
      if (stopping.aborted) throw error;
      await pause(waitMs, stopping);
    }
  }
};
