import { encodeMetadata, positionOf, type EventMetadata } from '@toeverlaat/event-log';
import { organisationId, uuidV5, type EventId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metaOf } from './decode.js';

const id = uuidV5('decode');
const envelope = (over: Partial<EventMetadata>): EventMetadata => ({
  v: 1,
  eventId: id,
  type: 'case.CaseOpened.v1',
  organisation: 'gentia',
  recordedAt: '2026-03-02T09:00:00.000Z',
  actor: { pseudonym: 'somebody', capacity: 'counsellor' },
  purpose: 'handle_case',
  commandId: id,
  fingerprint: '',
  correlationId: id,
  causationId: id,
  policyVersion: '2026.1',
  lawVersion: '2026.1',
  ...over,
});
const metaFor = (metadata: Uint8Array) =>
  metaOf({
    position: positionOf(1),
    organisation: organisationId('gentia'),
    stream: 'case.case-gentia_a',
    revision: 0,
    eventId: id as EventId,
    type: 'case.CaseOpened.v1',
    metadata,
    data: new Uint8Array(),
  });

describe('when an event was recorded', () => {
  it('is what the envelope says, whatever words stand before it', () => {
    const words = fc.oneof(fc.string(), fc.constant('"recordedAt":"1999-01-01T00:00:00.000Z"'));
    fc.assert(
      fc.property(words, words, fc.date({ noInvalidDate: true, min: new Date(0) }), (purpose, pseudonym, date) => {
        fc.pre(date.getUTCFullYear() < 10_000);
        const recordedAt = date.toISOString();
        const actor = { pseudonym, capacity: 'counsellor' };
        expect(metaFor(encodeMetadata(envelope({ purpose, actor, recordedAt }))).recordedAt).toBe(recordedAt);
      }),
    );
  });

  it('is found in an envelope that is written in another order too', () => {
    const { recordedAt, ...rest } = envelope({});
    expect(metaFor(Buffer.from(JSON.stringify({ recordedAt, ...rest }, null, 2))).recordedAt).toBe(recordedAt);
  });
});
