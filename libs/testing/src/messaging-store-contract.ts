import type { Position } from '@toeverlaat/event-log';
import type { DeliveryStore, RelayStore, Spilled } from '@toeverlaat/kafka';
import type { ParkedEvent, ParkedStore, PublicEvent } from '@toeverlaat/messaging';
import { organisationId, randomId, type EventId, type OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');

const eventOf = (organisation: OrganisationId, id: string, revision = 0): PublicEvent => ({
  eventId: randomId() as EventId,
  type: 'sample.Opened',
  organisation,
  stream: `sample.thing-${organisation}_${id}`,
  streamId: id,
  revision,
  recordedAt: '2026-03-02T09:00:00.000Z',
  correlationId: randomId(),
  data: { due: '2026-03-12' },
});
const parkedAt = (reactor: string, position: string, event: PublicEvent | undefined): ParkedEvent => ({
  reactor,
  position: position as Position,
  event,
  reason: 'TypeError',
  attempts: 3,
});
const nothing = { handled: new Map<string, number>(), parked: [], spilled: [], unspilled: [] };
/** A consumer, relay or reactor that no other test has: a server is shared. */
const fresh = (): string => `test-${randomId()}`;

const parkedContract = (
  store: () => ParkedStore,
  park: (reactor: string, items: readonly ParkedEvent[]) => Promise<void>,
): void => {
  it('keeps what is parked, once, until it is replayed or discarded with a motive', async () => {
    const [reactor, other] = [fresh(), fresh()];
    const items = [parkedAt(reactor, 'a/1', eventOf(GENTIA, 'one')), parkedAt(reactor, 'a/2', undefined)];
    await park(reactor, items);
    await park(reactor, [parkedAt(reactor, 'a/1', eventOf(GENTIA, 'again'))]);
    await park(other, [parkedAt(other, 'a/1', eventOf(ZORGNET, 'one'))]);
    expect(await store().parked(reactor)).toEqual(items);
    expect((await store().allParked()).filter((one) => [reactor, other].includes(one.reactor)).length).toBe(3);

    expect(await store().requestReplay(reactor, 'a/9' as Position)).toBe(false);
    expect(await store().requestReplay(reactor, 'a/2' as Position)).toBe(true);
    expect(await store().requestReplay(reactor, 'a/2' as Position)).toBe(true);
    expect(await store().takeReplayRequests(other)).toEqual([]);
    expect(await store().takeReplayRequests(reactor)).toEqual(['a/2']);
    expect(await store().takeReplayRequests(reactor)).toEqual([]);

    await store().unpark(reactor, 'a/2' as Position);
    expect(await store().discard(reactor, 'a/9' as Position, 'no such', '2026-03-02T09:00:00.000Z')).toBe(false);
    expect(await store().discard(reactor, 'a/1' as Position, 'twice', '2026-03-02T09:00:00.000Z')).toBe(true);
    expect(await store().discard(reactor, 'a/1' as Position, 'twice', '2026-03-02T09:00:00.000Z')).toBe(false);
    expect(await store().parked(reactor)).toEqual([]);
    const { attempts: _, ...first } = items[0] ?? parkedAt('', '', undefined);
    expect((await store().discarded()).filter((one) => one.reactor === reactor)).toEqual([
      { ...first, motive: 'twice', discardedAt: '2026-03-02T09:00:00.000Z' },
    ]);
    expect((await store().parked(other)).length).toBe(1);
  });
};

/** What every store of a consumer does. Call it at the top level of a spec, or in a `describeWith`. */
export const deliveryStoreContract = (
  name: string,
  make: () => Promise<{ readonly store: DeliveryStore; readonly close?: () => unknown }>,
): void => {
  describe(`delivery store contract: ${name}`, () => {
    let made: Awaited<ReturnType<typeof make>>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(async () => {
      await made.close?.();
    });
    const store = (): DeliveryStore => made.store;

    parkedContract(store, (consumer, parked) => store().settle(consumer, { ...nothing, parked }));

    it('knows how far each consumer is in each stream, and never goes back', async () => {
      const [one, two] = [fresh(), fresh()];
      await store().settle(one, {
        ...nothing,
        handled: new Map([
          ['s', 5],
          ['t', 1],
        ]),
      });
      await store().settle(one, {
        ...nothing,
        handled: new Map([
          ['s', 3],
          ['t', 2],
        ]),
      });
      expect(await store().handled(one, ['s', 't', 'u'])).toEqual(
        new Map([
          ['s', 5],
          ['t', 2],
        ]),
      );
      expect(await store().handled(two, ['s'])).toEqual(new Map());
      expect(await store().handled(one, [])).toEqual(new Map());
    });

    it('keeps what waits in order, by organisation and partition, until it is handled', async () => {
      const consumer = fresh();
      const spilledAt = (organisation: OrganisationId, partition: number, offset: bigint): Spilled => ({
        organisation,
        at: { topic: 'topic', partition, offset },
        event: eventOf(organisation, 'one', Number(offset)),
        from: { previous: undefined, version: 1, position: 'p' as Position },
      });
      const far = 2n ** 40n;
      const spilled = [
        spilledAt(GENTIA, 0, far),
        spilledAt(GENTIA, 0, 9n),
        spilledAt(GENTIA, 0, 10n),
        spilledAt(GENTIA, 1, 1n),
        spilledAt(ZORGNET, 0, 11n),
      ];
      await store().settle(consumer, { ...nothing, spilled });
      await store().settle(consumer, { ...nothing, spilled });
      await store().settle(fresh(), { ...nothing, spilled });
      const zero = [{ topic: 'topic', partition: 0 }];
      expect(await store().backlogSize(consumer)).toBe(5);
      expect(await store().backlogs(consumer, zero)).toEqual(
        new Map([
          [GENTIA, 3],
          [ZORGNET, 1],
        ]),
      );
      expect(await store().backlogs(consumer, [])).toEqual(new Map());
      const oldest = await store().backlog(consumer, GENTIA, zero, 2);
      expect(oldest).toEqual([spilled[1], spilled[2]]);
      await store().settle(consumer, { ...nothing, unspilled: oldest.map(({ at }) => at) });
      expect((await store().backlog(consumer, GENTIA, zero, 9)).map(({ at }) => at.offset)).toEqual([far]);
      expect(await store().backlogSize(consumer)).toBe(3);
    });
  });
};

/** What every store of a relay does beyond the relay's own tests. */
export const relayStoreContract = (
  name: string,
  make: () => Promise<{ readonly store: RelayStore; readonly close?: () => unknown }>,
): void => {
  describe(`relay store contract: ${name}`, () => {
    let made: Awaited<ReturnType<typeof make>>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(async () => {
      await made.close?.();
    });
    const at = (position: string, eventId?: string) => ({
      position: position as Position,
      last: eventId === undefined ? undefined : { stream: 's', revision: 1, eventId },
    });

    it('moves a checkpoint forwards only, but for an operator', async () => {
      const { store } = made;
      const relay = fresh();
      expect(await store.checkpoint(relay)).toBeUndefined();
      await store.advance(relay, at('5', 'e5'));
      await store.advance(relay, at('4', 'e4'));
      expect(await store.checkpoint(relay)).toEqual(at('5', 'e5'));
      await store.advance(relay, at('6'));
      expect(await store.checkpoint(relay)).toEqual({ ...at('6'), last: at('5', 'e5').last });
      await store.reset(relay, at('2', 'e2'));
      expect(await store.checkpoint(relay)).toEqual(at('2', 'e2'));
      await store.reset(relay, undefined);
      expect(await store.checkpoint(relay)).toBeUndefined();
    });

    it('lends the work to one holder at a time, until it is given up or runs out', async () => {
      const { store } = made;
      const relay = fresh();
      expect(await store.lease(relay, 'one', 60_000)).toBe(true);
      expect(await store.lease(relay, 'two', 60_000)).toBe(false);
      expect(await store.lease(relay, 'one', 60_000)).toBe(true);
      await store.release(relay, 'two');
      expect(await store.lease(relay, 'two', 60_000)).toBe(false);
      await store.release(relay, 'one');
      expect(await store.lease(relay, 'two', 0)).toBe(true);
      expect(await store.lease(relay, 'one', 60_000)).toBe(true);
    });
  });
};
