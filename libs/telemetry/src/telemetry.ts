import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  PeriodicExportingMetricReader,
  type AggregationTemporality,
  type InstrumentType,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';
import { createFigures, temporalityOf } from './figures.js';
import { noTelemetry } from './port.js';
import type { ProcessTelemetry, TelemetryOptions } from './process.js';
import { createTracing } from './tracing.js';

class FiguresExporter extends OTLPMetricExporter {
  override selectAggregationTemporality(kind: InstrumentType): AggregationTemporality {
    return temporalityOf(kind);
  }
}

/** How long a process waits for its last figures to be taken when it ends, in milliseconds. */
const END_MS = 2_000;
/** How long sending may take, in milliseconds: a collector that is away must not keep a process from ending. */
const SEND_MS = 5_000;

/**
 * Starts traces and figures. The resource names the process and the version and
 * nothing of the machine: no host name, no address, no command line (SDK detectors would add all three).
 */
export const startTelemetry = (options: TelemetryOptions): ProcessTelemetry => {
  const { metrics, traceRatio, otlpUrl, pushEveryMs } = options.settings;
  const traced = traceRatio > 0 && (options.spanProcessor !== undefined || otlpUrl !== undefined);
  const resource = resourceFromAttributes({ 'service.name': options.process, 'service.version': options.version });
  const urlOf = (signal: 'traces' | 'metrics'): string => `${(otlpUrl ?? '').replace(/\/+$/, '')}/v1/${signal}`;

  const processor = (): SpanProcessor =>
    options.spanProcessor ??
    new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({ url: urlOf('traces'), timeoutMillis: SEND_MS }),
      exportTimeoutMillis: SEND_MS,
    });
  const tracing = traced ? createTracing(traceRatio, resource, [processor()]) : undefined;
  const figures = metrics
    ? createFigures(
        resource,
        otlpUrl === undefined
          ? []
          : [
              new PeriodicExportingMetricReader({
                exporter: new FiguresExporter({ url: urlOf('metrics'), timeoutMillis: SEND_MS }),
                exportIntervalMillis: pushEveryMs,
                exportTimeoutMillis: Math.min(SEND_MS, pushEveryMs),
              }),
            ],
      )
    : undefined;

  let ending: Promise<void> | undefined;
  const ends = async (): Promise<void> => {
    // A collector that does not take the last of it loses figures, never work.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([Promise.allSettled([tracing?.stop(), figures?.stop()]), late]);
    clearTimeout(timer);
  };
  return {
    of: (service) => ({
      ...noTelemetry,
      on: true,
      ...(tracing === undefined ? {} : tracing.of(service)),
      ...(figures === undefined ? {} : { meter: figures.of(service) }),
    }),
    figures: figures?.text,
    flush: async () => {
      await Promise.allSettled([tracing?.flush()]);
    },
    stop: () => (ending ??= ends()),
  };
};
