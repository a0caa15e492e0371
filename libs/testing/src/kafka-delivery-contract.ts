import { EventPattern } from '@nestjs/microservices';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createMemoryEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import {
  createDelivery,
  createMemoryDeliveryStore,
  createMemoryRelayStore,
  createRelay,
  kafkaAdmin,
  KafkaServer,
  kafkaPosition,
  kafkaReactions,
  recordOf,
  rereadFrom,
  topicOf,
  type Delivery,
  type DeliveryOptions,
  type DeliveryStore,
  type Gap,
  type KafkaClient,
  type KafkaConnection,
  type OutgoingRecord,
  type Relay,
  type RelayStore,
} from '@toeverlaat/kafka';
import { appendSample, connectionTo, createSignal, freshTopic, sampleSource } from '@toeverlaat/kafka/sample';
import { Deferred, PoisonEvent, type ParkedEvent, type PublicEvent } from '@toeverlaat/messaging';
import { organisationId, systemClock, type OrganisationId } from '@toeverlaat/values';
import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from './needs.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');

const label = ({ organisation, streamId, revision }: PublicEvent): string => `${organisation}/${streamId}@${revision}`;
const labelsOf = (events: readonly PublicEvent[]): string[] => events.map(label);
const numbers = (n: number): number[] => Array.from({ length: n }, (_, index) => index);

/**
 * What reactions from Kafka promise, over every adapter of the port and a real broker: from the log through the relay to
 * the reaction. Call it at the top level of a server spec.
 */
export const kafkaDeliveryContract = (name: string, makeClient: (connection: KafkaConnection) => KafkaClient): void => {
  describeWith('kafka', `delivery from Kafka: ${name}`, (address) => {
    const open: (() => Promise<unknown>)[] = [];
    let client: KafkaClient;
    let log: EventLog;
    let relayStore: RelayStore;
    let store: DeliveryStore;
    let topic: string;
    beforeEach(async () => {
      client = makeClient(connectionTo(address));
      log = createMemoryEventLog();
      relayStore = createMemoryRelayStore(systemClock);
      store = createMemoryDeliveryStore();
      topic = await freshTopic(address, 4);
    });
    afterEach(async () => {
      for (const close of open.splice(0).toReversed()) await close();
    });

    const relay = async (holder: string | undefined = 'one'): Promise<Relay> => {
      const producer = await client.producer();
      open.push(producer.close);
      const running = createRelay({
        relay: 'sample',
        topic,
        log,
        sources: [sampleSource],
        producer,
        store: relayStore,
        clock: systemClock,
        holder,
      });
      open.push(() => running.stop());
      running.start();
      return running;
    };
    const write = async (records: readonly OutgoingRecord[]): Promise<void> => {
      const producer = await client.producer();
      await producer.send(records);
      await producer.close();
    };

    type Heard = {
      readonly delivery: Delivery;
      readonly events: PublicEvent[];
      readonly parked: ParkedEvent[];
      readonly gaps: Gap[];
      readonly until: (met: () => boolean) => Promise<void>;
      /** Has `until` look again. */
      readonly ring: () => void;
    };
    const hear = (
      more: Partial<DeliveryOptions> = {},
      react: (event: PublicEvent) => Promise<void> = () => Promise.resolve(),
    ): Heard => {
      const events: PublicEvent[] = [];
      const parked: ParkedEvent[] = [];
      const gaps: Gap[] = [];
      const signal = createSignal();
      const reaction = async (event: PublicEvent): Promise<void> => {
        await react(event);
        events.push(event);
        signal.ring();
      };
      const delivery = createDelivery({
        name: `test-${topic}`,
        client,
        topics: [topic],
        reactions: new Map([
          ['sample.Opened', reaction],
          ['sample.Closed', reaction],
        ]),
        ignores: new Set(),
        store,
        reread: rereadFrom(log, [sampleSource]),
        sessionTimeoutMs: 10_000,
        replayEveryMs: 20,
        attempts: 3,
        backOffMs: () => 1,
        deferralBackOffMs: (deferral) => (deferral > 3 ? undefined : 1),
        onParked: (item) => {
          parked.push(item);
          signal.ring();
        },
        onGap: (gap) => {
          gaps.push(gap);
          signal.ring();
        },
        ...more,
      });
      open.push(() => delivery.stop());
      delivery.start();
      return { delivery, events, parked, gaps, until: signal.until, ring: signal.ring };
    };

    it('brings every public event to its reaction once, each stream in order, both organisations', async () => {
      await relay();
      const heard = hear();
      for (const organisation of [GENTIA, ZORGNET])
        for (const id of numbers(20))
          await appendSample(log, organisation, `${id}`, 'none', ['Opened', 'Noted', 'Closed']);
      await heard.until(() => heard.events.length >= 80);
      const labels = labelsOf(heard.events);
      expect(new Set(labels).size).toBe(80);
      for (const organisation of [GENTIA, ZORGNET])
        for (const id of numbers(20))
          expect(labels.filter((one) => one.startsWith(`${organisation}/${id}@`))).toEqual([
            `${organisation}/${id}@0`,
            `${organisation}/${id}@2`,
          ]);
      expect([heard.parked, heard.gaps]).toEqual([[], []]);
    });

    it('goes on where it stopped, and a record that comes again is discarded', async () => {
      const running = await relay();
      const first = hear();
      const at = await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Closed']);
      await first.until(() => first.events.length === 2);
      await first.delivery.stop();
      expect(await running.whenPublished(at, 10_000)).toBe(true);
      // The whole log once more, as after a lost checkpoint, and then something new.
      await running.stop();
      await relayStore.reset('sample', undefined);
      const again = hear();
      await relay();
      await appendSample(log, GENTIA, 'one', 1, ['Opened']);
      await again.until(() => again.events.length >= 1);
      expect(labelsOf(again.events)).toEqual(['gentia/one@2']);
      expect(again.delivery.counts().duplicates).toBe(2);
    });

    it('has each event once in effect when two relays work at the same time', async () => {
      const heard = hear();
      await relay(undefined);
      await relay(undefined);
      for (const id of numbers(30)) await appendSample(log, GENTIA, `${id}`, 'none', ['Opened', 'Noted', 'Closed']);
      const last = await appendSample(log, ZORGNET, 'last', 'none', ['Opened']);
      await heard.until(() => labelsOf(heard.events).includes('zorgnet/last@0') && heard.events.length >= 61);
      expect(last).toBeDefined();
      const labels = labelsOf(heard.events);
      expect(labels.length).toBe(new Set(labels).size);
      for (const id of numbers(30))
        expect(labels.filter((one) => one.startsWith(`gentia/${id}@`))).toEqual([`gentia/${id}@0`, `gentia/${id}@2`]);
      expect(heard.gaps).toEqual([]);
    });

    it('parks an unknown type loudly, and handles it by itself once a release knows it', async () => {
      await relay();
      const errors: string[] = [];
      const old = hear({
        reactions: new Map([['sample.Closed', () => Promise.resolve()]]),
        onError: (error) => errors.push(error instanceof Error ? error.name : ''),
      });
      await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Closed']);
      await old.until(() => old.parked.length === 1);
      expect(old.parked).toMatchObject([{ reason: 'UnknownEventType', attempts: 1, event: { type: 'sample.Opened' } }]);
      expect(errors).toEqual(['UnknownEventType']);
      await old.delivery.stop();
      const updated = hear();
      await updated.until(() => updated.events.length >= 1);
      expect(labelsOf(updated.events)).toContain('gentia/one@0');
      await appendSample(log, GENTIA, 'one', 1, ['Opened']);
      await updated.until(() => labelsOf(updated.events).includes('gentia/one@2'));
      expect(await store.allParked()).toEqual([]);
    });

    it('passes what is declared as not its own', async () => {
      await relay();
      const reacted: string[] = [];
      const heard: Heard = hear({
        reactions: new Map([
          [
            'sample.Closed',
            (event) => {
              reacted.push(label(event));
              heard.ring();
              return Promise.resolve();
            },
          ],
        ]),
        ignores: new Set(['sample.Opened']),
      });
      await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Closed']);
      const at = await appendSample(log, ZORGNET, 'one', 'none', ['Opened', 'Closed']);
      expect(at).toBeDefined();
      await heard.until(() => reacted.length === 2);
      expect(reacted.toSorted()).toEqual(['gentia/one@1', 'zorgnet/one@1']);
      expect(heard.parked).toEqual([]);
    });

    it('parks what keeps failing with its position and goes on; replays and discards on request', async () => {
      await relay();
      let broken = true;
      const heard = hear({}, (event) => {
        if (broken && event.streamId === 'bad') return Promise.reject(new TypeError('cannot'));
        if (broken && event.streamId === 'poison') return Promise.reject(new PoisonEvent('never'));
        if (broken && event.streamId === 'waits') return Promise.reject(new Deferred('later'));
        return Promise.resolve();
      });
      for (const id of ['bad', 'poison', 'waits', 'good']) await appendSample(log, GENTIA, id, 'none', ['Opened']);
      await heard.until(() => heard.parked.length === 3 && heard.events.length === 1);
      expect(new Map(heard.parked.map(({ event, reason, attempts }) => [event?.streamId, [reason, attempts]]))).toEqual(
        new Map([
          ['bad', ['TypeError', 3]],
          ['poison', ['PoisonEvent', 1]],
          ['waits', ['Deferred', 4]],
        ]),
      );
      for (const { position } of heard.parked) expect(position).toMatch(new RegExp(`^${topic}/\\d/\\d{19}$`));
      const positionOf = (id: string): Position =>
        heard.parked.find(({ event }) => event?.streamId === id)?.position ?? ('' as Position);
      const group = `test-${topic}`;
      // An operator asks, and whichever replica runs does it.
      expect(await store.requestReplay(group, positionOf('bad'))).toBe(true);
      broken = false;
      await store.requestReplay(group, positionOf('bad'));
      await heard.until(() => labelsOf(heard.events).includes('gentia/bad@0'));
      expect(await store.discard(group, positionOf('poison'), 'entered twice', '2026-03-02T09:00:00.000Z')).toBe(true);
      expect(await store.discarded()).toMatchObject([{ motive: 'entered twice', event: { streamId: 'poison' } }]);
      expect(await heard.delivery.replay(positionOf('waits'))).toBe(true);
      expect(await store.allParked()).toEqual([]);
    });

    it('parks what is no public event, without what it holds', async () => {
      const heard = hear();
      await write([
        { topic, key: 'k', value: 'Lies was bullied', headers: { type: 'sample.Opened' } },
        { topic, key: 'k', value: '{"name":"Lies"}', headers: {} },
      ]);
      await heard.until(() => heard.parked.length === 2);
      expect(JSON.stringify(heard.parked)).not.toContain('Lies');
      expect(heard.parked.map(({ event, reason }) => [event, reason.split(':')[0]])).toEqual([
        [undefined, 'Malformed'],
        [undefined, 'Malformed'],
      ]);
      expect(heard.parked[0]?.position).toBe(
        kafkaPosition({ topic, partition: Number(heard.parked[0]?.position.split('/')[1]), offset: 0n }),
      );
    });

    it('notices a gap by the previous public revision, alarms, and reads what is missing from the log', async () => {
      const heard = hear();
      await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Noted', 'Closed', 'Opened', 'Noted', 'Closed']);
      const published = (await log.readStream(`sample.thing-${GENTIA}_one`)).map((recorded) =>
        sampleSource.publish(recorded),
      );
      const send = async (revision: number, previous: number | undefined): Promise<void> => {
        const event = published[revision];
        if (event === undefined) throw new Error('not public');
        await write([recordOf(topic, event, { previous, version: 1, position: 'p' as Position })]);
      };
      await send(0, undefined);
      // Revisions 2 and 3 never reached the topic.
      await send(5, 3);
      await heard.until(() => heard.events.length === 4);
      expect(labelsOf(heard.events)).toEqual(['gentia/one@0', 'gentia/one@2', 'gentia/one@3', 'gentia/one@5']);
      expect(heard.gaps).toEqual([
        { organisation: GENTIA, stream: `sample.thing-${GENTIA}_one`, after: 0, revision: 5, previous: 3 },
      ]);
      // Late, they are nothing new.
      await send(2, 0);
      await appendSample(log, ZORGNET, 'end', 'none', ['Opened']);
      await relay();
      await heard.until(() => labelsOf(heard.events).includes('zorgnet/end@0'));
      expect(heard.events.length).toBe(5);
    });

    it('parks behind a gap that cannot be healed, and heals it on replay', async () => {
      await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Closed']);
      let answers = false;
      const whole = rereadFrom(log, [sampleSource]);
      const heard = hear({
        reread: (...asked) => (answers ? whole(...asked) : Promise.reject(new Error('down'))),
      });
      const recorded = (await log.readStream(`sample.thing-${GENTIA}_one`))[1];
      const event = recorded === undefined ? undefined : sampleSource.publish(recorded);
      if (event === undefined) throw new Error('not public');
      await write([recordOf(topic, event, { previous: 0, version: 1, position: 'p' as Position })]);
      await heard.until(() => heard.parked.length === 1);
      expect(heard.parked).toMatchObject([{ reason: 'GapUnhealed' }]);
      expect(heard.events).toEqual([]);
      answers = true;
      expect(await heard.delivery.replay(heard.parked[0]?.position ?? ('' as Position))).toBe(true);
      expect(labelsOf(heard.events)).toEqual(['gentia/one@0', 'gentia/one@1']);
    });

    it('goes on where a topic begins that dropped what was not read yet; the rest comes when the relay begins anew', async () => {
      const running = await relay();
      const first = hear();
      await appendSample(log, GENTIA, 'start', 'none', ['Opened']);
      await first.until(() => first.events.length === 1);
      await first.delivery.stop();
      for (const organisation of [GENTIA, ZORGNET])
        for (const id of numbers(8)) await appendSample(log, organisation, `${id}`, 'none', ['Opened']);
      const last = await appendSample(log, GENTIA, 'quiet', 'none', ['Opened']);
      expect(await running.whenPublished(last, 120_000)).toBe(true);
      // Its retention, or the size of its partitions, was not enough for how long nobody read.
      const admin = kafkaAdmin(connectionTo(address));
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({
        topic,
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
      await admin.disconnect();

      const again = hear();
      for (const organisation of [GENTIA, ZORGNET])
        for (const id of numbers(8)) await appendSample(log, organisation, `${id}`, 0, ['Closed']);
      await again.until(() => again.events.length === 32);
      for (const organisation of [GENTIA, ZORGNET])
        for (const id of numbers(8))
          expect(labelsOf(again.events).filter((one) => one.startsWith(`${organisation}/${id}@`))).toEqual([
            `${organisation}/${id}@0`,
            `${organisation}/${id}@1`,
          ]);
      expect(again.gaps.length).toBe(16);
      // Of a stream that says nothing more no gap is seen: an operator has the relay begin anew (docs/how-to/kafka.md).
      await running.stop();
      await relayStore.reset('sample', undefined);
      await relay();
      await again.until(() => again.events.length === 33);
      expect(labelsOf(again.events).at(-1)).toBe('gentia/quiet@0');
      expect(again.parked).toEqual([]);
    }, 400_000);

    it('shares the work among replicas; a rebalance in the middle repeats at most and loses nothing', async () => {
      await relay();
      const effects = new Map<string, number>();
      const react = (event: PublicEvent): Promise<void> => {
        effects.set(event.eventId, (effects.get(event.eventId) ?? 0) + 1);
        return Promise.resolve();
      };
      const ids = numbers(40);
      const replicas = [hear({}, react)];
      const append = (revision: number): Promise<unknown> =>
        Promise.all(
          ids.map((id) =>
            appendSample(log, id % 2 === 0 ? GENTIA : ZORGNET, `${id}`, revision < 0 ? 'none' : revision, ['Opened']),
          ),
        );
      for (let n = -1; n < 5; n += 1) await append(n);
      const second = hear({}, react);
      replicas.push(second);
      const eitherSees = (met: () => boolean): Promise<void> => Promise.race(replicas.map(({ until }) => until(met)));
      let next = 5;
      // However long it takes to join: what comes before that goes to the first alone.
      while (second.events.length === 0) {
        await append(next);
        next += 1;
        const all = ids.length * (next + 1);
        await eitherSees(() => effects.size === all);
      }
      for (const end = next + 5; next < end; next += 1) await append(next);
      await replicas[0]?.delivery.stop();
      for (const end = next + 5; next < end; next += 1) await append(next);
      await second.until(() => effects.size === ids.length * (next + 1));
      for (const { events, gaps } of replicas) {
        expect(gaps).toEqual([]);
        for (const id of ids) {
          const revisions = events.filter(({ streamId }) => streamId === `${id}`).map(({ revision }) => revision);
          expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
        }
      }
    }, 240_000);

    it('does not let one organisation keep another waiting: what floods waits in the store', async () => {
      await relay();
      const gate = Promise.withResolvers<void>();
      const flood = 3_000;
      const heard = hear({ perOrganisation: 50, mostInMemory: 500 }, async ({ organisation }) => {
        if (organisation === GENTIA) await gate.promise;
      });
      for (let n = 0; n < flood / 100; n += 1)
        await appendSample(
          log,
          GENTIA,
          `f${n}`,
          'none',
          Array.from({ length: 100 }, () => 'Opened' as const),
        );
      const quiet: readonly OrganisationId[] = [ZORGNET, organisationId('stad'), organisationId('haven')];
      for (const organisation of quiet) await appendSample(log, organisation, 'one', 'none', ['Opened', 'Closed']);
      // Behind three thousand events of which not one is handled yet.
      await heard.until(() => heard.events.length === 6);
      expect(heard.events.every(({ organisation }) => organisation !== GENTIA)).toBe(true);
      gate.resolve();
      await heard.until(() => heard.events.length === flood + 6);
      expect(heard.delivery.counts().spilled).toBeGreaterThan(2_000);
      for (let n = 0; n < flood / 100; n += 1)
        expect(heard.events.filter(({ streamId }) => streamId === `f${n}`).map(({ revision }) => revision)).toEqual(
          numbers(100),
        );
      await heard.delivery.stop();
      expect(await store.backlogSize(`test-${topic}`)).toBe(0);
      expect(heard.gaps).toEqual([]);
    });

    it('leaves what waits in the store to who comes after it', async () => {
      await relay();
      const gate = Promise.withResolvers<void>();
      const first = hear({ perOrganisation: 5 }, () => gate.promise);
      const at = await appendSample(
        log,
        GENTIA,
        'one',
        'none',
        Array.from({ length: 60 }, () => 'Opened' as const),
      );
      await appendSample(log, ZORGNET, 'one', 'none', ['Opened']);
      expect(at).toBeDefined();
      while (first.delivery.counts().spilled === 0) await new Promise((resolve) => setImmediate(resolve));
      await first.delivery.stop(50);
      const second = hear({ perOrganisation: 5 });
      await second.until(() => new Set(labelsOf(second.events)).size === 61);
      expect([
        ...new Set(second.events.filter(({ organisation }) => organisation === GENTIA).map(({ revision }) => revision)),
      ]).toEqual(numbers(60));
      gate.resolve();
    });

    describe('in Nest', () => {
      const heardByNest: string[] = [];
      const nest = createSignal();
      @Controller()
      class SampleController {
        @EventPattern('sample.Opened')
        opened(event: PublicEvent): void {
          heardByNest.push(`opened ${label(event)}`);
          nest.ring();
        }
        @EventPattern('sample.Closed')
        closed(event: PublicEvent): Promise<void> {
          heardByNest.push(`closed ${label(event)}`);
          nest.ring();
          return event.streamId === 'bad' ? Promise.reject(new Error('cannot')) : Promise.resolve();
        }
      }
      @Module({})
      class SampleModule {}

      it('handlers are @EventPattern of the public type', async () => {
        heardByNest.length = 0;
        await relay();
        const parked = Promise.withResolvers<ParkedEvent>();
        const strategy = new KafkaServer({
          name: `nest-${topic}`,
          client,
          topics: [topic],
          ignores: new Set(),
          store,
          reread: rereadFrom(log, [sampleSource]),
          attempts: 2,
          backOffMs: () => 1,
          onParked: parked.resolve,
        });
        const app: INestMicroservice = await NestFactory.createMicroservice(
          { module: SampleModule, controllers: [SampleController] },
          { strategy, logger: false },
        );
        open.push(() => app.close());
        await app.listen();
        await appendSample(log, GENTIA, 'one', 'none', ['Opened', 'Closed']);
        await appendSample(log, ZORGNET, 'bad', 'none', ['Opened', 'Closed']);
        expect(await parked.promise).toMatchObject({ event: { streamId: 'bad', revision: 1 }, attempts: 2 });
        await nest.until(() => heardByNest.length === 5);
        expect(heardByNest.toSorted()).toEqual([
          'closed gentia/one@1',
          'closed zorgnet/bad@1',
          'closed zorgnet/bad@1',
          'opened gentia/one@0',
          'opened zorgnet/bad@0',
        ]);
      });

      it('a service says when everything up to a position is handled, whichever replica did it', async () => {
        await relay();
        const done: string[] = [];
        const make = () =>
          kafkaReactions({
            client,
            store,
            connection: connectionTo(address),
            log,
            relayStore,
            groupPrefix: `settled-${topic}`,
            topicOf: () => topic,
          })({
            name: 'sample',
            sources: [sampleSource],
            reactions: {
              'sample.Opened': (event) => {
                done.push(label(event));
                return Promise.resolve();
              },
            },
            ignores: ['sample.Closed'],
          });
        const [one, two] = [make(), make()];
        for (const reactor of [one, two]) {
          open.push(reactor.stop);
          reactor.start();
        }
        for (const id of numbers(10)) await appendSample(log, GENTIA, `${id}`, 'none', ['Opened', 'Closed']);
        const last = await appendSample(log, ZORGNET, '1', 'none', ['Noted', 'Opened', 'Noted']);
        expect(await one.whenHandled(last, 30_000)).toBe(true);
        expect(await two.whenHandled(last, 30_000)).toBe(true);
        expect(new Set(done).size).toBe(11);
        expect(await one.status()).toMatchObject({ name: 'sample', state: 'live', parked: 0 });
        expect(topicOf('sample')).toBe('toeverlaat.sample');
      });
    });
  });
};
