import { Metadata, type ClientReadableStream } from '@grpc/grpc-js';
import { attachmentMediaTypes, rejectionSchema, type BlobGateway, type OpenedBlob } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { currentCall, deadlineAfter } from '@toeverlaat/messaging';
import { err, ok, type Result } from '@toeverlaat/values';
import { once } from 'node:events';
import { z } from 'zod';
import type { Pool } from './pool.js';
import { getBlobMethod, json, putBlobMethod } from './protocol.js';

/** Milliseconds an attachment may take either way. */
export const BLOB_TIMEOUT_MS = 60_000;
const CHUNK = 256 * 1024;

const refused = z.strictObject({ ok: z.literal(false), error: rejectionSchema });
const putAnswer = z.union([
  z.strictObject({ ok: z.literal(true), value: z.strictObject({ blob: z.string(), size: z.number().int() }) }),
  refused,
]);
const getAnswer = z.union([
  z.strictObject({
    ok: z.literal(true),
    value: z.strictObject({ mediaType: z.enum(attachmentMediaTypes), fileName: z.string() }),
  }),
  refused,
]);

const unavailable = (pattern: string): { readonly ok: false; readonly error: Rejection } =>
  err({ kind: 'Unavailable', detail: `${pattern}: unreachable` });

const callOptions = () => ({ deadline: deadlineAfter(BLOB_TIMEOUT_MS) });

/** The rest of a download; who stops reading ends the call. */
async function* chunksOf(
  call: ClientReadableStream<Buffer>,
  messages: AsyncIterator<Buffer>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) yield next.value;
  } finally {
    call.cancel();
  }
}

/**
 * Attachments over gRPC. A question is not asked twice: the bytes of an upload are gone once sent, and the client repeats
 * it under the same command id.
 */
export const createBlobClient = (poolOf: () => Pool | undefined): BlobGateway => ({
  put: async (context, { content, ...request }) => {
    const replica = await poolOf()?.pick(new Set());
    if (replica === undefined) return unavailable('case.putAttachment');
    const ended = new AbortController();
    let call: ReturnType<typeof replica.client.makeClientStreamRequest<Buffer, Buffer>> | undefined;
    const answered = new Promise<Buffer | undefined>((resolve) => {
      call = replica.client.makeClientStreamRequest(
        putBlobMethod.path,
        putBlobMethod.requestSerialize,
        putBlobMethod.responseDeserialize,
        new Metadata(),
        callOptions(),
        (error, value) => {
          if (error === null) replica.circuit.succeeded();
          else replica.circuit.failed(performance.now());
          ended.abort();
          resolve(error === null ? value : undefined);
        },
      );
    });
    if (call === undefined) return unavailable('case.putAttachment');
    const stream = call;
    stream.on('error', () => undefined);
    const gone = currentCall()?.signal;
    const cancel = (): void => {
      stream.cancel();
    };
    gone?.addEventListener('abort', cancel);
    try {
      const send = async (bytes: Buffer): Promise<void> => {
        if (!stream.write(bytes)) await once(stream, 'drain', { signal: ended.signal });
      };
      await send(json.encode({ context, ...request }));
      // A refusal comes before the last byte: no more of it is read then.
      for await (const bytes of content) {
        if (ended.signal.aborted) break;
        for (let at = 0; at < bytes.length; at += CHUNK) await send(Buffer.from(bytes.subarray(at, at + CHUNK)));
      }
      stream.end();
    } catch {
      // The source broke off, or the call has ended; a half upload must not look whole.
      if (!ended.signal.aborted) stream.cancel();
    }
    const answer = await answered;
    gone?.removeEventListener('abort', cancel);
    const parsed = answer === undefined ? undefined : putAnswer.safeParse(json.decode(answer));
    return parsed?.success === true ? parsed.data : unavailable('case.putAttachment');
  },
  get: async (context, request): Promise<Result<OpenedBlob, Rejection>> => {
    const replica = await poolOf()?.pick(new Set());
    if (replica === undefined) return unavailable('case.getAttachment');
    const call = replica.client.makeServerStreamRequest(
      getBlobMethod.path,
      getBlobMethod.requestSerialize,
      getBlobMethod.responseDeserialize,
      json.encode({ context, ...request }),
      new Metadata(),
      callOptions(),
    );
    const messages: AsyncIterator<Buffer> = call[Symbol.asyncIterator]();
    try {
      const first = await messages.next();
      const parsed = first.done === true ? undefined : getAnswer.safeParse(json.decode(first.value));
      replica.circuit.succeeded();
      if (parsed?.success !== true) return unavailable('case.getAttachment');
      if (!parsed.data.ok) return parsed.data;
      return ok({ ...parsed.data.value, content: chunksOf(call, messages) });
    } catch {
      replica.circuit.failed(performance.now());
      return unavailable('case.getAttachment');
    }
  },
});
