import { localDateOf, type Instant, type LocalDate } from '@toeverlaat/values';

/** Plays many stories at once, each waiting for its own moment: time goes forward only, and everybody is in the same present. */
export type Stage = {
  /** Comes back when the play has reached this moment; one that is past has been reached. */
  readonly at: (date: LocalDate, time?: string) => Promise<void>;
  /** Starts another story, now. */
  readonly spawn: (story: () => Promise<void>) => void;
  /** Plays the stories until none is left; the first that fails ends the play, and the stage. @throws StageBroken after that */
  readonly play: (stories: readonly (() => Promise<void>)[]) => Promise<void>;
};

type Waiting = { readonly instant: Instant; readonly order: number; readonly go: () => void };

/** `HH:MM` in Belgium on a date, as an instant. */
export const instantAt = (date: LocalDate, time = '09:00'): Instant => {
  const plain = new Date(`${date}T${time}:00.000Z`);
  // One or two hours before, whichever shows this time in Belgium.
  const candidates = [1, 2].map((hours) => new Date(plain.getTime() - hours * 3_600_000).toISOString());
  const shown = candidates.find((candidate) => timeInBelgium(candidate) === time);
  return shown ?? plain.toISOString();
};

const belgianTime = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Brussels',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const timeInBelgium = (instant: Instant): string => belgianTime.format(new Date(instant));

/** A binary heap: earliest first, first come first served at one moment. */
const earlier = (a: Waiting, b: Waiting): boolean =>
  a.instant === b.instant ? a.order < b.order : a.instant < b.instant;
const push = (heap: Waiting[], item: Waiting): void => {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !earlier(item, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = item;
};
const pop = (heap: Waiting[]): Waiting | undefined => {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const a = heap[left];
    const b = heap[left + 1];
    if (a === undefined) break;
    const child = b !== undefined && earlier(b, a) ? left + 1 : left;
    const below = heap[child];
    if (below === undefined || !earlier(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
  return first;
};

/** A story failed before, and took its stage along. */
export class StageBroken extends Error {
  override readonly name = 'StageBroken';
  override readonly message = 'a story on this stage failed before';
}

/**
 * @param setClock moves the demonstration's clock
 * @param before what must be done before time moves on, such as letting reactions finish at their own time
 * @param atOnce how many stories may act at the same time
 */
export const createStage = (setClock: (instant: Instant) => void, before: () => Promise<void>, atOnce = 64): Stage => {
  const waiting: Waiting[] = [];
  let now = '';
  let order = 0;
  let acting = 0;
  let moving = false;
  let ended: (() => void) | undefined;
  let failed: ((error: unknown) => void) | undefined;
  let broken = false;

  const fail = (error: unknown): void => {
    broken = true;
    failed?.(error);
  };

  const pump = async (): Promise<void> => {
    if (moving || broken) return;
    moving = true;
    try {
      while (acting < atOnce) {
        const next = waiting[0];
        if (next === undefined) {
          if (acting === 0) ended?.();
          return;
        }
        if (next.instant > now) {
          if (acting > 0) return;
          if (now !== '') await before();
          if (broken) return;
          now = next.instant;
          setClock(now);
        }
        acting += 1;
        pop(waiting)?.go();
      }
    } catch (error) {
      fail(error);
    } finally {
      moving = false;
    }
  };

  const waitFor = (instant: Instant): Promise<void> =>
    new Promise((resolve) => {
      push(waiting, { instant, order: order++, go: resolve });
    });

  const start = (story: () => Promise<void>): void => {
    void waitFor(now)
      .then(story)
      .then(() => {
        acting -= 1;
        return pump();
      })
      .catch(fail);
  };

  return {
    at: (date, time) => {
      const instant = instantAt(date, time);
      if (instant <= now) return Promise.resolve();
      const turn = waitFor(instant);
      acting -= 1;
      void pump();
      return turn;
    },
    spawn: (story) => {
      start(story);
      void pump();
    },
    play: async (stories) => {
      // Stories of before may still stand half played: nothing could be waited for here.
      if (broken) throw new StageBroken();
      const end = new Promise<void>((resolve, reject) => {
        ended = resolve;
        failed = reject;
      });
      for (const story of stories) start(story);
      void pump();
      await end;
      await before();
    },
  };
};

/** The Monday on or before a date. */
export const mondayOf = (date: LocalDate): LocalDate => {
  const moved = new Date(`${date}T00:00:00.000Z`);
  moved.setUTCDate(moved.getUTCDate() - ((moved.getUTCDay() + 6) % 7));
  return moved.toISOString().slice(0, 10);
};

export const todayOf = (instant: Instant): LocalDate => localDateOf(instant);
