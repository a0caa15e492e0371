import type { Telemetry } from '@toeverlaat/telemetry';
import type { Relay, RelayOptions } from './relay.js';

/**
 * What a relay is given so that whoever hears an event can find the step that wrote it, and that what the broker
 * acknowledged is counted. The trace context follows from the event (ADR 36): the relay need not be the process that wrote it.
 */
export const relayTelemetry = (
  topic: string,
  telemetry: Telemetry,
): Pick<RelayOptions, 'traceparent' | 'onAcknowledged'> => ({
  traceparent: telemetry.traceparentOf,
  onAcknowledged: (records) => {
    telemetry.meter.count('toeverlaat_relay_published_total', { topic }, records.length);
    return Promise.resolve();
  },
});

/** Shows how far a relay is behind the log; every replica says the same, working or waiting. */
export const watchRelay = (relay: Pick<Relay, 'lag'>, { meter }: Pick<Telemetry, 'meter'>): void => {
  meter.watch('toeverlaat_relay_lag_seconds', async () => [{ labels: {}, value: (await relay.lag()).seconds }]);
  meter.watch('toeverlaat_relay_lag_positions', async () => [{ labels: {}, value: (await relay.lag()).events }]);
};
