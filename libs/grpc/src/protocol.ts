import { Metadata, status, type MethodDefinition, type StatusObject } from '@grpc/grpc-js';
import { z } from 'zod';

/** One question: a pattern of `libs/contracts` with its JSON message. Those schemas stay the only ones (ADR 27). */
export const askSchema = z.strictObject({ pattern: z.string().min(1).max(100), message: z.unknown() });
export type Ask = z.infer<typeof askSchema>;

/** Bytes of one message either way: what a document as PDF needs inside an answer, and no attachment (ADR 10). */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? 'null');
const fromJson = (bytes: Buffer): unknown => JSON.parse(bytes.toString('utf8'));
const same = (bytes: Buffer): Buffer => bytes;

const SERVICE = '/toeverlaat.rpc.v1.Rpc';

/** A method that carries JSON. */
type JsonMethod = MethodDefinition<unknown, unknown>;
const method = (name: string, requestStream: boolean, responseStream: boolean): JsonMethod => ({
  path: `${SERVICE}/${name}`,
  requestStream,
  responseStream,
  requestSerialize: toJson,
  requestDeserialize: fromJson,
  responseSerialize: toJson,
  responseDeserialize: fromJson,
});

/** Messages of a stream: JSON first, bytes after it; which one it is, its place tells. */
const streaming = (name: string, requestStream: boolean): MethodDefinition<Buffer, Buffer> => ({
  path: `${SERVICE}/${name}`,
  requestStream,
  responseStream: !requestStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});

/** Metadata key of the W3C header of the step that asks. */
export const TRACEPARENT = 'traceparent';

export const askMethod = method('Ask', false, false);
/** First what `blobPutSchema` describes, then chunks; answers with one JSON message. */
export const putBlobMethod = streaming('PutBlob', true);
/** Asked with what `blobGetSchema` describes; answers with JSON and then, when nothing was refused, chunks. */
export const getBlobMethod = streaming('GetBlob', false);

/** The standard's health service, so that a prober that knows gRPC needs to know nothing of us. */
export const healthMethod: MethodDefinition<Buffer, Buffer> = {
  ...streaming('', false),
  path: '/grpc.health.v1.Health/Check',
  responseStream: false,
};
/** `HealthCheckResponse`, the one field of which is an enumeration: SERVING or NOT_SERVING. */
export const healthAnswer = (serving: boolean): Buffer => Buffer.from([0x08, serving ? 1 : 2]);
export const isServing = (answer: Buffer): boolean => answer.length === 2 && answer[0] === 0x08 && answer[1] === 1;

export const json = { encode: toJson, decode: fromJson };

/** A status without words: what failed may quote what a person wrote. */
export const failure = (code: status): StatusObject => ({ code, details: status[code], metadata: new Metadata() });

/** What became of a call that gave no answer. */
export const codeOf = (error: unknown): status =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : status.UNKNOWN;
