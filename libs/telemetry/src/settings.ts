import { z } from 'zod';

/** What is recorded and where it goes. */
export type TelemetrySettings = {
  /** Figures are kept. */
  readonly metrics: boolean;
  /** Part of the requests that are traced, 0 to 1; all steps of a traced one are. */
  readonly traceRatio: number;
  /** Where traces and figures are sent, by OTLP over HTTP. */
  readonly otlpUrl?: string | undefined;
  /** Milliseconds between two dispatches of figures. */
  readonly pushEveryMs: number;
};

/**
 * What an installation sets of it, the same in every process. Off by default: nothing is recorded, nothing is sent, nobody
 * is told.
 */
export const operationsSettings = {
  /** Where the operator's port listens, 127.0.0.1 when left out: health by part and figures, for the operator's network alone. */
  operationsHost: z.string().min(1).optional(),
  /** 0 takes a free port; without it there is none. */
  operationsPort: z.coerce.number().int().min(0).max(65_535).optional(),
  /** Part of the requests that are traced, 0 to 1. Traces go to `otlpUrl`; without it there are none. 0 when left out. */
  traceRatio: z.coerce.number().min(0).max(1).optional(),
  /** Base address of a collector that takes OTLP over HTTP, such as `http://otel-collector:4318`: traces and figures go there. */
  otlpUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).username === '' && new URL(url).search === '', 'no credentials and no query')
    .optional(),
} as const;
export type OperationsSettings = {
  readonly operationsHost?: string | undefined;
  readonly operationsPort?: number | undefined;
  readonly traceRatio?: number | undefined;
  readonly otlpUrl?: string | undefined;
};

/** Milliseconds between two dispatches of figures to a collector. */
const PUSH_EVERY_MS = 30_000;

/** Figures are kept as soon as there is a port to read them at or a collector to send them to. */
export const telemetrySettings = ({
  operationsPort,
  traceRatio = 0,
  otlpUrl,
}: OperationsSettings): TelemetrySettings => ({
  metrics: operationsPort !== undefined || otlpUrl !== undefined,
  traceRatio,
  otlpUrl,
  pushEveryMs: PUSH_EVERY_MS,
});
