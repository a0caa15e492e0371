/**
 * Queues of which each is worked on by one at a time, in order, and which take turns: who has much waiting is served no
 * oftener than who has little (ADR 26).
 */
export type Lanes<T> = {
  readonly push: (lane: string, item: T) => void;
  /** The next item of the lane whose turn it is; that lane gives nothing more until `finished`. */
  readonly next: () => { readonly lane: string; readonly item: T } | undefined;
  readonly finished: (lane: string) => void;
  readonly waiting: (lane: string) => number;
  readonly size: () => number;
  /** Forgets the waiting items that do not meet the condition. */
  readonly keep: (wanted: (item: T) => boolean) => void;
};

export const createLanes = <T>(): Lanes<T> => {
  const queues = new Map<string, T[]>();
  const busy = new Set<string>();
  /** Lanes with something waiting that nobody works on, in the order of their turns. */
  const turns = new Set<string>();
  let size = 0;
  return {
    push: (lane, item) => {
      const queue = queues.get(lane);
      if (queue === undefined) queues.set(lane, [item]);
      else queue.push(item);
      size += 1;
      if (!busy.has(lane)) turns.add(lane);
    },
    next: () => {
      for (const lane of turns) {
        turns.delete(lane);
        const item = queues.get(lane)?.shift();
        if (item === undefined) continue;
        size -= 1;
        busy.add(lane);
        return { lane, item };
      }
      return undefined;
    },
    finished: (lane) => {
      busy.delete(lane);
      if ((queues.get(lane)?.length ?? 0) > 0) turns.add(lane);
      else queues.delete(lane);
    },
    waiting: (lane) => queues.get(lane)?.length ?? 0,
    size: () => size,
    keep: (wanted) => {
      size = 0;
      for (const [lane, queue] of queues) {
        const kept = queue.filter(wanted);
        size += kept.length;
        if (kept.length > 0 || busy.has(lane)) queues.set(lane, kept);
        else queues.delete(lane);
        if (kept.length === 0) turns.delete(lane);
      }
    },
  };
};
