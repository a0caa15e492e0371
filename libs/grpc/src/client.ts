import { experimental, Metadata, status, type CallOptions } from '@grpc/grpc-js';
import {
  createRpcClient,
  serviceNames,
  serviceOfPattern,
  asCopyGateway,
  type BlobGateway,
  type CopyGateway,
  type RpcClient,
  type ServiceName,
} from '@toeverlaat/contracts';
import { CallTimedOut, currentCall, deadlineAfter, RPC_TIMEOUT_MS } from '@toeverlaat/messaging';
import { noTelemetry, type Telemetry } from '@toeverlaat/telemetry';
import { pause } from '@toeverlaat/values';
import { randomInt } from 'node:crypto';
import { createBlobClient } from './blob-client.js';
import { usualCircuit, type CircuitOptions, type CircuitState } from './circuit.js';
import type { Endpoints, Lookup } from './endpoints.js';
import { heldOf, type HeldIdentity } from './held-identity.js';
import type { Identity } from './identity.js';
import { createPool, type Pool, type Replica } from './pool.js';
import { askMethod, codeOf, healthAnswer, healthMethod, isServing, TRACEPARENT } from './protocol.js';
import { isRepeatable, pauseBefore, type RetryOptions } from './retry.js';

/** A question that no replica answered. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** gRPC's name of what happened, such as `UNAVAILABLE`. */
  readonly code: string;
  constructor(pattern: string, code: status) {
    super(pattern);
    this.code = status[code] ?? 'UNKNOWN';
  }
}

export type GrpcClientOptions = {
  readonly identity: Identity | HeldIdentity;
  /** Where each service is; one that is left out cannot be reached. */
  readonly services: Readonly<Partial<Record<ServiceName, Endpoints>>>;
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryOptions>;
  readonly circuit?: CircuitOptions;
  readonly lookup?: Lookup;
  /** Sends along which step asks, and shows which circuits are open. */
  readonly telemetry?: Telemetry;
  /** A replica's circuit changed. */
  readonly onCircuit?: (service: ServiceName, address: string, state: CircuitState) => void;
};

export type GrpcClient = {
  readonly rpc: RpcClient;
  readonly blobs: BlobGateway;
  /** Copies of attachments that were handed over, at the service that receives them. */
  readonly copies: CopyGateway;
  /** Whether some replica of a service says that it serves. */
  readonly serves: (service: ServiceName) => Promise<boolean>;
  /** Ends the connections; what is under way is cancelled. */
  readonly close: () => void;
};

/** A random number from 0 up to 1, for spreading repeats; nothing that has to be secret. */
const spread = (): number => randomInt(2 ** 32) / 2 ** 32;

const usualRetry: RetryOptions = { attempts: 4, pauseMs: 100, random: spread };

const askOnce = (
  { client }: Replica,
  ask: { readonly pattern: string; readonly message: unknown },
  options: CallOptions,
  signal: AbortSignal | undefined,
  traceparent: string | undefined,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const metadata = new Metadata();
    if (traceparent !== undefined) metadata.set(TRACEPARENT, traceparent);
    const call = client.makeUnaryRequest(
      askMethod.path,
      askMethod.requestSerialize,
      askMethod.responseDeserialize,
      ask,
      metadata,
      options,
      (error, value) => {
        signal?.removeEventListener('abort', cancel);
        if (error === null) resolve(value);
        else reject(error);
      },
    );
    function cancel(): void {
      call.cancel();
    }
    signal?.addEventListener('abort', cancel);
  });

/** What a failed question says of the replica that was asked, whose circuit was in this state before. */
const judge = (pool: Pool, replica: Replica, before: CircuitState, code: status): void => {
  const { circuit } = replica;
  switch (code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      circuit.failed(performance.now());
      if (before === 'halfOpen' && code === status.DEADLINE_EXCEEDED) pool.renew(replica);
      return;
    case status.CANCELLED:
      circuit.abandoned();
      return;
    default:
      // It answered, if only to refuse.
      circuit.succeeded();
  }
};

/**
 * Reaches the services over gRPC with mutual TLS: replicas in turn, each with a circuit; what did not arrive is asked again
 * of another, within one deadline that goes along and is shorter at each hop (ADR 27).
 */
export const createGrpcClient = (options: GrpcClientOptions): GrpcClient => {
  const { identity, services, timeoutMs = RPC_TIMEOUT_MS, circuit = usualCircuit, telemetry = noTelemetry } = options;
  const retry: RetryOptions = { ...usualRetry, ...options.retry };
  const { provider } = heldOf(identity);
  const channel = experimental.createCertificateProviderChannelCredentials(provider, provider);
  const pools = new Map<ServiceName, Pool>();
  for (const service of serviceNames) {
    const endpoints = services[service];
    if (endpoints !== undefined) pools.set(service, createPool(service, endpoints, channel, circuit, options.lookup));
  }

  telemetry.meter.watch('toeverlaat_rpc_circuit_open', () =>
    Array.from(pools, ([target, pool]) => ({
      labels: { target },
      value: pool.replicas().some(({ circuit: one }) => one.state(performance.now()) === 'open') ? 1 : 0,
    })),
  );

  const send = async (pattern: string, message: unknown): Promise<unknown> => {
    const service = serviceOfPattern(pattern);
    const pool = service === undefined ? undefined : pools.get(service);
    if (service === undefined || pool === undefined) throw new CallFailed(pattern, status.UNIMPLEMENTED);
    const signal = currentCall()?.signal;
    const deadline = deadlineAfter(timeoutMs);
    const tried = new Set<string>();
    for (let attempt = 1; ; attempt += 1) {
      if (signal?.aborted === true || Date.now() >= deadline) throw new CallTimedOut(pattern);
      let code: status = status.UNAVAILABLE;
      const replica = await pool.pick(tried);
      if (replica !== undefined) {
        tried.add(replica.address);
        const before = replica.circuit.state(performance.now());
        try {
          const answer = await askOnce(replica, { pattern, message }, { deadline }, signal, telemetry.traceparent());
          replica.circuit.succeeded();
          if (before !== 'closed') options.onCircuit?.(service, replica.address, 'closed');
          return answer;
        } catch (error) {
          code = codeOf(error);
          judge(pool, replica, before, code);
          const after = replica.circuit.state(performance.now());
          if (after !== before) options.onCircuit?.(service, replica.address, after);
        }
      }
      if (!isRepeatable(code) || attempt >= retry.attempts) throw new CallFailed(pattern, code);
      await pause(Math.min(pauseBefore(attempt, retry), deadline - Date.now()), signal);
    }
  };

  return {
    rpc: createRpcClient(send),
    blobs: createBlobClient(() => pools.get('case')),
    copies: asCopyGateway(createBlobClient(() => pools.get('referral'))),
    serves: async (service) => {
      const pool = pools.get(service);
      const replica = await pool?.pick(new Set());
      if (pool === undefined || replica === undefined) return false;
      const before = replica.circuit.state(performance.now());
      return new Promise((resolve) => {
        replica.client.makeUnaryRequest(
          healthMethod.path,
          healthMethod.requestSerialize,
          healthMethod.responseDeserialize,
          Buffer.alloc(0),
          new Metadata(),
          { deadline: Date.now() + timeoutMs },
          (error, answer) => {
            if (error === null) replica.circuit.succeeded();
            else judge(pool, replica, before, error.code);
            resolve(isServing(answer ?? healthAnswer(false)));
          },
        );
      });
    },
    close: () => {
      for (const pool of pools.values()) pool.close();
    },
  };
};
