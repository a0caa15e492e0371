/** Repeatable randomness of a run: the same seed kills at the same places (mulberry32). */
export type Random = {
  /** From 0, below 1. */
  readonly next: () => number;
  /** From 0, below `n`. */
  readonly below: (n: number) => number;
};

export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (n) => Math.floor(next() * n) };
};
