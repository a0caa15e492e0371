export type BucketRate = { readonly burst: number; readonly perMinute: number };

export type Bucket = {
  /** True while something is left; takes nothing. */
  readonly hasRoom: () => boolean;
  readonly take: () => void;
};

/** A token bucket: `burst` at once, then `perMinute`. `now` in milliseconds, never going back. */
export const createBucket = ({ burst, perMinute }: BucketRate, now: () => number): Bucket => {
  let level = burst;
  let seen = now();
  const refill = (): void => {
    const at = now();
    level = Math.min(burst, level + ((at - seen) / 60_000) * perMinute);
    seen = at;
  };
  return {
    hasRoom: () => {
      refill();
      return level >= 1;
    },
    take: () => {
      refill();
      level = Math.max(0, level - 1);
    },
  };
};
