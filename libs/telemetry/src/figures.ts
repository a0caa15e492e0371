import type { Attributes as OtelAttributes, Counter, Histogram } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type AggregationTemporalitySelector,
  type IMetricReader,
} from '@opentelemetry/sdk-metrics';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { clearAttributes } from './clear-values.js';
import { DURATION_CLASSES, METRICS, metricNames, type GaugeName, type MetricName } from './metrics.js';
import type { Meter, Reading } from './port.js';

/**
 * The SDK would go on giving the last value of a gauge that nobody answers for any more: a view that failed would look as
 * well as it did. As `delta` it keeps nothing between readings; for a gauge the two mean the same to whoever reads.
 */
export const temporalityOf: AggregationTemporalitySelector = (kind) =>
  kind === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;

/** Read when somebody asks. */
class PullReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: temporalityOf });
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

export type Figures = {
  readonly of: (service: string) => Meter;
  /** Everything now, as Prometheus reads it. */
  readonly text: () => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Only the labels that the catalogue gives the metric, and of those only values of their form. */
const labelsOf = (name: MetricName, service: string, labels: object): OtelAttributes => {
  const allowed: readonly string[] = METRICS[name].labels;
  const { withheld: _counted, ...clear } = clearAttributes({ ...labels, service });
  return Object.fromEntries(Object.entries(clear).filter(([label]) => allowed.includes(label)));
};

const NANOSECONDS = 1e9;

/** The figures of one process over OpenTelemetry's SDK. */
export const createFigures = (resource: Resource, push: readonly IMetricReader[]): Figures => {
  const pull = new PullReader();
  const provider = new MeterProvider({
    resource,
    readers: [pull, ...push],
  });
  const meter = provider.getMeter('toeverlaat');
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  const watchers = new Map<MetricName, Set<() => Promise<readonly { labels: OtelAttributes; value: number }[]>>>();

  for (const name of metricNames) {
    const { kind, help: description, unit: given } = METRICS[name];
    const unit = given === '1' ? '' : given;
    switch (kind) {
      case 'counter':
        counters.set(name, meter.createCounter(name, { description, unit }));
        break;
      case 'histogram':
        histograms.set(
          name,
          meter.createHistogram(name, {
            description,
            unit,
            advice: { explicitBucketBoundaries: [...DURATION_CLASSES] },
          }),
        );
        break;
      case 'gauge': {
        const reads = new Set<() => Promise<readonly { labels: OtelAttributes; value: number }[]>>();
        watchers.set(name, reads);
        meter.createObservableGauge(name, { description, unit }).addCallback(async (result) => {
          for (const read of reads) {
            try {
              for (const { labels, value } of await read()) result.observe(value, labels);
            } catch {
              // One part that cannot say how it is must not keep the others from being read; its series is then absent.
            }
          }
        });
        break;
      }
      default:
        kind satisfies never;
    }
  }

  const watch = <N extends GaugeName>(
    service: string,
    name: N,
    read: () => readonly Reading<N>[] | Promise<readonly Reading<N>[]>,
  ): (() => void) => {
    const reads = watchers.get(name);
    const mine = async () =>
      (await read()).map(({ labels, value }) => ({ labels: labelsOf(name, service, labels), value }));
    reads?.add(mine);
    return () => {
      reads?.delete(mine);
    };
  };

  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  watch('process', 'toeverlaat_process_resident_bytes', () => [{ labels: {}, value: process.memoryUsage.rss() }]);
  watch('process', 'toeverlaat_process_event_loop_delay_seconds', () => {
    const value = Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / NANOSECONDS : 0;
    delay.reset();
    return [{ labels: {}, value }];
  });

  return {
    of: (service) => ({
      count: (name, labels, by = 1) => {
        counters.get(name)?.add(by, labelsOf(name, service, labels));
      },
      time: (name, labels, seconds) => {
        histograms.get(name)?.record(seconds, labelsOf(name, service, labels));
      },
      watch: (name, read) => watch(service, name, read),
    }),
    text: async () => `${serializer.serialize((await pull.collect()).resourceMetrics).trimEnd()}\n`,
    stop: async () => {
      delay.disable();
      await provider.shutdown();
    },
  };
};
