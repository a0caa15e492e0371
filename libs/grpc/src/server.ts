import { experimental, Server as Http2Server, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { Server } from '@nestjs/microservices';
import type { BlobGateway } from '@toeverlaat/contracts';
import { withinCall } from '@toeverlaat/messaging';
import { noTelemetry, type Telemetry } from '@toeverlaat/telemetry';
import { isObservable, lastValueFrom } from 'rxjs';
import { allowed, callOf, type RefusedCall } from './asking.js';
import { serveBlobs } from './blob-server.js';
import { heldOf, type HeldIdentity } from './held-identity.js';
import { peerOf, type Identity } from './identity.js';
import {
  askMethod,
  askSchema,
  failure,
  getBlobMethod,
  healthAnswer,
  healthMethod,
  MAX_MESSAGE_BYTES,
  putBlobMethod,
  TRACEPARENT,
} from './protocol.js';

export type GrpcServerOptions = {
  readonly host: string;
  /** 0 takes a free one; `port` tells which. */
  readonly port: number;
  /** A held one may be exchanged: connections that are made from then on see the new one. */
  readonly identity: Identity | HeldIdentity;
  /** Of a service that keeps attachments. */
  readonly blobs?: BlobGateway;
  /** Milliseconds that questions under way may take to end once it closes; then they are cut off. */
  readonly drainMs?: number;
  /** What is answered becomes part of the step that asked. */
  readonly telemetry?: Telemetry;
  readonly onRefused?: (refused: RefusedCall) => void;
  /** A handler threw: a fault of ours. */
  readonly onFault?: (error: unknown, pattern: string) => void;
};

/** The address is taken or cannot be listened on. */
export class CannotServe extends Error {
  override readonly name = 'CannotServe';
}

const DRAIN_MS = 10_000;

/**
 * Nest's server side over gRPC with mutual TLS: the transport of the distributed deployment. Who calls is proven by the
 * certificate; what they may call, and who they may say they are, is data (`libs/contracts/src/peers.ts`).
 */
export class GrpcServer extends Server implements CustomTransportStrategy {
  private readonly server = new Http2Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  private serving = false;
  private closing: Promise<void> | undefined;
  /** Where it listens, once it does. */
  port = 0;

  constructor(private readonly options: GrpcServerOptions) {
    super();
  }

  listen(callback: (...optionalParams: unknown[]) => unknown): void {
    const { host, port, identity, blobs, onRefused } = this.options;
    this.server.addService({ ask: askMethod }, { ask: this.ask });
    if (blobs !== undefined)
      this.server.addService({ put: putBlobMethod, get: getBlobMethod }, serveBlobs(blobs, onRefused));
    this.server.addService(
      { check: healthMethod },
      {
        check: (_call: unknown, answer: sendUnaryData<Buffer>) => {
          answer(null, healthAnswer(this.serving));
        },
      },
    );
    const { provider } = heldOf(identity);
    const credentials = experimental.createCertificateProviderServerCredentials(provider, provider, true);
    this.server.bindAsync(`${host}:${port}`, credentials, (error, bound) => {
      if (error !== null) {
        callback(new CannotServe(`cannot serve on ${host}:${port}`, { cause: error }));
        return;
      }
      this.port = bound;
      this.serving = true;
      callback();
    });
  }

  /** Takes no new question, lets those under way end within a bound. Safe to call twice. */
  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      this.serving = false;
      const late = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, this.options.drainMs ?? DRAIN_MS);
      this.server.tryShutdown(() => {
        clearTimeout(late);
        resolve();
      });
    });
    return this.closing;
  }

  on(): void {
    // Connections come and go by themselves; what matters of them the health service says.
  }

  unwrap<T>(): T {
    throw new Error('the gRPC server is this strategy’s own');
  }

  private readonly ask = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): void => {
    const asked = askSchema.safeParse(call.request);
    if (!asked.success) {
      answer(failure(status.INVALID_ARGUMENT));
      return;
    }
    const { pattern, message } = asked.data;
    const peer = peerOf(call.getAuthContext().sslPeerCertificate);
    const refused = allowed(peer, pattern, message);
    if (refused !== undefined) {
      this.options.onRefused?.({ peer, pattern, reason: refused });
      answer(failure(status.PERMISSION_DENIED));
      return;
    }
    const handler = this.messageHandlers.get(pattern);
    if (handler === undefined) {
      this.options.onRefused?.({ peer, pattern, reason: 'no such pattern' });
      answer(failure(status.UNIMPLEMENTED));
      return;
    }
    const [traceparent] = call.metadata.get(TRACEPARENT);
    const { telemetry = noTelemetry } = this.options;
    void withinCall(callOf(call), async () => {
      try {
        const given: unknown = await telemetry.continuing(
          typeof traceparent === 'string' ? traceparent : undefined,
          () => handler(message),
        );
        const value: unknown = isObservable(given) ? await lastValueFrom(given) : given;
        answer(null, value);
      } catch (error) {
        this.options.onFault?.(error, pattern);
        answer(failure(status.INTERNAL));
      }
    });
  };
}
