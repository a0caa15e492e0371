import { canonicalBytes, eventIdOf, newCommandId, type OrganisationId } from '@toeverlaat/values';
import {
  clear,
  createCodec,
  encodeMetadata,
  eventType,
  streamName,
  type EventLog,
  type Position,
} from '@toeverlaat/event-log';
import { definePublicEvents } from '@toeverlaat/messaging';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createTopic, kafkaAdmin } from './admin.js';
import type { KafkaConnection } from './port.js';

/* What the specs of this library and the contract suites share; no part of what runs. */

const Opened = eventType('sample', 'Opened', 1, { due: clear(z.string()) });
const Noted = eventType('sample', 'Noted', 1, { note: clear(z.string()) });
const Closed = eventType('sample', 'Closed', 1, {});
export const sampleCodec = createCodec({ events: [Opened, Noted, Closed], recordSubject: (id) => `case/${id}` });
/** `Noted` stays inside. */
export const sampleSource = definePublicEvents('sample', 'sample.thing', sampleCodec, {
  Opened: ({ due }) => ({ due }),
  Closed: () => ({}),
});
export type SampleName = 'Opened' | 'Noted' | 'Closed';

/** Appends one event of each name to a stream of the sample category. @returns the position of the last */
export const appendSample = async (
  log: EventLog,
  organisation: OrganisationId,
  id: string,
  expected: number | 'none',
  names: readonly SampleName[],
): Promise<Position> => {
  const stream = streamName('sample.thing', organisation, id);
  const commandId = newCommandId();
  const appended = await log.append({
    organisation,
    stream,
    expected,
    events: names.map((name, index) => {
      const eventId = eventIdOf(stream, commandId, index);
      const type = `sample.${name}.v1`;
      return {
        eventId,
        type,
        metadata: encodeMetadata({
          v: 1,
          eventId,
          type,
          organisation,
          recordedAt: '2026-03-02T09:00:00.000Z',
          actor: { pseudonym: 'p', capacity: 'counsellor' },
          purpose: 'test',
          commandId,
          fingerprint: '',
          correlationId: commandId,
          causationId: commandId,
          policyVersion: '1',
          lawVersion: '1',
        }),
        data: canonicalBytes(name === 'Opened' ? { due: '2026-03-12' } : name === 'Noted' ? { note: 'inside' } : {}),
      };
    }),
  });
  if (!appended.ok) throw new Error(appended.error.kind);
  return appended.value.position;
};

export const connectionTo = (address: string): KafkaConnection => ({
  brokers: address.split(','),
  clientId: 'toeverlaat-test',
});

/** A topic that no other test or run has. */
export const freshTopic = async (address: string, numPartitions = 3, replicationFactor = 1): Promise<string> => {
  const topic = `test.${randomUUID()}`;
  const admin = kafkaAdmin(connectionTo(address));
  await admin.connect();
  try {
    await createTopic(admin, {
      topic,
      numPartitions,
      replicationFactor,
      configEntries: [{ name: 'min.insync.replicas', value: String(Math.ceil((replicationFactor + 1) / 2)) }],
    });
  } finally {
    await admin.disconnect();
  }
  return topic;
};

/** Resolves once a condition holds; asked again whenever something happened. */
export const createSignal = () => {
  const waiters = new Set<() => void>();
  return {
    ring: (): void => {
      for (const wake of waiters) wake();
    },
    until: (met: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!met()) return;
          waiters.delete(check);
          resolve();
        };
        waiters.add(check);
        check();
      }),
  };
};
