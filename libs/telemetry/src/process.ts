import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { noTelemetry, type Telemetry } from './port.js';
import type { TelemetrySettings } from './settings.js';

/** The telemetry of one process: a port for each service in it, figures to read, and an end. */
export type ProcessTelemetry = {
  readonly of: (service: string) => Telemetry;
  /** Figures in Prometheus' text form; undefined when none are kept. */
  readonly figures: (() => Promise<string>) | undefined;
  /** Sends what is held back. */
  readonly flush: () => Promise<void>;
  /** Sends what is held back and ends; safe to call twice. */
  readonly stop: () => Promise<void>;
};

export type TelemetryOptions = {
  readonly settings: TelemetrySettings;
  /** Name of the process, as the viewer groups by: `case`, `gateway`, `standalone`. */
  readonly process: string;
  readonly version: string;
  /** Where spans go instead of to a collector: for tests. */
  readonly spanProcessor?: SpanProcessor;
};

const silentProcess: ProcessTelemetry = {
  of: () => noTelemetry,
  figures: undefined,
  flush: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/**
 * Starts what the settings ask for; with the defaults that is nothing, and then the SDK is not even loaded.
 */
export const createTelemetry = async (options: TelemetryOptions): Promise<ProcessTelemetry> => {
  const { metrics, traceRatio, otlpUrl } = options.settings;
  const traced = traceRatio > 0 && (options.spanProcessor !== undefined || otlpUrl !== undefined);
  if (!metrics && !traced) return silentProcess;
  const { startTelemetry } = await import('./telemetry.js');
  return startTelemetry(options);
};
