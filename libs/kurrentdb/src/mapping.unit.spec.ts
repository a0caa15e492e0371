import {
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@kurrent/kurrentdb-client';
import { DamagedEvent, type AppendRequest, type Position } from '@toeverlaat/event-log';
import { eventIdOf, InvariantBroken, newCommandId, organisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendErrorOf,
  clientPositionOf,
  filterOf,
  isPlace,
  positionOf,
  recordedOf,
  streamStateOf,
  toClientEvent,
} from './mapping.js';

const gentia = organisationId('gentia');
const STREAM = 'case.case-gentia_1';
const event = {
  eventId: eventIdOf('case.case', newCommandId(), 0),
  type: 'case.CaseOpened.v1',
  metadata: Buffer.from('{"v":1}'),
  data: Buffer.from('{"x":"é"}'),
};
const request: AppendRequest = { organisation: gentia, stream: STREAM, expected: 4, events: [event] };

describe('positions', () => {
  it('are ordered as text as they are as numbers, and come back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (a, b) => {
        const [first, second] = [positionOf({ commit: a }), positionOf({ commit: b })];
        expect(first < second).toBe(a < b);
        expect(clientPositionOf(first)).toEqual({ commit: a, prepare: a });
      }),
    );
  });

  it('is none where the server says minus one, or nothing', () => {
    const minusOne = 2n ** 64n - 1n;
    expect([undefined, { commit: minusOne, prepare: minusOne }, { commit: 0n, prepare: 0n }].map(isPlace)).toEqual([
      false,
      false,
      true,
    ]);
    const { type, data, metadata } = toClientEvent(event);
    const position = { commit: minusOne, prepare: minusOne };
    expect(() => recordedOf({ streamId: STREAM, revision: 3n, type, data, metadata, position })).toThrow(DamagedEvent);
  });

  it.each(['', '12', '00000000000000000001.2', '0000000000000000000x'])('refuses %j', (token) => {
    expect(() => clientPositionOf(token as Position)).toThrow(InvariantBroken);
  });
});

describe('an event', () => {
  it('keeps its id beside its envelope and gets a new one from each sending', () => {
    const [one, two] = [toClientEvent(event), toClientEvent(event)];
    expect(one.id).not.toBe(two.id);
    expect(one.id).not.toBe(event.eventId);
    // A Buffer would be taken for JSON by the client.
    expect([one.data.constructor, (one.metadata as Uint8Array).constructor]).toEqual([Uint8Array, Uint8Array]);
    expect(() => JSON.parse(Buffer.from(one.metadata as Uint8Array).toString('utf8')) as unknown).toThrow('JSON');
    const { data, metadata, type } = one;
    const position = { commit: 812n, prepare: 700n };
    expect(recordedOf({ streamId: STREAM, revision: 3n, type, data, metadata, position })).toEqual({
      position: '00000000000000000812',
      organisation: gentia,
      stream: STREAM,
      revision: 3,
      eventId: event.eventId,
      type,
      metadata: new Uint8Array(event.metadata),
      data: new Uint8Array(event.data),
    });
  });

  it('of the server or of another program is none; in a stream of ours it is damage', () => {
    const position = { commit: 1n, prepare: 1n };
    const foreign = { revision: 0n, type: 'T', data: { a: 1 }, metadata: undefined, position };
    for (const streamId of ['$stats-127.0.0.1', '$$case.case-gentia_1', 'orders', 'orders-1'])
      expect(recordedOf({ ...foreign, streamId })).toBeUndefined();
    expect(() => recordedOf({ ...foreign, streamId: STREAM })).toThrow(DamagedEvent);
    expect(() =>
      recordedOf({ ...foreign, streamId: STREAM, data: new Uint8Array(2), metadata: new Uint8Array(30) }),
    ).toThrow(DamagedEvent);
  });
});

describe('a request', () => {
  it('names the state the stream must have', () => {
    expect([streamStateOf('none'), streamStateOf('any'), streamStateOf(7)]).toEqual(['no_stream', 'any', 7n]);
  });

  it('filters by exact category on the server', () => {
    expect(filterOf(['case.case', 'case.access'])).toMatchObject({
      filterOn: 'streamName',
      prefixes: ['case.case-', 'case.access-'],
    });
    expect(filterOf(undefined)).toMatchObject({ filterOn: 'streamName', regex: '^[^$]' });
  });
});

describe('a refusal', () => {
  const wrong = (current: bigint | 'no_stream') =>
    new WrongExpectedVersionError(undefined, { streamName: STREAM, current, expected: 4n });
  it.each([
    ['a newer revision', wrong(9n), 4, { kind: 'VersionConflict', stream: STREAM, expected: 4, actual: 9 }],
    ['no stream', wrong('no_stream'), 4, { kind: 'VersionConflict', stream: STREAM, expected: 4, actual: -1 }],
    [
      'no stream, said as the largest number',
      wrong(2n ** 64n - 1n),
      4,
      { kind: 'VersionConflict', stream: STREAM, expected: 4, actual: -1 },
    ],
    ['a stream that exists', wrong(0n), 'none', { kind: 'StreamExists', stream: STREAM, actual: 0 }],
    [
      'too much at once',
      MaxAppendSizeExceededError.fromMaxAppendSize(1_048_576),
      4,
      { kind: 'EventTooLarge', stream: STREAM, size: 17, limit: 1_048_576 },
    ],
    ['no right to', new AccessDeniedError(), 4, { kind: 'LogReadOnly', detail: 'access-denied' }],
    [
      'a deleted stream',
      StreamDeletedError.fromStreamName(STREAM),
      4,
      { kind: 'LogReadOnly', detail: 'stream-deleted' },
    ],
    ['no server', new UnavailableError(), 4, { kind: 'LogUnavailable', detail: 'unavailable' }],
    ['what nobody knows', new UnknownError(), 4, { kind: 'LogUnavailable', detail: 'unknown' }],
    [
      'an error of another kind',
      new Error('host db.internal of user x'),
      4,
      { kind: 'LogUnavailable', detail: 'connection' },
    ],
  ] as const)('of the client: %s', (_, error, expected, answer) => {
    expect(appendErrorOf(error, { ...request, expected })).toEqual(answer);
  });
});
