/** What a consumer took of one partition and how far it is done without a hole: only that much may be committed. */
export type Window = {
  /** @returns false for an offset that was taken before, and comes again after a rebalance */
  readonly take: (offset: bigint) => boolean;
  readonly done: (offset: bigint) => void;
  /** The offset to commit: after the last of the contiguous prefix that is done; undefined when it is committed already. */
  readonly commitable: () => bigint | undefined;
  readonly committed: (offset: bigint) => void;
};

export const createWindow = (): Window => {
  /** Taken and not yet in the prefix, in order; a Map keeps insertion order. */
  const open = new Map<bigint, boolean>();
  let next: bigint | undefined;
  let prefix: bigint | undefined;
  let written: bigint | undefined;
  return {
    take: (offset) => {
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
    commitable: () => (prefix !== undefined && (written === undefined || written < prefix) ? prefix : undefined),
    committed: (offset) => {
      if (written === undefined || written < offset) written = offset;
    },
  };
};
