import { status, type sendUnaryData, type ServerReadableStream, type ServerWritableStream } from '@grpc/grpc-js';
import { blobGetSchema, blobPeers, blobPutSchema, invalidInput, type BlobGateway } from '@toeverlaat/contracts';
import { withinCall } from '@toeverlaat/messaging';
import { once } from 'node:events';
import { allowed, callOf, type RefusedCall } from './asking.js';
import { peerOf } from './identity.js';
import { failure, json } from './protocol.js';

type Certified = ServerReadableStream<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

/** Chunks of an attachment, after the message that came first. */
async function* rest(messages: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) yield next.value;
}

const write = async (call: ServerWritableStream<Buffer, Buffer>, bytes: Buffer, signal: AbortSignal): Promise<void> => {
  if (!call.write(bytes)) await once(call, 'drain', { signal });
};

/** The streaming side of attachments (ADR 10): one JSON message, then bytes, in one direction. */
export const serveBlobs = (blobs: BlobGateway, onRefused?: (refused: RefusedCall) => void) => {
  /** Whether the peer may do this at all, and say of the caller what it says. */
  const admits = (call: Certified, way: 'put' | 'get', message: unknown): boolean => {
    const pattern = `case.${way}Attachment`;
    const peer = peerOf(call.getAuthContext().sslPeerCertificate);
    const reason = allowed(peer, pattern, message, (one) => blobPeers[way].includes(one));
    if (reason !== undefined) onRefused?.({ peer, pattern, reason });
    return reason === undefined;
  };

  const put = (call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
    void withinCall(callOf(call), async () => {
      try {
        const messages = call[Symbol.asyncIterator]();
        const first = await messages.next();
        const message: unknown = first.done === true ? undefined : json.decode(first.value);
        if (!admits(call, 'put', message)) {
          answer(failure(status.PERMISSION_DENIED));
          return;
        }
        const asked = blobPutSchema.safeParse(message);
        if (!asked.success) {
          answer(null, json.encode({ ok: false, error: invalidInput(asked.error) }));
          return;
        }
        const { context, ...request } = asked.data;
        answer(null, json.encode(await blobs.put(context, { ...request, content: rest(messages) })));
      } catch {
        answer(failure(status.INTERNAL));
      }
    });
  };

  const get = (call: ServerWritableStream<Buffer, Buffer>): void => {
    const asking = callOf(call);
    const gone = asking.signal ?? new AbortController().signal;
    const fail = (code: status): void => {
      call.emit('error', failure(code));
    };
    void withinCall(asking, async () => {
      try {
        const message = json.decode(call.request);
        if (!admits(call, 'get', message)) {
          fail(status.PERMISSION_DENIED);
          return;
        }
        const asked = blobGetSchema.safeParse(message);
        if (!asked.success) {
          await write(call, json.encode({ ok: false, error: invalidInput(asked.error) }), gone);
          call.end();
          return;
        }
        const { context, ...request } = asked.data;
        const opened = await blobs.get(context, request);
        if (!opened.ok) {
          await write(call, json.encode(opened), gone);
          call.end();
          return;
        }
        const { content, mediaType, fileName } = opened.value;
        await write(call, json.encode({ ok: true, value: { mediaType, fileName } }), gone);
        for await (const chunk of content) await write(call, Buffer.from(chunk), gone);
        call.end();
      } catch {
        // What was sent before was authentic; that it is not whole the reader learns from the status.
        if (!gone.aborted) fail(status.DATA_LOSS);
      }
    });
  };

  return { put, get };
};
