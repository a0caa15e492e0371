import { describe, expect, it } from 'vitest';
import { METRICS, metricNames, type CounterName, type GaugeName, type HistogramName } from './metrics.js';
import { recordingTelemetry } from './testing.js';

const familiesIn = (text: string): readonly string[] =>
  [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`).toSorted();

describe('figures', () => {
  it('are those of the catalogue, under the very names and of the very kinds it gives', async () => {
    const telemetry = recordingTelemetry();
    const { meter } = telemetry.of('case');
    for (const name of metricNames)
      switch (METRICS[name].kind) {
        case 'counter':
          meter.count(name as CounterName, { outcome: 'ok', topic: 'case.events' });
          break;
        case 'histogram':
          meter.time(
            name as HistogramName,
            { outcome: 'ok', route: '/graphql', status: '2xx', pattern: 'a.b', target: 'x' },
            0.02,
          );
          break;
        case 'gauge':
          meter.watch(name as GaugeName, () => [{ labels: { view: 'desk', target: 'intake' }, value: 3 }]);
          break;
      }
    const text = (await telemetry.figures?.()) ?? '';
    expect(familiesIn(text)).toEqual(metricNames.map((name) => `${name} ${METRICS[name].kind}`).toSorted());
    expect(text).toContain('toeverlaat_view_lag_positions{view="desk",service="case"} 3');
    expect(text).toContain('toeverlaat_relay_published_total{topic="case.events",service="case"} 1');
    expect(text).toContain('toeverlaat_log_append_seconds_bucket{outcome="ok",service="case",le="0.025"} 1');
  });

  it('are never told apart by organisation, and by nothing that the catalogue does not say', async () => {
    expect(metricNames.filter((name) => (METRICS[name].labels as readonly string[]).includes('organisation'))).toEqual(
      [],
    );
    const telemetry = recordingTelemetry();
    const { meter } = telemetry.of('case');
    const smuggled = { outcome: 'ok', organisation: 'gentia', person: 'kanarie', view: 'kanarie met woorden' };
    meter.count('toeverlaat_access_records_total', smuggled);
    meter.watch('toeverlaat_view_following', () => [{ labels: { view: 'kanarie met woorden' }, value: 1 }]);
    const text = (await telemetry.figures?.()) ?? '';
    expect(text).toContain('toeverlaat_access_records_total{outcome="ok",service="case"} 1');
    expect(text).not.toMatch(/gentia|kanarie/);
  });

  it('of a part that cannot say how it is are left out, the others are not', async () => {
    const telemetry = recordingTelemetry();
    telemetry.of('case').meter.watch('toeverlaat_parked_events', () => Promise.reject(new Error('kanarie')));
    const end = telemetry.of('intake').meter.watch('toeverlaat_parked_events', () => [{ labels: {}, value: 2 }]);
    const text = (await telemetry.figures?.()) ?? '';
    expect(text).toContain('toeverlaat_parked_events{service="intake"} 2');
    expect(text).not.toMatch(/parked_events\{service="case"|kanarie/);
    end();
    expect(await telemetry.figures?.()).not.toContain('toeverlaat_parked_events{');
  });
});
