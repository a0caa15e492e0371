import {
  createBell,
  createMemoryEventLog,
  DamagedEvent,
  follow,
  LogUnreachable,
  streamName,
  type AllSlice,
  type EventLog,
  type Position,
  type ReadAllOptions,
  type RecordedEvent,
} from '@toeverlaat/event-log';
import { sampleEvent } from '@toeverlaat/testing/event-log-sample';
import { organisationId, randomId } from '@toeverlaat/values';
import { array, assert, asyncProperty, constant, integer, nat, oneof, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTail, type TailOptions } from './tail.js';

const organisations = [organisationId('gentia'), organisationId('zorgnet')] as const;
const categories = ['sample.one', 'sample.two', 'sample.three'] as const;

const setUp = (more: Pick<TailOptions, 'page' | 'mostEvents' | 'mostBytes'> = {}) => {
  const log: EventLog = createMemoryEventLog();
  const bell = createBell();
  const reads: ReadAllOptions[] = [];
  let answer = (options: ReadAllOptions): Promise<AllSlice> => log.readAll(options);
  const tail = createTail({
    ...more,
    bell,
    read: (options) => {
      reads.push(options);
      return answer(options);
    },
  });
  const append = async (category: string, n: number, count = 1): Promise<Position> => {
    const organisation = organisations[n % 2] ?? organisations[0];
    // The same ids in both organisations.
    const stream = streamName(category, organisation, `s${Math.floor(n / 2)}${randomId().slice(0, 8)}`);
    const events = Array.from({ length: count }, () => sampleEvent('note'));
    const given = await log.append({ organisation, stream, expected: 'none', events });
    if (!given.ok) throw new Error(given.error.kind);
    return given.value.position;
  };
  /** A subscription over the tail that takes so many messages' worth of events. */
  const followed = (wanted: readonly string[] | undefined, after: Position | undefined, batchSize: number) => {
    const stop = new AbortController();
    tail.announce(wanted);
    const messages = follow(tail.readAll, bell, {
      signal: stop.signal,
      batchSize,
      ...(wanted === undefined ? {} : { categories: wanted }),
      ...(after === undefined ? {} : { after }),
    });
    const events: RecordedEvent[] = [];
    let next: Position | undefined = after;
    return {
      events,
      /** Takes messages until it has passed a position. */
      upTo: async (target: Position): Promise<void> => {
        while (next === undefined || next < target) {
          const { value, done } = await messages.next();
          if (done === true) throw new Error('ended');
          if (value.kind === 'events') events.push(...value.events);
          next = value.next;
        }
      },
      /** Takes one message. */
      once: async (): Promise<void> => {
        const { value, done } = await messages.next();
        if (done === true) throw new Error('ended');
        if (value.kind === 'events') events.push(...value.events);
        next = value.next;
      },
      stop: () => {
        stop.abort();
      },
    };
  };
  return {
    log,
    bell,
    tail,
    reads,
    append,
    followed,
    answerWith: (next: (options: ReadAllOptions) => Promise<AllSlice>) => {
      answer = next;
    },
  };
};

describe('the tail of a log', () => {
  it('gives every subscription what a read of its own would have given it', async () => {
    await assert(
      asyncProperty(
        array(
          oneof(
            record({
              kind: constant('append' as const),
              category: nat(2),
              count: integer({ min: 1, max: 5 }),
            }),
            record({ kind: constant('take' as const), who: nat(3) }),
            record({ kind: constant('begin' as const), wants: nat(3), batch: integer({ min: 1, max: 4 }) }),
          ),
          { maxLength: 40 },
        ),
        integer({ min: 1, max: 8 }),
        async (steps, mostEvents) => {
          const { log, bell, append, followed } = setUp({ page: 3, mostEvents });
          const running: {
            wanted: readonly string[] | undefined;
            after: Position | undefined;
            of: ReturnType<typeof followed>;
          }[] = [];
          const begin = (wants: number, batch: number, after: Position | undefined): void => {
            const wanted = wants === 3 ? undefined : categories.slice(0, wants + 1);
            running.push({ wanted, after, of: followed(wanted, after, batch) });
          };
          begin(0, 2, undefined);
          let head = await append('sample.one', 0);
          bell.ring();
          for (const [n, step] of steps.entries()) {
            switch (step.kind) {
              case 'append':
                head = await append(categories[step.category] ?? 'sample.one', n, step.count);
                bell.ring();
                break;
              case 'begin':
                begin(step.wants, step.batch, n % 2 === 0 ? head : undefined);
                break;
              case 'take': {
                const one = running[step.who % running.length];
                // Something is there for it, or it has nothing announced yet: it does not wait.
                const slice = await log.readAll({
                  limit: 1,
                  ...(one?.wanted === undefined ? {} : { categories: one.wanted }),
                  ...(one?.after === undefined ? {} : { after: one.after }),
                });
                if (one !== undefined && slice.events.length > one.of.events.length) await one.of.once();
                break;
              }
            }
          }
          head = await append('sample.three', 99);
          bell.ring();
          for (const { of } of running) await of.upTo(head);
          for (const { wanted, after, of } of running) {
            const all = await log.readAll({
              limit: 10_000,
              ...(wanted === undefined ? {} : { categories: wanted }),
              ...(after === undefined ? {} : { after }),
            });
            expect(of.events.map(({ eventId }) => eventId)).toEqual(all.events.map(({ eventId }) => eventId));
            of.stop();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('looks once at each ring, however many listen, and not at all for a position that was looked at', async () => {
    const { bell, append, followed, reads } = setUp();
    const start = await append('sample.one', 0);
    const all = [['sample.one'], ['sample.two'], ['sample.one', 'sample.three'], ['sample.two']].map((wanted) =>
      followed(wanted, start, 500),
    );
    for (const one of all) await one.once();
    reads.length = 0;
    for (let round = 1; round <= 5; round += 1) {
      const position = await append('sample.two', round);
      bell.ring();
      await Promise.all(all.map((one) => one.upTo(position)));
    }
    expect(reads).toHaveLength(5);
    expect(all.map(({ events }) => events.length)).toEqual([0, 5, 0, 5]);
    expect(new Set(reads.flatMap((read) => read.categories ?? []))).toEqual(new Set(categories));
    for (const one of all) one.stop();
  });

  it('lets an event that cannot be read stop those who want it, and nobody else', async () => {
    const { log, bell, append, followed, answerWith } = setUp();
    const start = await append('sample.one', 0);
    const hurt = followed(['sample.one'], start, 500);
    const well = followed(['sample.two'], start, 500);
    await hurt.once();
    await well.once();
    answerWith(async (options) => {
      const slice = await log.readAll(options);
      const damaged = slice.events.find(({ stream }) => stream.startsWith('sample.one-'));
      if (damaged !== undefined) throw new DamagedEvent(damaged, 'test');
      return slice;
    });
    await append('sample.one', 1);
    const position = await append('sample.two', 2);
    bell.ring();
    await expect(hurt.upTo(position)).rejects.toBeInstanceOf(DamagedEvent);
    await well.upTo(position);
    expect(well.events).toHaveLength(1);
    well.stop();
  });

  it('passes on that the log does not answer, and goes on when it does', async () => {
    const { log, bell, tail, append, answerWith } = setUp();
    const start = await append('sample.one', 0);
    tail.announce(['sample.one']);
    const asked = { categories: ['sample.one'], limit: 10, after: start };
    await tail.readAll(asked);
    answerWith(() => Promise.reject(new LogUnreachable('test')));
    await append('sample.one', 1);
    bell.ring();
    await expect(tail.readAll(asked)).rejects.toBeInstanceOf(LogUnreachable);
    answerWith((options) => log.readAll(options));
    expect((await tail.readAll(asked)).events).toHaveLength(1);
  });

  it('says what somebody here wants', () => {
    const { tail } = setUp();
    expect(tail.wants('sample.one')).toBe(false);
    tail.announce(['sample.one']);
    expect([tail.wants('sample.one'), tail.wants('sample.two')]).toEqual([true, false]);
    tail.announce(undefined);
    expect(tail.wants('sample.two')).toBe(true);
  });
});
