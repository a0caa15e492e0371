import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ProcessTelemetry } from './process.js';
import { startTelemetry } from './telemetry.js';

/** A span as tests look at it. */
export type RecordedSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly failed: boolean;
};

const recordedOf = (span: ReadableSpan): RecordedSpan => ({
  name: span.name,
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  parentId: span.parentSpanContext?.spanId,
  attributes: span.attributes,
  links: span.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })),
  failed: span.status.code === 2,
});

export type RecordingTelemetry = ProcessTelemetry & {
  /** Spans that have ended, in the order in which they did. */
  readonly spans: () => readonly RecordedSpan[];
  /** Everything that left for a collector, as one text: what a canary is looked for in. */
  readonly everything: () => Promise<string>;
};

/** Telemetry that keeps what it is told in memory, every request traced: for tests. */
export const recordingTelemetry = (process = 'test', traceRatio = 1): RecordingTelemetry => {
  const exporter = new InMemorySpanExporter();
  const telemetry = startTelemetry({
    settings: { metrics: true, traceRatio, pushEveryMs: 30_000 },
    process,
    version: '0.0.0',
    spanProcessor: new SimpleSpanProcessor({ exporter }),
  });
  const spans = (): readonly RecordedSpan[] => exporter.getFinishedSpans().map(recordedOf);
  return {
    ...telemetry,
    spans,
    everything: async () =>
      JSON.stringify(
        exporter.getFinishedSpans().map((span) => ({
          ...recordedOf(span),
          status: span.status,
          events: span.events,
          resource: span.resource.attributes,
        })),
      ) + ((await telemetry.figures?.()) ?? ''),
  };
};
