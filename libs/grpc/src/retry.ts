import { status } from '@grpc/grpc-js';

export type RetryOptions = {
  /** Questions in all, the first included. */
  readonly attempts: number;
  /** Milliseconds before the first repeat; doubled for each further one. */
  readonly pauseMs: number;
  /** From 0 up to 1: spreads repeats so that callers of a replica that went away do not come back as one. */
  readonly random: () => number;
};

/**
 * Whether a question may be asked again. Every question of ours may be carried out twice without harm (ADR 27): a query
 * changes nothing, a command is idempotent by its id. So only this counts: that another try can end otherwise. A deadline
 * that ran out leaves no time for one; a refusal is an answer.
 */
export const isRepeatable = (code: status): boolean => code === status.UNAVAILABLE;

/** Milliseconds before the n-th repeat (1 for the first): between half of the step and all of it. */
export const pauseBefore = (repeat: number, { pauseMs, random }: RetryOptions): number => {
  const step = pauseMs * 2 ** (repeat - 1);
  return step / 2 + (step / 2) * random();
};
