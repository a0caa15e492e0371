import { keptIdOf, keptUntilCauses, type KeptUntilCause } from '@toeverlaat/contracts';
import { createMemoryEventLog } from '@toeverlaat/event-log';
import { languages } from '@toeverlaat/legal';
import type { PublicEvent } from '@toeverlaat/messaging';
import { organisationId, settableClock, uuidV5, type EventId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeptNotices, type KeptNotices, type KeptSide } from './notices.js';

// Two organisations that share the id of the record on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const RECORD = uuidV5('kept-notices', 'record');
const START = '2026-03-02T09:00:00.000Z';

type Move = { readonly because: KeptUntilCause; readonly keptUntil: string | null; readonly held: boolean };

const movedIn = (organisation: OrganisationId, move: Move, revision: number): PublicEvent => {
  const streamId = keptIdOf(organisation, 'case', RECORD);
  return {
    eventId: uuidV5('kept-notices', organisation, String(revision)) as EventId,
    type: 'records.KeptUntilMoved',
    organisation,
    stream: `records.kept-${organisation}_${streamId}`,
    streamId,
    revision,
    recordedAt: new Date(Date.parse(START) + revision * 60_000).toISOString(),
    correlationId: uuidV5('kept-notices', 'correlation'),
    data: {
      service: 'case',
      recordClass: 'informal_case',
      record: RECORD,
      ruleVersion: 0,
      start: move.keptUntil === null ? null : '2026-03-02',
      period: 'P10Y',
      lawVersion: '2026.1',
      ...move,
    },
  };
};

const world = () => {
  const clock = settableClock(START);
  const log = createMemoryEventLog();
  const notices = createKeptNotices({ service: 'case', log, clock });
  const react = notices.reactions['records.KeptUntilMoved'];
  if (react === undefined) throw new Error('no reaction');
  const hear = async (organisation: OrganisationId, move: Move, revision: number): Promise<void> => {
    const event = movedIn(organisation, move, revision);
    clock.set(event.recordedAt);
    await react(event);
  };
  return { log, notices, react, hear };
};

const seenBy = (notices: KeptNotices, side: KeptSide, organisation = gentia) =>
  notices.of(organisation, RECORD, { side, language: 'en' });

const closed: Move = { because: 'closed', keptUntil: '2036-03-02', held: false };

describe('what the two sides are told of keeping', () => {
  it('is the day and why it moved, in four languages, and nothing before anything was said', async () => {
    const { notices, hear } = world();
    expect(await seenBy(notices, 'controller')).toBeNull();
    await hear(gentia, closed, 1);
    expect(await seenBy(notices, 'controller')).toMatchObject({
      keptUntil: '2036-03-02',
      held: false,
      because: 'closed',
    });
    expect(await seenBy(notices, 'other')).toMatchObject({ keptUntil: '2036-03-02', held: null, because: 'closed' });
    expect(await seenBy(notices, 'other', zorgnet)).toBeNull();
    const texts = await Promise.all(
      languages.map(async (language) => {
        const answer = await notices.of(gentia, RECORD, { side: 'controller', language });
        return answer?.explanation ?? '';
      }),
    );
    expect(new Set(texts).size).toBe(4);
    for (const text of texts) expect(text).toContain('2036');
    expect(texts.at(-1)).toContain('10 years after closing (2 March 2026)');
  });

  it('is moved by reopening, a message, other rules', async () => {
    const { notices, hear } = world();
    await hear(gentia, closed, 1);
    await hear(gentia, { because: 'reopened', keptUntil: null, held: false }, 2);
    for (const side of ['controller', 'other'] as const)
      expect(await seenBy(notices, side)).toMatchObject({ keptUntil: null, because: 'reopened' });
    await hear(gentia, { because: 'rules_changed', keptUntil: '2038-03-02', held: false }, 5);
    for (const side of ['controller', 'other'] as const)
      expect(await seenBy(notices, side)).toMatchObject({ keptUntil: '2038-03-02', because: 'rules_changed' });
  });

  it('shows a hold to the controller’s side, and not whom or what it is about', async () => {
    const { notices, hear } = world();
    await hear(gentia, closed, 1);
    await hear(gentia, { ...closed, because: 'hold_placed', held: true }, 3);
    const shown = await seenBy(notices, 'controller');
    expect(shown).toMatchObject({ keptUntil: '2036-03-02', held: true, because: 'hold_placed' });
    expect(shown?.explanation).toContain('legal hold');
    expect(await seenBy(notices, 'other')).toMatchObject({ held: null, because: 'closed' });
  });

  it('is to the other side the same with and without a hold, whatever else moved', async () => {
    const moves = fc.array(
      fc.record({
        because: fc.constantFrom(...keptUntilCauses),
        keptUntil: fc.constantFrom(null, '2036-03-02', '2038-03-02'),
        held: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const [withHolds, without] = [world(), world()];
        for (const [revision, move] of all.entries()) {
          await withHolds.hear(gentia, move, revision);
          if (move.because === 'hold_placed' || move.because === 'hold_lifted') continue;
          await without.hear(gentia, { ...move, held: false }, revision);
        }
        expect(await seenBy(withHolds.notices, 'other')).toEqual(await seenBy(without.notices, 'other'));
      }),
      { numRuns: 60 },
    );
  });

  it('takes nothing newer back: what was parked and comes later, or comes twice, is not told', async () => {
    const { log, notices, hear } = world();
    await hear(gentia, { because: 'reopened', keptUntil: null, held: false }, 2);
    await hear(gentia, closed, 1);
    await hear(gentia, { because: 'reopened', keptUntil: null, held: false }, 2);
    expect(await seenBy(notices, 'controller')).toMatchObject({ because: 'reopened' });
    expect(await log.readStream(`case.keptnotice-gentia_${keptIdOf(gentia, 'case', RECORD)}`)).toHaveLength(1);
  });

  it('is as it had been told by then, asked as of a moment', async () => {
    const { notices, hear } = world();
    await hear(gentia, closed, 1);
    await hear(gentia, { because: 'reopened', keptUntil: null, held: false }, 2);
    const then = await notices.of(gentia, RECORD, {
      side: 'controller',
      language: 'nl',
      asOf: new Date(Date.parse(START) + 90_000).toISOString(),
    });
    expect(then).toMatchObject({ because: 'closed' });
  });

  it('is of this service’s records alone, and an event that cannot be read is no answer', async () => {
    const { log, react } = world();
    const event = movedIn(gentia, closed, 1);
    await react({ ...event, data: { ...event.data, service: 'intake' } });
    expect(await log.head()).toBeUndefined();
    await expect(react({ ...event, data: { ...event.data, because: 'somebody asked' } })).rejects.toThrow('because');
  });
});
