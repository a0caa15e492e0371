/** What a consumer took of one partition and how far it is done without a hole: only that much may be committed. */
export type Window = {
  /** @returns false for an offset that was taken before, and comes again after a rebalance */
  readonly take: (offset: bigint) => boolean;
  readonly done: (offset: bigint) => void;
  /**
   * The offset to commit: after the last of the contiguous prefix that is done; undefined when it is committed already, or
   * when another member may have committed a later one.
   */
  readonly commitable: () => bigint | undefined;
  readonly committed: (offset: bigint) => void;
  /**
   * The group was joined anew and the partition is still, or again, this member's. Another may have had it in between and
   * committed more than is done here: to commit that would take the group back, and there it would stand until the next event.
   * What the broker hands out first, from what is committed, tells how far that is.
   */
  readonly joined: () => void;
};

export const createWindow = (): Window => {
  /** Taken and not yet in the prefix, in order; a Map keeps insertion order. */
  const open = new Map<bigint, boolean>();
  let next: bigint | undefined;
  let prefix: bigint | undefined;
  let written: bigint | undefined;
  let inDoubt = false;
  return {
    take: (offset) => {
      if (inDoubt) {
        inDoubt = false;
        written = offset;
      }
      if (next !== undefined && offset < next) return false;
      next = offset + 1n;
      open.set(offset, false);
      return true;
    },
    done: (offset) => {
      if (!open.has(offset)) return;
      open.set(offset, true);
      for (const [at, isDone] of open) {
        if (!isDone) return;
        open.delete(at);
        prefix = at + 1n;
      }
    },
    commitable: () =>
      !inDoubt && prefix !== undefined && (written === undefined || written < prefix) ? prefix : undefined,
    committed: (offset) => {
      if (written === undefined || written < offset) written = offset;
    },
    joined: () => {
      inDoubt = next !== undefined;
    },
  };
};
