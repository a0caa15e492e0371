import {
  metadataOf,
  type AppendRequest,
  type AppendError,
  type Appended,
  type EventLog,
  type Position,
} from '@toeverlaat/event-log';
import {
  err,
  InvariantBroken,
  ok,
  settableClock,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { policyVersion } from './policy.js';
import {
  accessCodec,
  accessStream,
  createRecorder,
  releaseOpened,
  type AccessEntry,
  type AttemptEntry,
} from './recorder.js';
import type { Caller } from './roles.js';

const gentia = 'gentia' as OrganisationId;
const zorgnet = 'zorgnet' as OrganisationId;
const T0 = '2026-11-20T23:59:30.000Z';

/** A log whose appends wait until the test lets them through. */
const heldLog = (options: { readonly hold?: boolean } = {}) => {
  const appended: AppendRequest[] = [];
  const waiting: (() => void)[] = [];
  const state: { error: AppendError | undefined } = { error: undefined };
  const unused = () => Promise.reject(new Error('not used'));
  const log: EventLog = {
    append: async (request): Promise<Result<Appended, AppendError>> => {
      if (options.hold === true) await new Promise<void>((release) => waiting.push(release));
      if (state.error !== undefined) return err(state.error);
      appended.push(request);
      return ok({ firstRevision: 0, lastRevision: 0, position: String(appended.length) as Position });
    },
    readStream: unused,
    readAll: unused,
    subscribe: () => {
      throw new Error('not used');
    },
    head: unused,
    close: () => Promise.resolve(),
  };
  const codec = accessCodec('case');
  const events = () =>
    appended.flatMap((request) =>
      request.events.map((event) => {
        const recorded = {
          ...event,
          position: '1' as Position,
          organisation: request.organisation,
          stream: request.stream,
          revision: 0,
        };
        return {
          stream: request.stream,
          expected: request.expected,
          meta: metadataOf(recorded),
          event: codec.decodeStored(recorded),
        };
      }),
    );
  return { log, appended, events, state, release: () => waiting.splice(0).forEach((go) => go()), waiting };
};

const caller: Caller = {
  role: 'counsellor',
  organisation: gentia,
  person: 'p1' as PersonId,
  pseudonym: 'abcdef',
  capacityId: 'cap-p1',
  sites: 'all',
};
const requestId = '7d4c2a1e-90b3-4f6a-8d25-1e0f3b7a9c44';
const attempt: AttemptEntry = {
  caller,
  purpose: 'handle_case',
  recordClass: 'case',
  record: 'r1',
  query: 'caseById',
  requestId,
};
const entry: AccessEntry = {
  ...attempt,
  organisation: gentia,
  record: 'r1',
  fields: ['notes', 'outcome'],
  outcome: 'opened',
};

const recorderOn = (log: EventLog, clock = settableClock(T0)) =>
  createRecorder({
    log,
    clock,
    service: 'case',
    writerId: 'w1',
    cap: { attempts: 3, windowMs: 60_000 },
    pseudonym: (organisation, scope, name) => Promise.resolve(`tag-${organisation}-${scope}-${name.length}`),
  });

describe('no record, no read', () => {
  it('opens nothing before the record is durable', async () => {
    const { log, release, waiting, events } = heldLog({ hold: true });
    const order: string[] = [];
    const released = releaseOpened(recorderOn(log), entry, () => {
      order.push(`opened after ${events().length} records`);
      return Promise.resolve('content');
    }).then((value) => {
      order.push('released');
      return value;
    });
    await expect.poll(() => waiting.length).toBe(1);
    expect(order).toEqual([]);
    release();
    expect(await released).toEqual(ok('content'));
    expect(order).toEqual(['opened after 1 records', 'released']);
  });

  it.each([
    { kind: 'LogFull', detail: 'no space' },
    { kind: 'LogReadOnly', detail: 'read-only' },
    { kind: 'LogUnavailable', detail: 'gone' },
  ] as const)('opens nothing when the append fails: $kind', async (error) => {
    const held = heldLog();
    held.state.error = error;
    let opened = false;
    const answer = await releaseOpened(recorderOn(held.log), entry, () => {
      opened = true;
      return Promise.resolve('content');
    });
    expect(answer).toEqual(err({ kind: 'Unavailable', detail: `access record: ${error.kind}` }));
    expect(opened).toBe(false);
  });

  it('opens nothing when the log throws, or the entry breaks its schema', async () => {
    const { log, appended } = heldLog();
    const thrown = recorderOn({ ...log, append: () => Promise.reject(new Error('crash')) });
    const never = () => Promise.reject(new Error('must not be opened'));
    expect(await releaseOpened(thrown, entry, never)).toMatchObject({ ok: false, error: { kind: 'Unavailable' } });
    const bad = { ...entry, record: 'Not An Id' };
    expect(await releaseOpened(recorderOn(log), bad, never)).toMatchObject({
      ok: false,
      error: { kind: 'Unavailable' },
    });
    expect(appended).toEqual([]);
  });
});

describe('an access record', () => {
  it('says who, in which capacity, for what, which record, which fields, which query', async () => {
    const { log, events } = heldLog();
    const mandate = { id: 'man-7', home: zorgnet, from: '2026-01-01' };
    await recorderOn(log).record({
      ...entry,
      caller: { ...caller, mandate, onBehalfOf: 'boss' },
      record: ['r1', 'r2'],
    });
    expect(events()).toEqual([
      {
        stream: 'case.access-gentia_20261120-w1',
        expected: 'any',
        meta: expect.objectContaining({
          organisation: 'gentia',
          recordedAt: T0,
          actor: { pseudonym: 'abcdef', capacity: 'counsellor', onBehalfOf: 'boss' },
          purpose: 'handle_case',
          policyVersion,
          causationId: requestId,
        }),
        event: {
          type: 'AccessRecorded',
          data: {
            who: 'abcdef',
            role: 'counsellor',
            capacity: 'tag-gentia-2026-15',
            mandate: 'tag-gentia-2026-13',
            onBehalfOf: 'boss',
            home: 'zorgnet',
            purpose: 'handle_case',
            recordClass: 'case',
            records: ['r1', 'r2'],
            fields: ['notes', 'outcome'],
            query: 'caseById',
            requestId,
            outcome: 'opened',
          },
        },
      },
    ]);
  });

  it('holds neither a person nor a directory id', async () => {
    const { log, appended } = heldLog();
    const recorder = createRecorder({ log, clock: settableClock(T0), service: 'case', writerId: 'w1' });
    await recorder.record(entry);
    const bytes = Buffer.concat(
      appended.flatMap(({ events }) => events.flatMap((event) => [event.data, event.metadata])),
    ).toString();
    expect(bytes).toContain('abcdef');
    expect(bytes).not.toContain('cap-p1');
    expect(bytes).not.toContain('"p1"');
  });

  it('says of a service that reads by itself that it is one, and no person', async () => {
    const { log, events } = heldLog();
    const service: Caller = {
      role: 'service',
      organisation: gentia,
      pseudonym: 'service-case',
      capacityId: 'service-case',
      sites: [],
    };
    const recorder = recorderOn(log);
    await recorder.record({ ...entry, caller: service, purpose: 'reaction', record: ['r1', 'r2'] });
    await recorder.denied({ ...attempt, caller: service, purpose: 'reaction' });
    for (const { event, meta } of events()) {
      expect(meta.actor).toEqual({ pseudonym: 'service-case', capacity: 'service' });
      expect(event?.data).toMatchObject({ who: 'service-case', role: 'service', requestId });
      expect(event?.data).not.toHaveProperty('capacity');
    }
    expect(events()).toHaveLength(2);
  });

  it('goes to the stream of its organisation, day and writer', () => {
    expect(accessStream('intake', zorgnet, '2026-01-02T00:00:00.000Z', 'a9')).toBe('intake.access-zorgnet_20260102-a9');
    expect(() =>
      createRecorder({ log: heldLog().log, clock: settableClock(T0), service: 'case', writerId: 'W-1' }),
    ).toThrow(InvariantBroken);
  });

  it.each(['worker', 'anonymous_worker', 'participant'] as const)(
    'knows a %s by the participant id of that record only',
    async (role) => {
      const { log, events } = heldLog();
      const recorder = recorderOn(log);
      const own: Caller = { ...caller, role, pseudonym: 'stable-pseudonym', onBehalfOf: 'other' };
      await recorder.record({ ...entry, caller: own, participant: 'x1' });
      await recorder.record({ ...entry, caller: own, participant: 'x2', record: 'r2' });
      await recorder.record({ ...entry, caller: own, record: 'r3' });
      await recorder.denied({ ...attempt, caller: own });
      const all = events();
      expect(all.map(({ meta }) => meta.actor.pseudonym)).toEqual(['x1', 'x2', 'unnamed', 'unnamed']);
      expect(JSON.stringify(all)).not.toContain('stable-pseudonym');
      expect(JSON.stringify(all)).not.toContain('cap-p1');
      // Nothing of one request ties the records together.
      const ids = all.slice(0, 3).flatMap(({ meta }) => [meta.causationId, meta.correlationId]);
      expect(new Set(ids).size).toBe(3);
      expect(ids).not.toContain(requestId);
      await expect(recorder.record({ ...entry, caller: own, participant: 'x1', record: ['r1', 'r2'] })).rejects.toThrow(
        InvariantBroken,
      );
    },
  );
});

describe('a denied attempt', () => {
  it('is recorded in the caller’s organisation, and hides what was no id', async () => {
    const { log, events } = heldLog();
    const recorder = recorderOn(log);
    await recorder.denied(attempt);
    await recorder.denied({ ...attempt, caller: { ...caller, organisation: zorgnet }, record: "x' OR 1=1" });
    expect(events().map(({ stream, event }) => [stream, event?.type, event?.data])).toEqual([
      ['case.access-gentia_20261120-w1', 'AccessDenied', expect.objectContaining({ record: 'r1' })],
      ['case.access-zorgnet_20261120-w1', 'AccessDenied', expect.objectContaining({ record: '-' })],
    ]);
  });

  it('is only counted beyond the rate of one caller, and the count is written', async () => {
    const { log, events } = heldLog();
    const clock = settableClock(T0);
    const recorder = recorderOn(log, clock);
    for (let n = 0; n < 10; n += 1) await recorder.denied(attempt);
    // 3 of their own, the first beyond the cap at once, 6 held back.
    expect(events().map(({ event }) => event?.type)).toEqual([
      'AccessDenied',
      'AccessDenied',
      'AccessDenied',
      'DeniedAttemptsCapped',
    ]);
    await recorder.denied({ ...attempt, caller: { ...caller, pseudonym: 'other' } });
    expect(events()).toHaveLength(5);
    clock.set('2026-11-21T00:00:31.000Z');
    await recorder.denied(attempt);
    expect(
      events()
        .slice(5)
        .map(({ event, meta }) => [event?.type, event?.data, meta.actor.pseudonym]),
    ).toEqual([
      [
        'DeniedAttemptsCapped',
        expect.objectContaining({ count: 6, since: T0, until: '2026-11-21T00:00:31.000Z' }),
        'abcdef',
      ],
      ['AccessDenied', expect.anything(), 'abcdef'],
    ]);
    const counted = events().reduce((sum, { event }) => {
      if (event?.type === 'DeniedAttemptsCapped') return sum + event.data.count;
      return event?.type === 'AccessDenied' ? sum + 1 : sum;
    }, 0);
    expect(counted).toBe(12);
  });

  it('keeps a count that could not be written, for flush', async () => {
    const held = heldLog();
    const recorder = recorderOn(held.log);
    for (let n = 0; n < 3; n += 1) await recorder.denied(attempt);
    held.state.error = { kind: 'LogFull', detail: '' };
    expect(await recorder.denied(attempt)).toMatchObject({ ok: false, error: { kind: 'Unavailable' } });
    await recorder.denied(attempt);
    held.state.error = undefined;
    await recorder.flush();
    await recorder.flush();
    expect(held.events().at(-1)?.event).toMatchObject({ type: 'DeniedAttemptsCapped', data: { count: 2 } });
    expect(held.events()).toHaveLength(4);
  });

  it('refills: the same number again in each window', async () => {
    const { log, events } = heldLog();
    const clock = settableClock('2026-11-20T10:00:00.000Z');
    const recorder = recorderOn(log, clock);
    for (let n = 0; n < 3; n += 1) await recorder.denied(attempt);
    clock.set('2026-11-20T10:00:20.000Z');
    await recorder.denied(attempt);
    clock.set('2026-11-20T10:02:00.000Z');
    for (let n = 0; n < 3; n += 1) await recorder.denied(attempt);
    expect(events().every(({ event }) => event?.type === 'AccessDenied')).toBe(true);
    expect(events()).toHaveLength(7);
  });
});
