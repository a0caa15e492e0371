import type { Attributes, Outcome } from './clear-values.js';
import type { CounterName, GaugeName, HistogramName, LabelsOf } from './metrics.js';
import type { Caused } from './trace-ids.js';

/** The steps of the work that have a span of their own. */
export const SPAN_NAMES = [
  'gateway.request',
  'rpc.client',
  'rpc.server',
  'log.append',
  'relay.publish',
  'reaction',
  'timers',
] as const;
export type SpanName = (typeof SPAN_NAMES)[number];

export type SpanSpec = {
  readonly name: SpanName;
  readonly attributes?: Attributes;
  /** Begins here, in the trace of this correlation id, whatever runs around it: the first step of a flow, or the first after the log. */
  readonly beginsFor?: string;
  /** Writes these events: what comes after the log finds its way back here. Never for access records. */
  readonly writes?: readonly string[];
  /** Comes after these events without being a part of what wrote them: linked, for nobody waits across the log. */
  readonly follows?: readonly Caused[];
};

export type OpenSpan = {
  readonly set: (attributes: Attributes) => void;
  /** How it ended; without it `ok`, or `failed` with the error's name when the work threw. */
  readonly end: (outcome: Outcome) => void;
};

export type Reading<N extends GaugeName> = { readonly labels: LabelsOf<N>; readonly value: number };

/** Figures, by the names of the catalogue (`metrics.ts`); values and labels hold clear things only. */
export type Meter = {
  readonly count: <N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number) => void;
  /** A duration in seconds. */
  readonly time: <N extends HistogramName>(name: N, labels: LabelsOf<N>, seconds: number) => void;
  /** Is asked each time somebody reads the figures; one that throws is left out of that reading. Gives back how to end it. */
  readonly watch: <N extends GaugeName>(
    name: N,
    read: () => readonly Reading<N>[] | Promise<readonly Reading<N>[]>,
  ) => () => void;
};

/**
 * What the product tells an operator beside its log: traces and figures. Services get it through their runtime and know no
 * more than this of whoever collects it.
 */
export type Telemetry = {
  /** False when nothing is recorded: whoever would have to prepare something for it may leave that out. */
  readonly on: boolean;
  /** Runs the work as one step; what it starts inside becomes part of it. A rejection passes through. */
  readonly span: <T>(spec: SpanSpec, work: (span: OpenSpan) => Promise<T>) => Promise<T>;
  /** W3C header that makes the other side of an RPC part of this step; undefined when there is nothing to be part of. */
  readonly traceparent: () => string | undefined;
  /** Runs the work as part of the step that sent this header. A header of another form counts as none. */
  readonly continuing: <T>(traceparent: string | undefined, work: () => T) => T;
  /** W3C header of the step that wrote an event, for a message about it; undefined when nothing is recorded. */
  readonly traceparentOf: (event: Caused) => string | undefined;
  readonly meter: Meter;
};

const nothing = (): void => undefined;
const unseen: OpenSpan = { set: nothing, end: nothing };

/** Records nothing and costs a call. */
export const noTelemetry: Telemetry = {
  on: false,
  span: (_spec, work) => work(unseen),
  traceparent: () => undefined,
  continuing: (_traceparent, work) => work(),
  traceparentOf: () => undefined,
  meter: { count: nothing, time: nothing, watch: () => nothing },
};
