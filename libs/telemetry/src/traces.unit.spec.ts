import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clearAttributes, type Attributes } from './clear-values.js';
import { noTelemetry } from './port.js';
import { createTelemetry } from './process.js';
import { recordingTelemetry } from './testing.js';
import { formatTraceparent, parseTraceparent, spanIdOf, traceIdOf } from './trace-ids.js';

const CANARY = 'kanarie 7f3a';
const correlationId = '7d4c2a1e-90b3-4f6a-8d25-1e0f3b7a9c44';
const eventId = '0d1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d';
const smuggled = (attributes: Record<string, unknown>): Attributes => attributes as Attributes;

describe('a span', () => {
  it('says what is on the list and counts what is not, whatever name it comes under', async () => {
    const telemetry = recordingTelemetry();
    await telemetry.of('case').span(
      {
        name: 'rpc.server',
        attributes: smuggled({
          organisation: 'gentia',
          pattern: 'case.open',
          person: 'lies',
          role: 'counsellor',
          recordClass: { plain: CANARY },
          category: CANARY,
          target: [CANARY],
          count: CANARY,
        }),
      },
      (span) => {
        span.set(smuggled({ note: CANARY, outcome: CANARY, view: `${CANARY}`, attempt: 2 }));
        span.end('NotFound');
        return Promise.resolve();
      },
    );
    expect(telemetry.spans().map(({ attributes }) => attributes)).toEqual([
      {
        service: 'case',
        organisation: 'gentia',
        pattern: 'case.open',
        attempt: 2,
        outcome: 'NotFound',
        withheld: 3,
      },
    ]);
    expect(await telemetry.everything()).not.toContain('kanarie');
  });

  it('that failed names the error and not its message, and lets it through', async () => {
    const telemetry = recordingTelemetry();
    const error = Object.assign(new TypeError(`cannot read ${CANARY}`), { code: CANARY });
    await expect(telemetry.of('case').span({ name: 'timers' }, () => Promise.reject(error))).rejects.toBe(error);
    expect(telemetry.spans()).toMatchObject([
      { failed: true, attributes: { service: 'case', error: 'TypeError', outcome: 'failed' } },
    ]);
    expect(await telemetry.everything()).not.toContain('kanarie');
  });

  it('lets nothing through but listed names with values of their form', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.string(), (given, text) => {
        const out = clearAttributes({ ...given, organisation: text, pattern: text, view: text, route: text });
        for (const [name, value] of Object.entries(out)) {
          if (name === 'withheld') continue;
          expect(String(value)).toMatch(/^[A-Za-z0-9/._:-]+$/);
        }
        expect(Object.keys(out).length).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('a trace', () => {
  it('follows from the correlation id: everything one request causes is in it, and what comes after the log is linked, not nested', async () => {
    const telemetry = recordingTelemetry();
    const [gateway, service] = [telemetry.of('gateway'), telemetry.of('case')];
    let header: string | undefined;
    await gateway.span({ name: 'gateway.request', beginsFor: correlationId }, () =>
      gateway.span({ name: 'rpc.client' }, () => {
        header = gateway.traceparent();
        return Promise.resolve();
      }),
    );
    await service.continuing(header, () =>
      service.span({ name: 'rpc.server' }, () =>
        service.span({ name: 'log.append', writes: [eventId, 'the second event'] }, () => Promise.resolve()),
      ),
    );
    await telemetry
      .of('intake')
      .span({ name: 'reaction', beginsFor: correlationId, follows: [{ correlationId, eventId }] }, () =>
        Promise.resolve(),
      );

    const spans = telemetry.spans();
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(correlationId)]));
    const named = (name: string) => spans.filter((span) => span.name === name);
    const [client, server, request, reaction] = ['rpc.client', 'rpc.server', 'gateway.request', 'reaction'].map(
      (name) => named(name)[0],
    );
    const append = named('log.append').find(({ spanId }) => spanId === spanIdOf(eventId));
    expect(request?.parentId).toBeUndefined();
    expect(client?.parentId).toBe(request?.spanId);
    expect(server?.parentId).toBe(client?.spanId);
    expect(append?.parentId).toBe(server?.spanId);
    expect(named('log.append').find(({ spanId }) => spanId === spanIdOf('the second event'))?.parentId).toBe(
      append?.spanId,
    );
    expect(reaction?.parentId).toBeUndefined();
    expect(reaction?.links).toEqual([{ traceId: traceIdOf(correlationId), spanId: spanIdOf(eventId) }]);
    expect(service.traceparentOf({ correlationId, eventId })).toBe(
      formatTraceparent({ traceId: traceIdOf(correlationId), spanId: spanIdOf(eventId), sampled: true }),
    );
  });

  it('does not tell the id it follows from', () => {
    expect(traceIdOf(correlationId)).not.toBe(correlationId.replaceAll('-', ''));
    expect(traceIdOf(correlationId)).toMatch(/^[0-9a-f]{32}$/);
    expect(spanIdOf(eventId)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is not begun or joined by a header of another form', async () => {
    const telemetry = recordingTelemetry();
    const port = telemetry.of('case');
    const bad = [
      CANARY,
      '',
      '00-0-0-01',
      `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
      `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    ];
    for (const header of bad) {
      expect(parseTraceparent(header)).toBeUndefined();
      await port.continuing(header, () => port.span({ name: 'rpc.server' }, () => Promise.resolve()));
    }
    expect(telemetry.spans().map(({ parentId }) => parentId)).toEqual(bad.map(() => undefined));
    expect(await telemetry.everything()).not.toContain('kanarie');
  });

  it('round-trips through its header', () => {
    const hex = (length: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0+$/.test(text));
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        expect(parseTraceparent(formatTraceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled });
      }),
    );
  });
});

describe('without settings', () => {
  it('nothing is recorded, and work is done all the same', async () => {
    const telemetry = await createTelemetry({
      settings: { metrics: false, traceRatio: 0, pushEveryMs: 30_000 },
      process: 'test',
      version: '0',
    });
    const port = telemetry.of('case');
    expect(port).toBe(noTelemetry);
    expect(await port.span({ name: 'timers' }, (span) => Promise.resolve(span.end('ok')).then(() => 7))).toBe(7);
    expect([port.traceparent(), port.traceparentOf({ correlationId, eventId }), telemetry.figures]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    port.meter.count('toeverlaat_denied_attempts_total', {});
    port.meter.watch('toeverlaat_parked_events', () => [])();
    await telemetry.stop();
  });

  it('a ratio without a collector traces nothing', async () => {
    const telemetry = await createTelemetry({
      settings: { metrics: false, traceRatio: 1, pushEveryMs: 30_000 },
      process: 'test',
      version: '0',
    });
    expect(telemetry.of('case').on).toBe(false);
  });
});
