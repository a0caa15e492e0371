import { formatTraceparent, spanIdOf, traceIdOf } from '@toeverlaat/telemetry';
import { recordingTelemetry } from '@toeverlaat/telemetry/testing';
import { expect, it } from 'vitest';
import { relayTelemetry, watchRelay } from './observe.js';
import type { OutgoingRecord } from './port.js';

const correlationId = '7d4c2a1e-90b3-4f6a-8d25-1e0f3b7a9c44';
const eventId = '0d1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c4d';

it('a relay says how far it is behind, counts what was taken, and names the step that wrote an event', async () => {
  const telemetry = recordingTelemetry();
  const port = telemetry.of('case');
  const { traceparent, onAcknowledged } = relayTelemetry('toeverlaat.case', port);
  const event = { correlationId, eventId } as Parameters<NonNullable<typeof traceparent>>[0];
  expect(traceparent?.(event)).toBe(
    formatTraceparent({ traceId: traceIdOf(correlationId), spanId: spanIdOf(eventId), sampled: true }),
  );
  const record: OutgoingRecord = { topic: 'toeverlaat.case', key: 'gentia|1', value: '{}', headers: {} };
  await onAcknowledged?.([record, record]);
  watchRelay({ lag: () => Promise.resolve({ events: 3, more: false, seconds: 1.5 }) }, port);
  const text = await telemetry.figures?.();
  expect(text).toContain('toeverlaat_relay_published_total{topic="toeverlaat.case",service="case"} 2');
  expect(text).toContain('toeverlaat_relay_lag_seconds{service="case"} 1.5');
  expect(text).toContain('toeverlaat_relay_lag_positions{service="case"} 3');
});
