import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  ParentBasedSampler,
  RandomIdGenerator,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type IdGenerator,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { AsyncLocalStorage } from 'node:async_hooks';
import { clearAttributes, type Attributes, type Outcome } from './clear-values.js';
import type { OpenSpan, SpanSpec, Telemetry } from './port.js';
import { formatTraceparent, parseTraceparent, spanIdOf, traceIdOf, type Caused } from './trace-ids.js';

/** Outcomes that are the machine's fault, as against a refusal that the business expects. */
const FAULTS: ReadonlySet<Outcome> = new Set(['failed', 'Unavailable', 'parked']);

/** Gives the ids that were laid ready for the span that is made next, and otherwise random ones. */
const createIds = () => {
  const random = new RandomIdGenerator();
  let ready: { readonly traceId?: string; readonly spanId?: string } = {};
  const ids: IdGenerator = {
    generateTraceId: () => ready.traceId ?? random.generateTraceId(),
    generateSpanId: () => ready.spanId ?? random.generateSpanId(),
  };
  /** A span is made synchronously, so nobody else can take the ids meanwhile. */
  const using = <T>(given: typeof ready, make: () => T): T => {
    ready = given;
    try {
      return make();
    } finally {
      ready = {};
    }
  };
  return { ids, using };
};

const attributesOf = (service: string, attributes: Attributes | undefined) =>
  clearAttributes({ ...attributes, service });

export type Tracing = {
  readonly of: (service: string) => Pick<Telemetry, 'span' | 'traceparent' | 'continuing' | 'traceparentOf'>;
  readonly flush: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Traces over OpenTelemetry's SDK, without its global state: two products in one process (or two tests) do not meet. What
 * is current is kept here, so that nothing foreign that is loaded adds spans of its own with attributes we did not choose.
 */
export const createTracing = (ratio: number, resource: Resource, processors: SpanProcessor[]): Tracing => {
  const { ids, using } = createIds();
  const sampler = new TraceIdRatioBasedSampler(ratio);
  const provider = new TracerProvider({
    resource,
    idGenerator: ids,
    sampler: new ParentBasedSampler({ root: sampler }),
    spanProcessors: processors,
    spanLimits: { attributeValueLengthLimit: 120, attributeCountLimit: 16, linkCountLimit: 128, eventCountLimit: 0 },
  });
  const tracer = provider.getTracer('toeverlaat');
  const active = new AsyncLocalStorage<Context>();
  const sampledTrace = (traceId: string): boolean =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;

  const contextOf = ({ correlationId, eventId }: Caused): SpanContext => {
    const traceId = traceIdOf(correlationId);
    const traceFlags = sampledTrace(traceId) ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return { traceId, spanId: spanIdOf(eventId), traceFlags, isRemote: true };
  };

  const begin = (service: string, spec: SpanSpec): { readonly span: Span; readonly context: Context } => {
    const [first, ...others] = spec.writes ?? [];
    const around = spec.beginsFor === undefined ? (active.getStore() ?? ROOT_CONTEXT) : ROOT_CONTEXT;
    const links = (spec.follows ?? []).map((event): Link => ({ context: contextOf(event) }));
    const span = using(
      {
        ...(spec.beginsFor === undefined ? {} : { traceId: traceIdOf(spec.beginsFor) }),
        ...(first === undefined ? {} : { spanId: spanIdOf(first) }),
      },
      () => tracer.startSpan(spec.name, { attributes: attributesOf(service, spec.attributes), links }, around),
    );
    const context = trace.setSpan(around, span);
    // Each event is found by an id of its own: the further ones of an append are steps of no length within it.
    if (span.isRecording())
      for (const event of others)
        using({ spanId: spanIdOf(event) }, () =>
          tracer.startSpan(spec.name, { attributes: attributesOf(service, {}) }, context),
        ).end();
    return { span, context };
  };

  const of = (service: string): ReturnType<Tracing['of']> => ({
    span: async (spec, work) => {
      const { span, context } = begin(service, spec);
      let outcome: Outcome | undefined;
      const open: OpenSpan = {
        set: (attributes) => {
          span.setAttributes(clearAttributes(attributes));
        },
        end: (given) => {
          outcome = given;
        },
      };
      try {
        const done = await active.run(context, () => work(open));
        outcome ??= 'ok';
        return done;
      } catch (error) {
        outcome ??= 'failed';
        // Its name at the most: a message may quote what a person wrote.
        span.setAttributes(clearAttributes({ error: error instanceof Error ? error.name : 'Unknown' }));
        throw error;
      } finally {
        span.setAttributes(clearAttributes({ outcome }));
        if (outcome !== undefined && FAULTS.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      }
    },
    traceparent: () => {
      const store = active.getStore();
      const context = store === undefined ? undefined : trace.getSpanContext(store);
      return context === undefined
        ? undefined
        : formatTraceparent({ ...context, sampled: (context.traceFlags & TraceFlags.SAMPLED) !== 0 });
    },
    continuing: (traceparent, work) => {
      const sent = parseTraceparent(traceparent);
      if (sent === undefined) return active.run(ROOT_CONTEXT, work);
      const { traceId, spanId, sampled } = sent;
      const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
      return active.run(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true }), work);
    },
    traceparentOf: (event) => {
      const { traceId, spanId, traceFlags } = contextOf(event);
      return formatTraceparent({ traceId, spanId, sampled: traceFlags === TraceFlags.SAMPLED });
    },
  });

  return { of, flush: () => provider.forceFlush(), stop: () => provider.shutdown() };
};
