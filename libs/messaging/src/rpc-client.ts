import type { ClientProxy } from '@nestjs/microservices';
import { createRpcClient, type RpcClient } from '@toeverlaat/contracts';
import { firstValueFrom, timeout } from 'rxjs';

/** Milliseconds a service has to answer; the caller then gets a typed, retryable refusal. */
export const RPC_TIMEOUT_MS = 10_000;

/** The RPC client of the contracts over any Nest transport. */
export const rpcOver = (client: ClientProxy, timeoutMs = RPC_TIMEOUT_MS): RpcClient =>
  createRpcClient((pattern, message) =>
    firstValueFrom(client.send<unknown>(pattern, message).pipe(timeout(timeoutMs))),
  );
