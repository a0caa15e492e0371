import type { RequestContext } from '@toeverlaat/contracts';
import { createMemoryEventLog, type EventLog, type Position } from '@toeverlaat/event-log';
import { Deferred, PoisonEvent, type PublicEvent } from '@toeverlaat/messaging';
import {
  observed,
  observedLog,
  observedReactions,
  outcomeOfReply,
  waitingSince,
  watchViews,
} from '@toeverlaat/service-kit';
import { noTelemetry, spanIdOf, traceIdOf } from '@toeverlaat/telemetry';
import { recordingTelemetry } from '@toeverlaat/telemetry/testing';
import { settableClock, type EventId, type OrganisationId } from '@toeverlaat/values';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestWorld } from './service.js';

const gentia = 'gentia' as OrganisationId;
const zorgnet = 'zorgnet' as OrganisationId;
const id = (n: number): string => `0d1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c${String(n).padStart(2, '0')}`;
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const appendTo = (log: EventLog, stream: string, organisation: OrganisationId, ...ids: readonly number[]) =>
  log.append({
    organisation,
    stream,
    expected: stream.includes('.access-') ? 'any' : 'none',
    events: ids.map((n) => ({
      eventId: id(n) as EventId,
      type: 'case.CaseOpened.v1',
      data: bytes({}),
      metadata: bytes({}),
    })),
  });

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

describe('the log seen', () => {
  it('gives each event a step to come back to, and an access record none that follows from its id', async () => {
    const telemetry = recordingTelemetry();
    const log = observedLog(createMemoryEventLog(), telemetry.of('case'));
    for (const organisation of [gentia, zorgnet]) {
      await appendTo(log, `case.case-${organisation}_1`, organisation, 1, 2);
      await appendTo(log, `case.access-${organisation}_20261120-a`, organisation, 3);
    }
    const ids = telemetry.spans().map(({ spanId }) => spanId);
    expect(ids.filter((one) => one === spanIdOf(id(1)) || one === spanIdOf(id(2)))).toHaveLength(4);
    expect(ids).not.toContain(spanIdOf(id(3)));
    expect(await telemetry.everything()).not.toMatch(/gentia_1|0d1b2c3d/u);
  });

  it('counts what met a newer revision apart from what failed', async () => {
    const telemetry = recordingTelemetry();
    const memory = createMemoryEventLog();
    const log = observedLog(memory, telemetry.of('case'));
    await appendTo(log, 'case.case-gentia_1', gentia, 1);
    expect((await appendTo(log, 'case.case-gentia_1', gentia, 2)).ok).toBe(false);
    const broken = observedLog({ ...memory, append: () => Promise.reject(new Error('kanarie')) }, telemetry.of('case'));
    await expect(appendTo(broken, 'case.case-gentia_2', gentia, 3)).rejects.toThrow('kanarie');
    const text = await telemetry.everything();
    expect(text).toContain('toeverlaat_log_append_conflicts_total{service="case"} 1');
    expect(text).toContain('toeverlaat_log_append_seconds_count{outcome="failed",service="case"} 1');
    expect(text).toContain('toeverlaat_log_events_total{service="case"} 1');
    expect(text).not.toContain('kanarie');
  });

  it('is the log itself when nothing is recorded', () => {
    const log = createMemoryEventLog();
    expect(observedLog(log, noTelemetry)).toBe(log);
    const world = createTestWorld('2026-11-20T09:00:00.000Z');
    ends.push(world.dispose);
    const runtime = world.runtimeOf('case');
    expect(observed(runtime)).toBe(runtime);
  });
});

describe('a runtime seen', () => {
  it('counts access records and denied attempts, and tells a key store that does not answer from one that does', async () => {
    const telemetry = recordingTelemetry();
    const world = createTestWorld('2026-11-20T09:00:00.000Z');
    ends.push(world.dispose);
    let answers = true;
    const runtime = observed({
      ...world.runtimeOf('case'),
      telemetry: telemetry.of('case'),
      sealing: {
        ...world.sealing,
        open: () => Promise.resolve([answers ? { kind: 'erased' } : { kind: 'unavailable', detail: 'kanarie' }]),
      },
    });
    const caller = {
      role: 'counsellor',
      organisation: gentia,
      pseudonym: 'p1',
      capacityId: 'counsellor-lies',
      sites: 'all',
    } as const;
    const entry = {
      caller,
      purpose: 'handle_case',
      recordClass: 'case',
      record: 'a1',
      query: 'case.open',
      requestId: id(9),
    } as const;
    await runtime.recorder.record({ ...entry, organisation: gentia, fields: [], outcome: 'opened' });
    await runtime.recorder.denied(entry);
    const value = {} as Parameters<typeof runtime.sealing.open>[1][number];
    await runtime.sealing.open(gentia, [value]);
    expect(await telemetry.figures?.()).toContain('toeverlaat_key_store_available{service="case"} 1');
    answers = false;
    await runtime.sealing.open(gentia, [value]);
    const text = await telemetry.everything();
    expect(text).toContain('toeverlaat_key_store_available{service="case"} 0');
    expect(text).toContain('toeverlaat_key_store_failures_total{service="case"} 1');
    expect(text).toContain('toeverlaat_access_records_total{outcome="ok",service="case"} 1');
    expect(text).toContain('toeverlaat_denied_attempts_total{service="case"} 1');
    expect(text).not.toMatch(/kanarie|lies|gentia/u);
  });

  it('names how a reply ended by its kind alone', () => {
    expect(outcomeOfReply({ ok: true })).toBe('ok');
    expect(outcomeOfReply({ ok: true, repeated: true })).toBe('repeated');
    expect(outcomeOfReply({ ok: true, stale: true })).toBe('stale');
    expect(outcomeOfReply({ ok: false, rejection: { kind: 'NotFound' } })).toBe('NotFound');
    expect(outcomeOfReply({ ok: false, rejection: { kind: 'a kind of tomorrow' } })).toBe('failed');
  });
});

describe('a reaction seen', () => {
  const event = {
    eventId: id(1) as EventId,
    type: 'case.HearingHeld',
    organisation: gentia,
    stream: 'case.case-gentia_1',
    streamId: '1',
    revision: 0,
    recordedAt: '2026-11-20T08:59:50.000Z',
    correlationId: id(2),
    data: {},
  } as PublicEvent;

  it('is linked to the step that wrote the event, in the trace of its cause, and each try says how it ended', async () => {
    const telemetry = recordingTelemetry();
    const clock = settableClock('2026-11-20T09:00:00.000Z');
    const errors = [new Deferred('kanarie'), new PoisonEvent('kanarie'), new TypeError('kanarie')];
    const reactions = observedReactions(
      { telemetry: telemetry.of('intake'), clock },
      {
        [event.type]: () => {
          const error = errors.shift();
          return error === undefined ? Promise.resolve() : Promise.reject(error);
        },
      },
    );
    const react = () =>
      reactions[event.type]?.(event).then(
        () => 'done',
        () => 'threw',
      );
    expect([await react(), await react(), await react(), await react()]).toEqual(['threw', 'threw', 'threw', 'done']);
    const spans = telemetry.spans();
    expect(spans.map(({ attributes }) => attributes['outcome'])).toEqual(['Unavailable', 'parked', 'failed', 'ok']);
    for (const span of spans) {
      expect(span.traceId).toBe(traceIdOf(event.correlationId));
      expect(span.parentId).toBeUndefined();
      expect(span.links).toEqual([{ traceId: traceIdOf(event.correlationId), spanId: spanIdOf(event.eventId) }]);
    }
    const text = await telemetry.everything();
    expect(text).toContain('toeverlaat_reaction_lag_seconds{service="intake"} 10');
    expect(text).not.toContain('kanarie');
    // Nothing came since: what was late is done.
    clock.set('2026-11-20T09:02:00.000Z');
    expect(await telemetry.everything()).toContain('toeverlaat_reaction_lag_seconds{service="intake"} 0');
  });
});

describe('views seen', () => {
  it('show how many events and how many seconds they are behind', async () => {
    const world = createTestWorld('2026-11-20T09:00:00.000Z');
    ends.push(world.dispose);
    const { log, clock } = world;
    const telemetry = recordingTelemetry();
    const recorder = world.runtimeOf('case').recorder;
    const request: Pick<RequestContext, 'purpose' | 'requestId'> = { purpose: 'audit', requestId: id(4) };
    await recorder.denied({
      ...request,
      caller: { role: 'auditor', organisation: gentia, pseudonym: 'p1', capacityId: 'auditor-a', sites: 'all' },
      recordClass: 'case',
      record: 'a1',
      query: 'case.open',
    });
    clock.set('2026-11-20T09:00:07.000Z');
    const head = await log.head();
    const statuses: Awaited<ReturnType<Parameters<typeof watchViews>[1]['status']>> = [
      {
        view: 'behind',
        version: 1,
        mode: 'async',
        state: 'following',
        position: undefined,
        lagging: true,
        checkpointAgeMs: 1_500,
      },
      {
        view: 'level',
        version: 1,
        mode: 'async',
        state: 'failed',
        position: head,
        lagging: false,
        checkpointAgeMs: undefined,
      },
    ];
    const definitions = [
      { name: 'behind', categories: ['case.access'] },
      { name: 'level', categories: ['case.access'] },
    ];
    watchViews(
      { log, clock, telemetry: telemetry.of('records') },
      { status: () => Promise.resolve(statuses) },
      definitions,
    );
    const text = (await telemetry.figures?.()) ?? '';
    for (const line of [
      'toeverlaat_view_lag_positions{view="behind",service="records"} 1',
      'toeverlaat_view_lag_positions{view="level",service="records"} 0',
      'toeverlaat_view_lag_seconds{view="behind",service="records"} 7',
      'toeverlaat_view_lag_seconds{view="level",service="records"} 0',
      'toeverlaat_view_checkpoint_age_seconds{view="behind",service="records"} 1.5',
      'toeverlaat_view_following{view="level",service="records"} 0',
    ])
      expect(text).toContain(line);
    expect(text).not.toContain('checkpoint_age_seconds{view="level"');
    expect(await waitingSince(log, clock, undefined, ['intake.request'])).toBe(0);
    // Where positions are no numbers, the events are counted.
    const unnumbered = recordingTelemetry();
    watchViews(
      {
        log: { ...log, head: () => Promise.resolve('0001.0002' as Position) },
        clock,
        telemetry: unnumbered.of('case'),
      },
      { status: () => Promise.resolve(statuses) },
      definitions,
    );
    const counted = (await unnumbered.figures?.()) ?? '';
    expect(counted).toContain('toeverlaat_view_lag_positions{view="behind",service="case"} 1');
    expect(counted).toContain('toeverlaat_view_lag_positions{view="level",service="case"} 0');
  });
});
