/** Whether a replica is asked: `closed` as usual, `open` not for a while, `halfOpen` one question tries it. */
export type CircuitState = 'closed' | 'open' | 'halfOpen';

export type CircuitOptions = {
  /** Failures in a row after which it opens. */
  readonly failures: number;
  /** Milliseconds it stays open the first time; each failed trial doubles it. */
  readonly openMs: number;
  readonly longestOpenMs: number;
};

export const usualCircuit: CircuitOptions = { failures: 5, openMs: 250, longestOpenMs: 5_000 };

export type Circuit = {
  readonly state: (now: number) => CircuitState;
  /** Whether a question may go out now; when half open, to the first who asks. */
  readonly admits: (now: number) => boolean;
  readonly succeeded: () => void;
  readonly failed: (now: number) => void;
  /** The question ended without telling anything of the replica, such as by being cancelled. */
  readonly abandoned: () => void;
};

/**
 * Spares callers the wait for a replica that does not answer, and the replica the callers. `now` is a monotonic clock in
 * milliseconds.
 */
export const createCircuit = (options: CircuitOptions = usualCircuit): Circuit => {
  let inARow = 0;
  let openUntil: number | undefined;
  let openMs = options.openMs;
  let trying = false;
  const state = (now: number): CircuitState =>
    openUntil === undefined ? 'closed' : now < openUntil ? 'open' : 'halfOpen';
  return {
    state,
    admits: (now) => {
      switch (state(now)) {
        case 'closed':
          return true;
        case 'open':
          return false;
        case 'halfOpen': {
          if (trying) return false;
          trying = true;
          return true;
        }
      }
    },
    succeeded: () => {
      inARow = 0;
      openUntil = undefined;
      openMs = options.openMs;
      trying = false;
    },
    failed: (now) => {
      inARow += 1;
      if (trying) openMs = Math.min(openMs * 2, options.longestOpenMs);
      if (trying || inARow >= options.failures) openUntil = now + openMs;
      trying = false;
    },
    abandoned: () => {
      trying = false;
    },
  };
};
