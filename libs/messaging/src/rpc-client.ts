import type { ClientProxy } from '@nestjs/microservices';
import { createRpcClient, type RpcClient } from '@toeverlaat/contracts';
import { firstValueFrom, timeout } from 'rxjs';
import { currentCall, deadlineAfter, withinCall } from './call.js';

/** Milliseconds a service has to answer; the caller then gets a typed, retryable refusal. */
export const RPC_TIMEOUT_MS = 10_000;

/** No answer came in time, or none can any more. */
export class CallTimedOut extends Error {
  override readonly name = 'CallTimedOut';
}

/** The RPC client of the contracts over any Nest transport. What is asked while a call is answered ends with that call. */
export const rpcOver = (client: ClientProxy, timeoutMs = RPC_TIMEOUT_MS): RpcClient =>
  createRpcClient((pattern, message) => {
    const deadline = deadlineAfter(timeoutMs);
    const leftMs = deadline - Date.now();
    if (leftMs <= 0 || currentCall()?.signal?.aborted === true) return Promise.reject(new CallTimedOut(pattern));
    return withinCall({ ...currentCall(), deadline }, () =>
      firstValueFrom(client.send<unknown>(pattern, message).pipe(timeout(leftMs))),
    );
  });
