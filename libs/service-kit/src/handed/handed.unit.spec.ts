import { createMemoryEventLog } from '@toeverlaat/event-log';
import { organisationId, settableClock, uuidV5, type EventId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HANDED } from './events.js';
import { handedNoticeDecider, initialHandedNotice, type HandedNoticeCommand, type HandedNoticeEvent } from './index.js';
import { createHandedNotices, tellHanded } from './notices.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const FIRST = uuidV5('handed', 'first');
const SECOND = uuidV5('handed', 'second');
const id = (name: string): string => uuidV5('handed', name);
const CASE = `case/${id('case')}`;
const ADVICE = `advice/${id('advice')}`;
const REQUEST = `request/${id('request')}`;

const world = () => {
  const clock = settableClock('2026-12-03T09:00:00.000Z');
  const log = createMemoryEventLog();
  const parts = { service: 'case', log, clock } as const;
  const closed = async (organisation = gentia): Promise<readonly string[]> => {
    let state = initialHandedNotice;
    for (const event of await log.readStream(`case.handednotice-${organisation}_all`)) {
      const { type, data } = { type: event.type.split('.')[1], data: JSON.parse(Buffer.from(event.data).toString()) };
      state = handedNoticeDecider.evolve(state, { type, data } as HandedNoticeEvent);
    }
    return [...state.closed].toSorted();
  };
  return { log, parts, closed };
};

describe('what a service is told of a handover', () => {
  it('is which of its own files are closed, in one organisation, once however often it is told', async () => {
    const { log, parts, closed } = world();
    const files = { close: [CASE, ADVICE, REQUEST], reopen: [] };
    for (let again = 0; again < 2; again += 1) await tellHanded(parts, gentia, FIRST, files);
    expect(await closed()).toEqual([ADVICE, CASE]);
    expect(await closed(zorgnet)).toEqual([]);
    expect((await log.readAll({ limit: 10 })).events).toHaveLength(1);
  });

  it('opens again what stays, and all of it where nobody confirmed, but nothing that was closed since', async () => {
    const { parts, closed } = world();
    await tellHanded(parts, gentia, FIRST, { close: [CASE, ADVICE], reopen: [] });
    await tellHanded(parts, gentia, FIRST, { close: [CASE], reopen: [ADVICE] });
    expect(await closed()).toEqual([CASE]);
    const notices = createHandedNotices(parts, () => {
      throw new Error('no view is asked');
    });
    const hear = async (handoverId: string, revision: number): Promise<void> => {
      const react = notices.reactions['records.FilesReopened'];
      if (react === undefined) throw new Error('no reaction');
      await react({
        eventId: uuidV5('handed', handoverId, String(revision)) as EventId,
        type: 'records.FilesReopened',
        organisation: gentia,
        stream: 'records.departure-gentia_all',
        streamId: 'all',
        revision,
        recordedAt: '2026-12-03T09:00:00.000Z',
        correlationId: id('correlation'),
        data: { handoverId },
      });
    };
    await tellHanded(parts, gentia, SECOND, { close: [CASE, ADVICE], reopen: [] });
    await hear(FIRST, 7);
    expect(await closed()).toEqual([ADVICE, CASE]);
    await hear(SECOND, 9);
    await hear(SECOND, 9);
    expect(await closed()).toEqual([]);
    // Handed over anew they are of that handover, and open with it.
    await tellHanded(parts, gentia, FIRST, { close: [CASE], reopen: [] });
    await tellHanded(parts, gentia, SECOND, { close: [CASE], reopen: [] });
    await hear(SECOND, 12);
    expect(await closed()).toEqual([]);
    // Closed and opened and closed again: a step that is taken anew is a step of its own.
    await tellHanded(parts, gentia, SECOND, { close: [CASE], reopen: [] });
    expect(await closed()).toEqual([CASE]);
    await tellHanded(parts, gentia, SECOND, { close: [], reopen: 'all' });
    expect(await closed()).toEqual([]);
  });

  it('lets through what follows from something else, which nobody can ask for again', () => {
    const { parts } = world();
    const { mayChange } = createHandedNotices(parts, () => {
      throw new Error('no view is asked');
    });
    const reaction = { purpose: 'reaction' } as Parameters<typeof mayChange>[2];
    expect(mayChange(gentia, CASE, reaction)).toBeUndefined();
  });

  it('names so many files in one event, and each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2_000), { maxLength: 1_500 }), fc.array(fc.nat(2_000)), (close, again) => {
        const at = (records: readonly number[]): Omit<HandedNoticeCommand, 'meta'> => ({
          type: 'CloseFiles',
          data: { handoverId: FIRST, records: records.map((n) => `case/${n}`) },
        });
        const take = (command: Omit<HandedNoticeCommand, 'meta'>, state: typeof initialHandedNotice) => {
          const decision = handedNoticeDecider.decide(command as HandedNoticeCommand, state);
          if (decision.kind === 'rejected') throw new Error('refused');
          for (const { data } of decision.events) expect(data.records?.length).toBeLessThanOrEqual(MAX_HANDED);
          return decision.events.reduce(handedNoticeDecider.evolve, state);
        };
        const first = take(at(close), initialHandedNotice);
        expect(first.closed.size).toBe(close.length);
        const second = take(at([...new Set(again)]), first);
        expect(second.closed.size).toBe(new Set([...close, ...again]).size);
      }),
      { numRuns: 40 },
    );
  });
});
