import { canonicalBytes, eventIdOf, newCommandId, organisationId, type CommandId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyLog } from './copy-log.js';
import { encodeMetadata } from './envelope.js';
import { streamName } from './stream-name.js';
import { createMemoryEventLog } from './memory-log.js';
import type { AppendRequest, EventLog, EventToAppend } from './port.js';

const ORGANISATIONS = [organisationId('gentia'), organisationId('zorgnet')] as const;

const eventOf = (commandId: CommandId, index: number, organisation: (typeof ORGANISATIONS)[number]): EventToAppend => {
  const eventId = eventIdOf('sample.note', commandId, index);
  return {
    eventId,
    type: 'sample.Noted.v1',
    metadata: encodeMetadata({
      v: 1,
      eventId,
      type: 'sample.Noted.v1',
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
    data: canonicalBytes({ note: `${commandId} ${index}` }),
  };
};

type Step = { readonly organisation: number; readonly stream: number; readonly events: number };
const steps = fc.array(
  fc.record({ organisation: fc.nat(1), stream: fc.nat(3), events: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 40 },
);

const write = async (log: EventLog, all: readonly Step[]): Promise<readonly AppendRequest[]> => {
  const requests: AppendRequest[] = [];
  for (const step of all) {
    const organisation = ORGANISATIONS[step.organisation] ?? ORGANISATIONS[0];
    const commandId = newCommandId();
    const request: AppendRequest = {
      organisation,
      // The same ids in both organisations.
      stream: streamName('sample.note', organisation, `s${step.stream}`),
      expected: 'any',
      events: Array.from({ length: step.events }, (_, index) => eventOf(commandId, index, organisation)),
    };
    requests.push(request);
    await log.append(request);
  }
  return requests;
};

const orderOf = async (log: EventLog): Promise<readonly string[]> =>
  (await log.readAll({ limit: 10_000 })).events.map(
    ({ stream, revision, eventId }) => `${stream} ${revision} ${eventId}`,
  );

/** A log that takes so many appends and then none: a target that is cut off, or a process that ends. */
const failingAfter = (log: EventLog, appends: number): EventLog => {
  let left = appends;
  return {
    ...log,
    append: async (request) => {
      left -= 1;
      return left < 0 ? { ok: false, error: { kind: 'LogUnavailable', detail: 'gone' } } : log.append(request);
    },
  };
};

describe('copying a log', () => {
  it('gives the same events in the same order, whatever they are and however often it is cut off', () =>
    fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.nat(6), { maxLength: 3 }),
        fc.integer({ min: 1, max: 5 }),
        async (all, cuts, window) => {
          const [from, to] = [createMemoryEventLog(), createMemoryEventLog()];
          await write(from, all);
          for (const appends of cuts) await copyLog({ from, to: failingAfter(to, appends), window: 1 });
          const answer = await copyLog({ from, to, window });
          const order = await orderOf(from);
          expect(answer).toMatchObject({ ok: true, value: { events: order.length } });
          expect(await orderOf(to)).toEqual(order);
          // Once more: nothing is left to do, and it says the same.
          expect(await copyLog({ from, to })).toEqual(
            answer.ok ? { ok: true, value: { ...answer.value, copied: 0 } } : answer,
          );
        },
      ),
      { numRuns: 60 },
    ));

  it('never appends half of what was appended at once', async () => {
    const [from, to] = [createMemoryEventLog(), createMemoryEventLog()];
    const requests = await write(
      from,
      Array.from({ length: 700 }, (_, n) => ({ organisation: 0, stream: n % 50 === 0 ? 1 : 0, events: 3 })),
    );
    const lengths: number[] = [];
    const watched: EventLog = {
      ...to,
      append: (request) => {
        lengths.push(request.events.length);
        return to.append(request);
      },
    };
    expect((await copyLog({ from, to: watched })).ok).toBe(true);
    expect(lengths.every((length) => length % 3 === 0)).toBe(true);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(requests.length * 3);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(502);
  });

  it('refuses a target that holds another log, before it appends anything', async () => {
    const [from, to] = [createMemoryEventLog(), createMemoryEventLog()];
    await write(from, [{ organisation: 0, stream: 1, events: 2 }]);
    await write(to, [{ organisation: 0, stream: 1, events: 1 }]);
    const stream = streamName('sample.note', ORGANISATIONS[0], 's1');
    expect(await copyLog({ from, to })).toEqual({ ok: false, error: { kind: 'TargetHoldsOther', stream } });
    const longer = createMemoryEventLog();
    await copyLog({ from, to: longer });
    await write(longer, [{ organisation: 1, stream: 2, events: 1 }]);
    const extra = streamName('sample.note', ORGANISATIONS[1], 's2');
    expect(await copyLog({ from, to: longer })).toEqual({
      ok: false,
      error: { kind: 'TargetHoldsOther', stream: extra },
    });
    expect((await orderOf(to)).length).toBe(1);
  });

  it('leaves what is appended to the source meanwhile for the next run', async () => {
    const [from, to] = [createMemoryEventLog(), createMemoryEventLog()];
    await write(from, [{ organisation: 0, stream: 1, events: 2 }]);
    await copyLog({ from, to });
    await write(from, [
      { organisation: 0, stream: 1, events: 1 },
      { organisation: 1, stream: 1, events: 2 },
    ]);
    expect(await copyLog({ from, to })).toMatchObject({ ok: true, value: { events: 5, copied: 3 } });
    expect(await orderOf(to)).toEqual(await orderOf(from));
  });

  it('tells a target that stored other bytes than it was given', async () => {
    const [from, to] = [createMemoryEventLog(), createMemoryEventLog()];
    await write(from, [{ organisation: 0, stream: 1, events: 1 }]);
    const bending: EventLog = {
      ...to,
      append: (request) =>
        to.append({ ...request, events: request.events.map((event) => ({ ...event, data: canonicalBytes({}) })) }),
    };
    const stream = streamName('sample.note', ORGANISATIONS[0], 's1');
    expect(await copyLog({ from, to: bending })).toEqual({ ok: false, error: { kind: 'Differs', stream } });
  });
});
