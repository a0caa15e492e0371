import {
  categoryOf,
  leafOf,
  MAX_EVENT_BYTES,
  streamName,
  type AppendRequest,
  type Appended,
  type EventLog,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type RecordedEvent,
  type SubscriptionMessage,
} from '@toeverlaat/event-log';
import { canonicalBytes, InvariantBroken, organisationId, randomId, type OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleEvent } from './event-log-sample.js';

/** A log to run the contract against. It may hold events of others: a server is shared, so no test needs an empty one. */
export type LogUnderTest = { readonly log: EventLog; readonly dispose?: () => Promise<void> };

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');

const noteOf = (event: RecordedEvent): string =>
  (JSON.parse(Buffer.from(event.data).toString('utf8')) as { note: string }).note;
const notesOf = (events: readonly RecordedEvent[]): string[] => events.map(noteOf);

/** A category no other test or run has. */
const freshCategory = (): string => `sample${randomId().replaceAll('-', '')}.note`;

const appended = async (log: EventLog, request: AppendRequest): Promise<Appended> => {
  const answer = await log.append(request);
  if (!answer.ok) throw new Error(`append refused: ${answer.error.kind}`);
  return answer.value;
};

const refusalsOf = (answers: readonly Awaited<ReturnType<EventLog['append']>>[]): string[] =>
  answers.flatMap((answer) => (answer.ok ? [] : [answer.error.kind]));

const append = (
  log: EventLog,
  organisation: OrganisationId,
  stream: string,
  expected: ExpectedRevision,
  ...notes: readonly string[]
): Promise<Appended> =>
  appended(log, { organisation, stream, expected, events: notes.map((note) => sampleEvent(note)) });

/** Everything of some categories after a position, slice by slice. */
const readOn = async (
  log: EventLog,
  after: Position | undefined,
  categories: readonly string[],
  limit: number,
): Promise<RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  let from = after;
  for (;;) {
    const slice = await log.readAll({ categories, limit, ...(from === undefined ? {} : { after: from }) });
    expect(slice.events.length).toBeLessThanOrEqual(limit);
    all.push(...slice.events);
    if (slice.atEnd) return all;
    expect(slice.next).not.toBe(from);
    from = slice.next;
  }
};

type Subscription = {
  /** Messages up to and including the first that meets the condition. */
  readonly until: (met: (message: SubscriptionMessage) => boolean) => Promise<readonly SubscriptionMessage[]>;
  readonly stop: () => Promise<void>;
};

const follow = (
  log: EventLog,
  options: { after?: Position; categories: readonly string[]; batchSize?: number },
): Subscription => {
  const abort = new AbortController();
  const messages = log.subscribe({ ...options, signal: abort.signal })[Symbol.asyncIterator]();
  return {
    until: async (met) => {
      const seen: SubscriptionMessage[] = [];
      for (;;) {
        const { done, value } = await messages.next();
        if (done === true) throw new Error('the subscription ended');
        seen.push(value);
        if (met(value)) return seen;
      }
    },
    stop: async () => {
      abort.abort();
      // Whatever was on its way may still come; then the iteration ends without an error.
      while ((await messages.next()).done !== true);
    },
  };
};

const eventsIn = (messages: readonly SubscriptionMessage[]): RecordedEvent[] =>
  messages.flatMap((message) => (message.kind === 'events' ? message.events : []));
const isCaughtUp = (message: SubscriptionMessage): boolean => message.kind === 'caughtUp';

/**
 * What every adapter of the event log must do, and nothing beyond `port.ts`: the in-memory log, the SQLite file and the
 * server adapters run these same tests. Call it at the top level of a spec file.
 */
export const eventLogContract = (name: string, makeLog: () => Promise<LogUnderTest>): void => {
  describe(`event log contract: ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    beforeAll(async () => {
      under = await makeLog();
      log = under.log;
    });
    afterAll(async () => {
      await under.log.close();
      await under.dispose?.();
    });

    const freshStream = (organisation = GENTIA): string => streamName(freshCategory(), organisation, randomId());

    describe('append', () => {
      it('starts a stream at revision 0 and counts on', async () => {
        const stream = freshStream();
        expect(await append(log, GENTIA, stream, 'none', 'a')).toMatchObject({ firstRevision: 0, lastRevision: 0 });
        expect(await append(log, GENTIA, stream, 0, 'b', 'c')).toMatchObject({ firstRevision: 1, lastRevision: 2 });
        expect(await append(log, GENTIA, stream, 'any', 'd')).toMatchObject({ firstRevision: 3, lastRevision: 3 });
        const events = await log.readStream(stream);
        expect(notesOf(events)).toEqual(['a', 'b', 'c', 'd']);
        expect(events.map((event) => event.revision)).toEqual([0, 1, 2, 3]);
      });

      it('takes `any` on a stream that does not exist', async () => {
        const stream = freshStream();
        expect(await append(log, GENTIA, stream, 'any', 'a')).toMatchObject({ firstRevision: 0 });
      });

      it('stores every byte and name as given', async () => {
        const stream = freshStream();
        const event: EventToAppend = {
          ...sampleEvent('Ça va? Größe €'),
          metadata: canonicalBytes({ name: 'één', n: 1 }),
        };
        await appended(log, { organisation: GENTIA, stream, expected: 'none', events: [event] });
        const [read] = await log.readStream(stream);
        expect(read).toMatchObject({
          organisation: GENTIA,
          stream,
          revision: 0,
          eventId: event.eventId,
          type: event.type,
        });
        expect(Buffer.from(read?.metadata ?? []).equals(event.metadata)).toBe(true);
        expect(Buffer.from(read?.data ?? []).equals(event.data)).toBe(true);
      });

      it('answers with the position of its last event', async () => {
        const stream = freshStream();
        const { position } = await append(log, GENTIA, stream, 'none', 'a', 'b');
        expect((await log.readStream(stream)).at(-1)?.position).toBe(position);
      });

      it('refuses `none` on a stream that exists', async () => {
        const stream = freshStream();
        await append(log, GENTIA, stream, 'none', 'a', 'b');
        expect(
          await log.append({ organisation: GENTIA, stream, expected: 'none', events: [sampleEvent('c')] }),
        ).toEqual({ ok: false, error: { kind: 'StreamExists', stream, actual: 1 } });
        expect(notesOf(await log.readStream(stream))).toEqual(['a', 'b']);
      });

      it.each([
        { expected: 0, actual: 1 },
        { expected: 2, actual: 1 },
      ])('refuses expected revision $expected of a stream at $actual', async ({ expected, actual }) => {
        const stream = freshStream();
        await append(log, GENTIA, stream, 'none', 'a', 'b');
        expect(await log.append({ organisation: GENTIA, stream, expected, events: [sampleEvent('c')] })).toEqual({
          ok: false,
          error: { kind: 'VersionConflict', stream, expected, actual },
        });
        expect(notesOf(await log.readStream(stream))).toEqual(['a', 'b']);
      });

      it('refuses a revision of a stream that does not exist', async () => {
        const stream = freshStream();
        expect(await log.append({ organisation: GENTIA, stream, expected: 3, events: [sampleEvent('a')] })).toEqual({
          ok: false,
          error: { kind: 'VersionConflict', stream, expected: 3, actual: -1 },
        });
        expect(await log.readStream(stream)).toEqual([]);
      });

      it('takes a large event and refuses an oversize one with all that came along', async () => {
        const stream = freshStream();
        await appended(log, {
          organisation: GENTIA,
          stream,
          expected: 'none',
          events: [sampleEvent('large', 200_000)],
        });
        const oversize = sampleEvent('oversize', MAX_EVENT_BYTES);
        const refused = await log.append({
          organisation: GENTIA,
          stream,
          expected: 0,
          events: [sampleEvent('b'), oversize],
        });
        expect(refused).toEqual({
          ok: false,
          error: {
            kind: 'EventTooLarge',
            stream,
            size: oversize.data.length + oversize.metadata.length,
            limit: MAX_EVENT_BYTES,
          },
        });
        expect(notesOf(await log.readStream(stream))).toEqual(['large']);
      });

      it('throws for a request that no shell may make', async () => {
        const stream = freshStream(GENTIA);
        const events = [sampleEvent('a')];
        const bad: AppendRequest[] = [
          { organisation: GENTIA, stream, expected: 'none', events: [] },
          { organisation: ZORGNET, stream, expected: 'none', events },
          { organisation: GENTIA, stream: 'nameless', expected: 'none', events },
          { organisation: GENTIA, stream, expected: -1, events },
          { organisation: GENTIA, stream, expected: 0.5, events },
        ];
        for (const request of bad) await expect(log.append(request)).rejects.toThrow(InvariantBroken);
        expect(await log.readStream(stream)).toEqual([]);
      });
    });

    describe('concurrent appends', () => {
      it('lets exactly one of many win a revision', async () => {
        const stream = freshStream();
        await append(log, GENTIA, stream, 'none', 'first');
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            log.append({ organisation: GENTIA, stream, expected: 0, events: [sampleEvent(`w${index}`)] }),
          ),
        );
        expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
        expect(refusalsOf(answers)).toEqual(Array.from({ length: 19 }, () => 'VersionConflict'));
        expect(await log.readStream(stream)).toHaveLength(2);
      });

      it('lets exactly one of many create a stream', async () => {
        const stream = freshStream();
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            log.append({ organisation: GENTIA, stream, expected: 'none', events: [sampleEvent(`w${index}`)] }),
          ),
        );
        expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
        expect(refusalsOf(answers)).toEqual(Array.from({ length: 19 }, () => 'StreamExists'));
        expect(await log.readStream(stream)).toHaveLength(1);
      });

      it('does not let a conflict fail its neighbours', async () => {
        const [good, bad, other] = [freshStream(), freshStream(), freshStream()];
        const answers = await Promise.all([
          log.append({ organisation: GENTIA, stream: good, expected: 'none', events: [sampleEvent('a')] }),
          log.append({ organisation: GENTIA, stream: bad, expected: 7, events: [sampleEvent('b')] }),
          log.append({ organisation: GENTIA, stream: other, expected: 'any', events: [sampleEvent('c')] }),
        ]);
        expect(answers.map((answer) => answer.ok)).toEqual([true, false, true]);
        expect(await log.readStream(bad)).toEqual([]);
      });

      it('loses none on many streams and keeps the order of each', async () => {
        const category = freshCategory();
        const streams = Array.from({ length: 16 }, (_, index) => streamName(category, GENTIA, `s${index}`));
        const start = await log.head();
        await Promise.all(
          streams.map(async (stream) => {
            for (let revision = -1; revision < 9; revision += 1)
              await append(log, GENTIA, stream, revision < 0 ? 'none' : revision, `${stream}#${revision + 1}`);
          }),
        );
        const all = await readOn(log, start, [category], 33);
        expect(all).toHaveLength(160);
        for (const stream of streams) {
          const own = all.filter((event) => event.stream === stream);
          expect(notesOf(own)).toEqual(Array.from({ length: 10 }, (_, index) => `${stream}#${index}`));
        }
      });

      it('keeps several events of one append together and in order', async () => {
        const category = freshCategory();
        const stream = streamName(category, GENTIA, 'shared');
        const start = await log.head();
        const writers = ['a', 'b', 'c', 'd', 'e', 'f'];
        await Promise.all(
          writers.map((writer) => append(log, GENTIA, stream, 'any', `${writer}1`, `${writer}2`, `${writer}3`)),
        );
        const inStream = notesOf(await log.readStream(stream));
        const groups = Array.from({ length: writers.length }, (_, index) => inStream.slice(index * 3, index * 3 + 3));
        expect(groups.map((group) => group.join()).toSorted()).toEqual(
          writers.map((writer) => `${writer}1,${writer}2,${writer}3`),
        );
        expect(notesOf(await readOn(log, start, [category], 4))).toEqual(inStream);
      });
    });

    describe('readStream', () => {
      it('is empty for a stream that does not exist', async () => {
        expect(await log.readStream(freshStream())).toEqual([]);
        expect(await log.readStream(freshStream(), { direction: 'backwards' })).toEqual([]);
      });

      it.each([
        { options: {}, notes: ['a', 'b', 'c', 'd', 'e'] },
        { options: { from: 2 }, notes: ['c', 'd', 'e'] },
        { options: { from: 1, limit: 2 }, notes: ['b', 'c'] },
        { options: { limit: 2 }, notes: ['a', 'b'] },
        { options: { from: 5 }, notes: [] },
        { options: { direction: 'backwards' as const }, notes: ['e', 'd', 'c', 'b', 'a'] },
        { options: { direction: 'backwards' as const, limit: 1 }, notes: ['e'] },
        { options: { direction: 'backwards' as const, from: 2 }, notes: ['c', 'b', 'a'] },
        { options: { direction: 'backwards' as const, from: 3, limit: 2 }, notes: ['d', 'c'] },
      ])('reads $options', async ({ options, notes }) => {
        const stream = freshStream();
        await append(log, GENTIA, stream, 'none', 'a', 'b', 'c', 'd', 'e');
        expect(notesOf(await log.readStream(stream, options))).toEqual(notes);
      });
    });

    describe('readAll', () => {
      it('gives what was appended in growing positions, resumable at any limit', async () => {
        const category = freshCategory();
        const start = await log.head();
        for (let index = 0; index < 10; index += 1)
          await append(log, GENTIA, streamName(category, GENTIA, `s${index % 3}`), 'any', `n${index}`);
        for (const limit of [1, 3, 10, 100]) {
          const events = await readOn(log, start, [category], limit);
          expect(notesOf(events)).toEqual(Array.from({ length: 10 }, (_, index) => `n${index}`));
          const positions = events.map((event) => event.position);
          expect(positions.toSorted()).toEqual(positions);
          expect(new Set(positions).size).toBe(10);
        }
      });

      it('continues after any event', async () => {
        const category = freshCategory();
        const stream = streamName(category, GENTIA, 'one');
        await append(log, GENTIA, stream, 'none', 'a', 'b', 'c', 'd');
        const events = await log.readStream(stream);
        for (const [index, event] of events.entries())
          expect(notesOf(await readOn(log, event.position, [category], 2))).toEqual(
            ['a', 'b', 'c', 'd'].slice(index + 1),
          );
      });

      it('filters by exact category and still moves on when nothing is left', async () => {
        const [one, two] = [freshCategory(), freshCategory()];
        const longer = `${one}s`;
        const start = await log.head();
        await append(log, GENTIA, streamName(one, GENTIA, 'x'), 'none', 'one');
        await append(log, GENTIA, streamName(longer, GENTIA, 'x'), 'none', 'longer');
        const last = await append(log, GENTIA, streamName(two, GENTIA, 'x'), 'none', 'two');
        expect(notesOf(await readOn(log, start, [one], 10))).toEqual(['one']);
        expect(notesOf(await readOn(log, start, [one, two], 10))).toEqual(['one', 'two']);
        expect(notesOf(await readOn(log, start, [two, longer, one], 1))).toEqual(['one', 'longer', 'two']);
        const nothing = await log.readAll({
          categories: [freshCategory()],
          limit: 10,
          ...(start === undefined ? {} : { after: start }),
        });
        expect(nothing).toMatchObject({ events: [], atEnd: true });
        expect((nothing.next ?? '') >= last.position).toBe(true);
      });

      it('without a filter gives every category', async () => {
        const start = await log.head();
        const [one, two] = [freshCategory(), freshCategory()];
        await append(log, GENTIA, streamName(one, GENTIA, 'x'), 'none', 'one');
        await append(log, GENTIA, streamName(two, GENTIA, 'x'), 'none', 'two');
        const slice = await log.readAll({ limit: 1_000, ...(start === undefined ? {} : { after: start }) });
        const own = slice.events.filter((event) => [one, two].includes(categoryOf(event.stream)));
        expect(notesOf(own)).toEqual(['one', 'two']);
      });

      it('agrees with readStream on every event', async () => {
        const category = freshCategory();
        const start = await log.head();
        const stream = streamName(category, GENTIA, 'x');
        await append(log, GENTIA, stream, 'none', 'a', 'b');
        expect(await readOn(log, start, [category], 10)).toEqual(await log.readStream(stream));
      });
    });

    describe('head', () => {
      it('is the position of the last event', async () => {
        const { position } = await append(log, GENTIA, freshStream(), 'none', 'a');
        expect(((await log.head()) ?? '') >= position).toBe(true);
        const after = await log.readAll({ after: position, limit: 10 });
        expect(after.events.filter((event) => event.position <= position)).toEqual([]);
      });
    });

    describe('subscribe', () => {
      it('catches up, says so, and goes on live', async () => {
        const category = freshCategory();
        const stream = streamName(category, GENTIA, 'x');
        const start = await log.head();
        await append(log, GENTIA, stream, 'none', 'a', 'b', 'c');
        const subscription = follow(log, {
          categories: [category],
          batchSize: 2,
          ...(start === undefined ? {} : { after: start }),
        });
        const before = await subscription.until(isCaughtUp);
        expect(notesOf(eventsIn(before))).toEqual(['a', 'b', 'c']);
        expect(before.filter((message) => message.kind === 'events' && message.events.length > 2)).toEqual([]);

        await append(log, GENTIA, stream, 2, 'd');
        const live = await subscription.until((message) => message.kind === 'events');
        expect(notesOf(eventsIn(live))).toEqual(['d']);
        await subscription.until(isCaughtUp);
        await append(log, GENTIA, stream, 3, 'e');
        expect(notesOf(eventsIn(await subscription.until((message) => message.kind === 'events')))).toEqual(['e']);
        await subscription.stop();
      });

      it('says caught up where there is nothing to deliver', async () => {
        const start = await log.head();
        const subscription = follow(log, {
          categories: [freshCategory()],
          ...(start === undefined ? {} : { after: start }),
        });
        expect(await subscription.until(isCaughtUp)).toHaveLength(1);
        await subscription.stop();
      });

      it('moves past events that its filter leaves out', async () => {
        const start = await log.head();
        const subscription = follow(log, {
          categories: [freshCategory()],
          ...(start === undefined ? {} : { after: start }),
        });
        await subscription.until(isCaughtUp);
        const { position } = await append(log, GENTIA, freshStream(), 'none', 'of another category');
        const messages = await subscription.until((message) => (message.next ?? '') >= position);
        expect(eventsIn(messages)).toEqual([]);
        await subscription.stop();
      });

      it('resumes after the position of a message without loss or repeat', async () => {
        const category = freshCategory();
        const stream = streamName(category, GENTIA, 'x');
        const start = await log.head();
        await append(log, GENTIA, stream, 'none', 'a', 'b', 'c', 'd', 'e');
        const first = follow(log, {
          categories: [category],
          batchSize: 2,
          ...(start === undefined ? {} : { after: start }),
        });
        const seen = await first.until((message) => message.kind === 'events');
        await first.stop();
        const next = seen.at(-1)?.next;
        if (next === undefined) throw new Error('a message of events has a position');
        const second = follow(log, { categories: [category], after: next });
        const rest = await second.until(isCaughtUp);
        await second.stop();
        expect(notesOf([...eventsIn(seen), ...eventsIn(rest)])).toEqual(['a', 'b', 'c', 'd', 'e']);
      });

      it('delivers everything once and in order while others append', async () => {
        const category = freshCategory();
        const start = await log.head();
        const subscription = follow(log, {
          categories: [category],
          batchSize: 7,
          ...(start === undefined ? {} : { after: start }),
        });
        const writing = Promise.all(
          Array.from({ length: 8 }, async (_, writer) => {
            for (let index = 0; index < 25; index += 1)
              await append(log, GENTIA, streamName(category, GENTIA, `w${writer}`), 'any', `${writer}:${index}`);
          }),
        );
        let count = 0;
        const messages = await subscription.until((message) => {
          count += message.kind === 'events' ? message.events.length : 0;
          return count >= 200;
        });
        await writing;
        await subscription.stop();
        const events = eventsIn(messages);
        expect(events).toEqual(await readOn(log, start, [category], 1_000));
        expect(new Set(notesOf(events)).size).toBe(200);
      });

      it('ends without an error when aborted, before and while it waits', async () => {
        const aborted = follow(log, { categories: [freshCategory()] });
        await aborted.stop();
        const start = await log.head();
        const waiting = follow(log, {
          categories: [freshCategory()],
          ...(start === undefined ? {} : { after: start }),
        });
        expect((await waiting.until(isCaughtUp)).length).toBeGreaterThan(0);
        await waiting.stop();
      });

      it('ends, and says why, when the log is closed under it: waiting, reading, between two messages, or after', async () => {
        const own = await makeLog();
        const category = freshCategory();
        const ends: string[] = [];
        const subscribed = (which: string, batchSize = 10): AsyncIterator<SubscriptionMessage> => {
          const messages = own.log.subscribe({
            categories: [category],
            signal: new AbortController().signal,
            batchSize,
            onState: ({ kind }) => {
              if (kind === 'closed') ends.push(which);
            },
          });
          return messages[Symbol.asyncIterator]();
        };
        const toEnd = async (messages: AsyncIterator<SubscriptionMessage>): Promise<void> => {
          while ((await messages.next()).done !== true);
        };
        try {
          for (const organisation of [GENTIA, ZORGNET])
            await append(own.log, organisation, streamName(category, organisation, 'same'), 'none', 'a', 'b');
          const waiting = subscribed('waiting');
          while ((await waiting.next()).value?.kind !== 'caughtUp');
          const between = subscribed('between', 1);
          expect((await between.next()).value?.kind).toBe('events');
          // Neither is aborted, and the read of the last is under way while the log closes.
          const ended = [toEnd(waiting), toEnd(subscribed('reading'))];
          await own.log.close();
          await Promise.all([...ended, toEnd(between), toEnd(subscribed('after'))]);
          expect(ends.toSorted()).toEqual(['after', 'between', 'reading', 'waiting']);
        } finally {
          await own.log.close();
          await own.dispose?.();
        }
      });
    });

    describe('two organisations with identical ids', () => {
      it('never mix', async () => {
        const category = freshCategory();
        const start = await log.head();
        const [of1, of2] = [streamName(category, GENTIA, 'same'), streamName(category, ZORGNET, 'same')];
        await append(log, GENTIA, of1, 'none', 'g0', 'g1');
        expect(await append(log, ZORGNET, of2, 'none', 'z0')).toMatchObject({ firstRevision: 0 });
        const [first, second] = [await log.readStream(of1), await log.readStream(of2)];
        expect(notesOf(first)).toEqual(['g0', 'g1']);
        expect(notesOf(second)).toEqual(['z0']);
        expect(first.every((event) => event.organisation === GENTIA)).toBe(true);
        expect(second.every((event) => event.organisation === ZORGNET)).toBe(true);
        const all = await readOn(log, start, [category], 10);
        expect(all.map((event) => event.organisation)).toEqual([GENTIA, GENTIA, ZORGNET]);
      });
    });

    describe('leaf', () => {
      it('of what is read is the leaf of what was appended, whatever the store', async () => {
        const stream = freshStream();
        const events = [sampleEvent('a'), sampleEvent('één €'), sampleEvent('c', 5_000)];
        await appended(log, { organisation: GENTIA, stream, expected: 'none', events });
        const written = events.map(({ metadata, data }, revision) =>
          leafOf({ stream, revision, metadata, data }).toString('hex'),
        );
        expect((await log.readStream(stream)).map((event) => leafOf(event).toString('hex'))).toEqual(written);
      });
    });
  });
};
