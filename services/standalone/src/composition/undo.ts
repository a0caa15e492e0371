import type { Logger } from '@toeverlaat/telemetry';

/** How long each part may take to stop before the next is stopped all the same, in milliseconds. */
const STOP_MS = 5_000;

const within = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
};

export type Undo = {
  readonly add: (what: string, end: () => unknown, withinMs?: number) => void;
  /** Safe to call twice: it ends once. */
  readonly run: () => Promise<void>;
};

/** Ends what was opened, last first; an error or a delay of one keeps no other from ending. */
export const createUndo = (logger: Logger): Undo => {
  const steps: { readonly what: string; readonly end: () => unknown; readonly withinMs: number }[] = [];
  let ending: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (const { what, end, withinMs } of steps.toReversed()) {
      try {
        if (!(await within(withinMs, Promise.resolve(end()))))
          logger.warn('part did not stop in time', { reason: what });
      } catch (error) {
        logger.error('part did not stop', { reason: what, error });
      }
    }
  };
  return {
    add: (what, end, withinMs = STOP_MS) => {
      steps.push({ what, end, withinMs });
    },
    run: () => (ending ??= run()),
  };
};
