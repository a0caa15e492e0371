import { systemClock, type Clock, type Instant } from '@toeverlaat/values';

/** A clock that can be set, for playing a demonstration's past; it shows the present until it is. */
export type SteeredClock = Clock & {
  /** Stands still at an instant, or shows the present again. */
  readonly playAt: (instant: Instant | undefined) => void;
};

export const steeredClock = (present: Clock = systemClock): SteeredClock => {
  let set: Instant | undefined;
  return {
    now: () => set ?? present.now(),
    playAt: (instant) => {
      set = instant;
    },
  };
};
