import { sha256Hex } from '@toeverlaat/values';

/** What ties an event to what caused it, as its envelope has it. */
export type Caused = { readonly correlationId: string; readonly eventId: string };

/**
 * Trace of everything that one request caused. It follows from the correlation id of the envelope, so that no trace context
 * is stored with an event (the envelope is storage format) and any process can tell which trace an event belongs to,
 * years later too. A hash, because ids of access records are made from a request's id (`libs/access`): whoever holds traces
 * must not be able to make them again.
 */
export const traceIdOf = (correlationId: string): string => sha256Hex(`trace/${correlationId}`).slice(0, 32);

/** The span that wrote an event. */
export const spanIdOf = (eventId: string): string => sha256Hex(`span/${eventId}`).slice(0, 16);

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-0([01])$/;
export type TraceContext = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

/** A W3C `traceparent` of version 00; undefined for anything else, which is then no trace at all. */
export const parseTraceparent = (header: string | undefined): TraceContext | undefined => {
  const match = header === undefined ? null : TRACEPARENT.exec(header);
  const [, traceId, spanId, sampled] = match ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(spanId) ? undefined : { traceId, spanId, sampled: sampled === '1' };
};

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-0${sampled ? '1' : '0'}`;
