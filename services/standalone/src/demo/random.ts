import { createHash } from 'node:crypto';

/** A stream of numbers that depends on its names alone: the same seed gives the same demonstration. */
export type Random = {
  /** At least 0, below 1. */
  readonly next: () => number;
  /** From `from` to `to`, both included. */
  readonly whole: (from: number, to: number) => number;
  readonly pick: <T>(list: readonly [T, ...(readonly T[])]) => T;
  readonly chance: (probability: number) => boolean;
};

/** sfc32 by Chris Doty-Humphrey, seeded with a hash of the names. Not for keys: for a demonstration only. */
export const randomOf = (...names: readonly (string | number)[]): Random => {
  const hash = createHash('sha256').update(JSON.stringify(names)).digest();
  let a = hash.readInt32LE(0);
  let b = hash.readInt32LE(4);
  let c = hash.readInt32LE(8);
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 12; round += 1) next();
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    pick: (list) => list[whole(0, list.length - 1)] ?? list[0],
    chance: (probability) => next() < probability,
  };
};
