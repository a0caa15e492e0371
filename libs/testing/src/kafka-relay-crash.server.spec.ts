import { openSqliteEventLog } from '@toeverlaat/event-log';
import {
  createDelivery,
  createKafkaClient,
  createRelay,
  openSqliteDeliveryStore,
  openSqliteRelayStore,
  rereadFrom,
} from '@toeverlaat/kafka';
import { appendSample, connectionTo, createSignal, freshTopic, sampleSource } from '@toeverlaat/kafka/sample';
import type { PublicEvent } from '@toeverlaat/messaging';
import { organisationId, systemClock } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runScript } from './event-log-process.js';
import { describeWith } from './needs.js';

/** More by `RELAY_KILLS=100 npm run crash:relay`. */
const KILLS = Number(process.env['RELAY_KILLS'] ?? 10);
const CHILD = join(import.meta.dirname, 'kafka-relay-child.ts');
const organisations = [organisationId('gentia'), organisationId('zorgnet')] as const;

describeWith('kafka', 'relay under kill -9 between acknowledgement and checkpoint', (address) => {
  it(
    `loses nothing and has nothing twice in effect, ${KILLS} times`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'relay-crash-'));
      const topic = await freshTopic(address, 3);
      const logFile = join(folder, 'log.sqlite');
      const storeFile = join(folder, 'relay.sqlite');
      const log = openSqliteEventLog({ file: logFile });
      const store = openSqliteRelayStore(storeFile, systemClock);
      const deliveries = openSqliteDeliveryStore(join(folder, 'delivery.sqlite'));
      const client = createKafkaClient('kafkajs', connectionTo(address));
      const effects: PublicEvent[] = [];
      const gaps: unknown[] = [];
      const signal = createSignal();
      const react = (event: PublicEvent): Promise<void> => {
        effects.push(event);
        signal.ring();
        return Promise.resolve();
      };
      const delivery = createDelivery({
        name: `crash-${topic}`,
        client,
        topics: [topic],
        reactions: new Map([
          ['sample.Opened', react],
          ['sample.Closed', react],
        ]),
        ignores: new Set(),
        store: deliveries,
        reread: rereadFrom(log, [sampleSource]),
        onGap: (gap) => gaps.push(gap),
      });
      delivery.start();
      try {
        for (let kill = 0; kill < KILLS; kill += 1) {
          // More than the child lets through, so that it always stands before a checkpoint in the end.
          for (const organisation of organisations)
            for (const id of [0, 1, 2, 3])
              await appendSample(log, organisation, `${kill}x${id}`, 'none', ['Opened', 'Noted', 'Closed']);
          const child = runScript(CHILD, [address, topic, logFile, storeFile, String(kill % 3)]);
          for await (const line of child.lines) if (line === 'acked') child.kill();
          const { signal: ended } = await child.exited;
          if (ended !== 'SIGKILL') throw new Error(`the relay ended by itself: ${child.errors()}`);
        }
        const producer = await client.producer();
        const last = createRelay({
          relay: 'sample',
          topic,
          log,
          sources: [sampleSource],
          producer,
          store,
          clock: systemClock,
          holder: 'last',
        });
        last.start();
        const head = await log.head();
        if (head === undefined) throw new Error('an empty log');
        expect(await last.whenPublished(head, 60_000)).toBe(true);
        const expected = KILLS * organisations.length * 4 * 2;
        await signal.until(() => effects.length >= expected);
        await last.stop();
        await producer.close();
        await delivery.stop();

        expect(effects.length).toBe(expected);
        expect(new Set(effects.map(({ eventId }) => eventId)).size).toBe(expected);
        for (const organisation of organisations)
          for (let kill = 0; kill < KILLS; kill += 1)
            expect(
              effects
                .filter((event) => event.organisation === organisation && event.streamId === `${kill}x1`)
                .map(({ revision }) => revision),
            ).toEqual([0, 2]);
        // Each kill had records written that the next relay wrote again.
        expect(delivery.counts().duplicates).toBeGreaterThanOrEqual(KILLS);
        expect(gaps).toEqual([]);
      } finally {
        await delivery.stop();
        await log.close();
        store.close();
        deliveries.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    KILLS * 15_000 + 60_000,
  );
});
