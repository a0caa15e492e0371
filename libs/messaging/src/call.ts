import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The call that is being answered. It goes along by itself, unlike organisation and caller (design rule 5), because it
 * says nothing of whom or what: only until when an answer is of use, and whether anybody still waits for it.
 */
export type Call = {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Aborted when who asked has gone. */
  readonly signal?: AbortSignal;
};

/** Each hop keeps this many milliseconds for itself, so that its caller hears a refusal and not a silence. */
export const HOP_MS = 50;

const calls = new AsyncLocalStorage<Call>();

export const currentCall = (): Call | undefined => calls.getStore();

/** Answers within a call: what is asked of others meanwhile ends with it. */
export const withinCall = <T>(call: Call, work: () => T): T => calls.run(call, work);

/** For work that a call only sets off and that goes on after it. */
export const outsideCalls = <T>(work: () => T): T => calls.exit(work);

/** Until when a question may wait that is asked now: its own time, or what the call it belongs to has left. */
export const deadlineAfter = (timeoutMs: number, now = Date.now()): number => {
  const call = currentCall();
  return call === undefined ? now + timeoutMs : Math.min(now + timeoutMs, call.deadline - HOP_MS);
};
