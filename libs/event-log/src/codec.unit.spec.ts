import { canonicalBytes, eventIdOf, InvariantBroken, newCommandId, type OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { createCodec, DamagedEvent, isSealedValue } from './codec.js';
import { streamName } from './stream-name.js';
import { clear, code, eventType, participantCode } from './fields.js';
import type { Position, RecordedEvent } from './port.js';
import {
  createFakeSealer,
  GENTIA,
  loanOpened,
  sampleCodec,
  sampleEvents,
  ZORGNET,
  type FakeSealer,
  type SampleEvent,
} from './sample.js';
import { ERASED, plainText, type SealedValue } from './sealed.js';
import { z } from 'zod';

const OPENED: SampleEvent = {
  type: 'LoanOpened',
  data: { borrowerId: 'b1', shelf: 'north', person: 'p9', note: plainText('likes maps') },
};
const EXTENDED: SampleEvent = { type: 'LoanExtended', data: { days: 14, reasons: ['ill', 'busy'] } };

const store = async (
  sealer: FakeSealer,
  events: readonly SampleEvent[],
  organisation: OrganisationId = GENTIA,
): Promise<RecordedEvent[]> => {
  const stream = streamName('sample.loan', organisation, 'l1');
  const encoded = await sampleCodec.encode(
    sealer,
    { organisation, stream, streamId: 'l1', commandId: newCommandId() },
    events,
  );
  if (!encoded.ok) throw new Error(encoded.error.kind);
  return encoded.value.map(({ eventId, type, data }, revision) => ({
    position: String(revision) as Position,
    organisation,
    stream,
    revision,
    eventId,
    type,
    metadata: canonicalBytes({}),
    data,
  }));
};
const jsonOf = (event: RecordedEvent): Record<string, unknown> =>
  JSON.parse(Buffer.from(event.data).toString('utf8')) as Record<string, unknown>;
const withData = (event: RecordedEvent, data: unknown, type = event.type): RecordedEvent => ({
  ...event,
  type,
  data: canonicalBytes(data),
});
const first = <T>(list: readonly T[]): T => {
  const [value] = list;
  if (value === undefined) throw new Error('empty');
  return value;
};
const sealedFor = (event: RecordedEvent, path: string, value: unknown): SealedValue => {
  const ctx = {
    organisation: event.organisation,
    stream: event.stream,
    eventId: event.eventId,
    type: event.type,
    path,
  };
  return {
    v: 1,
    alg: 'A256GCM',
    keys: ['loan/l1'],
    ctx,
    iv: 'aXY',
    ct: Buffer.from(canonicalBytes({ ctx, value })).toString('base64url'),
  };
};

describe.each([GENTIA, ZORGNET])('codec, organisation %s', (organisation) => {
  it('stores clear fields as they are, seals codes and text', async () => {
    const [event] = await store(createFakeSealer(), [OPENED], organisation);
    if (event === undefined) throw new Error('nothing stored');
    expect(event.type).toBe('sample.LoanOpened.v2');
    const data = jsonOf(event);
    expect(data['borrowerId']).toBe('b1');
    for (const key of ['shelf', 'person', 'note']) expect(isSealedValue(data[key])).toBe(true);
    expect((data['person'] as SealedValue).keys).toEqual(['loan/l1', 'loan/l1#b1']);
    expect((data['shelf'] as SealedValue).ctx).toEqual({
      organisation,
      stream: event.stream,
      eventId: event.eventId,
      type: 'sample.LoanOpened.v2',
      path: 'shelf',
    });
    expect(Buffer.from(event.data).toString('utf8')).not.toContain('north');
  });

  it('opens codes for the fold and leaves text sealed', async () => {
    const sealer = createFakeSealer();
    const decoded = await sampleCodec.decode(sealer, await store(sealer, [OPENED, EXTENDED], organisation));
    const events = decoded.map((item) => (item.kind === 'event' ? item.event : item.kind));
    expect(events).toMatchObject([
      { type: 'LoanOpened', data: { borrowerId: 'b1', shelf: 'north', person: 'p9' } },
      { type: 'LoanExtended', data: { days: 14, reasons: ['ill', 'busy'] } },
    ]);
    const [opened] = events;
    if (typeof opened !== 'object' || opened.type !== 'LoanOpened') throw new Error('no opening');
    expect(isSealedValue(opened.data.note)).toBe(true);
    expect(sealer.opened()).not.toContain('note');
  });

  it('gives views the sealed values as stored and opens none', async () => {
    const sealer = createFakeSealer();
    const event = first(await store(sealer, [OPENED], organisation));
    expect(sampleCodec.decodeStored(event)).toEqual({ type: 'LoanOpened', data: jsonOf(event) });
    expect(sealer.opened()).toEqual([]);
  });
});

describe('codec', () => {
  it('gives each event of a command its own id, the same every time', async () => {
    const commandId = newCommandId();
    const stream = streamName('sample.loan', GENTIA, 'l1');
    const encode = () =>
      sampleCodec.encode(createFakeSealer(), { organisation: GENTIA, stream, streamId: 'l1', commandId }, [
        OPENED,
        EXTENDED,
      ]);
    const [one, two] = [await encode(), await encode()];
    if (!one.ok || !two.ok) throw new Error('refused');
    expect(one.value.map((event) => event.eventId)).toEqual([
      eventIdOf(stream, commandId, 0),
      eventIdOf(stream, commandId, 1),
    ]);
    expect(two.value.map((event) => event.eventId)).toEqual(one.value.map((event) => event.eventId));
  });

  it.each([
    { what: 'an unknown code', data: { shelf: 'west' }, field: 'shelf' },
    { what: 'an over-long text', data: { note: plainText('x'.repeat(2_001)) }, field: 'note' },
    { what: 'an empty text', data: { note: plainText('') }, field: 'note' },
    { what: 'a missing field', data: { person: undefined }, field: 'person' },
    { what: 'a clear value of another kind', data: { borrowerId: 7 }, field: 'borrowerId' },
  ])('refuses $what and seals nothing', async ({ data, field }) => {
    const event = { type: 'LoanOpened', data: { ...OPENED.data, ...data } } as SampleEvent;
    const encoded = await sampleCodec.encode(
      createFakeSealer(),
      {
        organisation: GENTIA,
        stream: streamName('sample.loan', GENTIA, 'l1'),
        streamId: 'l1',
        commandId: newCommandId(),
      },
      [EXTENDED, event],
    );
    expect(encoded).toMatchObject({ ok: false, error: { kind: 'InvalidEvent', type: 'sample.LoanOpened.v2', field } });
  });

  it('refuses a text that came sealed from another event', async () => {
    const sealer = createFakeSealer();
    const stored = jsonOf(first(await store(sealer, [OPENED])));
    const copied = { type: 'LoanOpened', data: { ...OPENED.data, note: stored['note'] } } as SampleEvent;
    await expect(store(sealer, [copied])).rejects.toThrow('InvalidEvent');
  });

  it('throws for a field or an event that the codec does not have', async () => {
    const sealer = createFakeSealer();
    const extra = { type: 'LoanExtended', data: { days: 1, reasons: [], rating: 5 } } as SampleEvent;
    await expect(store(sealer, [extra])).rejects.toThrow(InvariantBroken);
    await expect(store(sealer, [{ type: 'LoanBurnt', data: {} } as never])).rejects.toThrow(InvariantBroken);
  });

  it('refuses to seal for an erased subject', async () => {
    const sealer = createFakeSealer();
    sealer.destroy('loan/l1#b1');
    await expect(store(sealer, [OPENED])).rejects.toThrow('KeyDestroyed');
  });

  it('lifts older versions through the whole chain, sealed values untouched', async () => {
    const sealer = createFakeSealer();
    const stored = first(await store(sealer, [OPENED]));
    const v1 = { ...stored, type: 'sample.LoanOpened.v1' };
    const v0 = { ...stored, type: 'sample.LoanOpened.v0' };
    const person = (event: RecordedEvent) => sealedFor(event, 'person', 'p9');
    const [one, two] = await sampleCodec.decode(sealer, [
      withData(v1, { borrowerId: 'b1', place: sealedFor(v1, 'place', 'south'), person: person(v1) }),
      withData(v0, { room: sealedFor(v0, 'room', 'north'), person: person(v0) }),
    ]);
    expect(one).toMatchObject({
      kind: 'event',
      event: { type: 'LoanOpened', data: { shelf: 'south', borrowerId: 'b1', person: 'p9' } },
    });
    expect(two).toMatchObject({
      kind: 'event',
      event: { type: 'LoanOpened', data: { shelf: 'north', borrowerId: 'unknown' } },
    });
  });

  it('refuses a chain that leads nowhere and a type listed twice', () => {
    const recordSubject = (id: string) => id;
    expect(() =>
      createCodec({
        events: sampleEvents,
        recordSubject,
        upcasts: [{ from: 'a', to: 'b', up: (data) => ({ ...data }) }],
      }),
    ).toThrow(InvariantBroken);
    expect(() => createCodec({ events: [loanOpened, loanOpened], recordSubject })).toThrow(InvariantBroken);
  });

  it('keeps an event of a type it does not know', async () => {
    const sealer = createFakeSealer();
    const [stored] = await store(sealer, [EXTENDED]);
    if (stored === undefined) throw new Error('nothing stored');
    const future = { ...stored, type: 'sample.LoanInsured.v1' };
    expect(await sampleCodec.decode(sealer, [future])).toEqual([{ kind: 'unknown', recorded: future }]);
    expect(sampleCodec.decodeStored(future)).toBeUndefined();
  });

  it('says erased when the record is gone, and unavailable when a key is merely away', async () => {
    const sealer = createFakeSealer();
    const stored = await store(sealer, [OPENED]);
    sealer.setReachable(false);
    expect(await sampleCodec.decode(sealer, stored)).toMatchObject([{ kind: 'unavailable', detail: 'vault away' }]);
    sealer.setReachable(true);
    sealer.destroy('loan/l1');
    expect(await sampleCodec.decode(sealer, stored)).toMatchObject([{ kind: 'erased' }]);
  });

  it('goes on without a participant whose key was destroyed', async () => {
    const sealer = createFakeSealer();
    const stored = await store(sealer, [OPENED]);
    sealer.destroy('loan/l1#b1');
    expect(await sampleCodec.decode(sealer, stored)).toMatchObject([
      { kind: 'event', event: { data: { shelf: 'north', person: ERASED } } },
    ]);
  });

  describe('finds a value that was moved or changed', () => {
    const moved = async (change: (one: Record<string, unknown>, two: Record<string, unknown>) => void) => {
      const sealer = createFakeSealer();
      const events = await store(sealer, [
        OPENED,
        { ...OPENED, data: { ...OPENED.data, shelf: 'south' } } as SampleEvent,
      ]);
      const [one, two] = [events[0], events[1]];
      if (one === undefined || two === undefined) throw new Error('two events');
      const [dataOne, dataTwo] = [jsonOf(one), jsonOf(two)];
      change(dataOne, dataTwo);
      return { sealer, event: withData(one, dataOne) };
    };
    it.each<[string, (one: Record<string, unknown>, two: Record<string, unknown>) => void]>([
      ['a code of another event', (one, two) => (one['shelf'] = two['shelf'])],
      ['a text of another event', (one, two) => (one['note'] = two['note'])],
      ['a code of another field', (one) => (one['person'] = one['shelf'])],
      [
        'a context that was rewritten to fit',
        (one, two) => (one['shelf'] = { ...(two['shelf'] as SealedValue), ctx: (one['shelf'] as SealedValue).ctx }),
      ],
    ])('%s', async (_, change) => {
      const { sealer, event } = await moved(change);
      await expect(sampleCodec.decode(sealer, [event])).rejects.toThrow(DamagedEvent);
    });

    it('an event put in the stream of another organisation', async () => {
      const sealer = createFakeSealer();
      const event = first(await store(sealer, [OPENED], GENTIA));
      const stream = streamName('sample.loan', ZORGNET, 'l1');
      await expect(sampleCodec.decode(sealer, [{ ...event, stream, organisation: ZORGNET }])).rejects.toThrow(
        DamagedEvent,
      );
    });

    it.each(['[]', 'null', '{', '\u00ff'])('bytes that are no event: %j', async (bytes) => {
      const event = { ...first(await store(createFakeSealer(), [OPENED])), data: Buffer.from(bytes, 'latin1') };
      await expect(sampleCodec.decode(createFakeSealer(), [event])).rejects.toThrow(DamagedEvent);
    });

    it('a field too many', async () => {
      const event = first(await store(createFakeSealer(), [OPENED]));
      expect(() => sampleCodec.decodeStored(withData(event, { ...jsonOf(event), extra: 1 }))).toThrow(DamagedEvent);
    });
  });

  it('demands that a participant is named in a clear field', () => {
    expect(() =>
      eventType('sample', 'Odd', 1, { who: code(z.string()), what: participantCode(z.string(), 'who') }),
    ).toThrow(TypeError);
    expect(() =>
      eventType('sample', 'Even', 1, { who: clear(z.string()), what: participantCode(z.string(), 'who') }),
    ).not.toThrow();
  });
});
