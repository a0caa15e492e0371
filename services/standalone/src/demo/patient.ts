import type { RpcClient } from '@toeverlaat/contracts';
import { pause } from '@toeverlaat/values';

/** How often a step is asked for before its refusal stands; with the pauses between, some 25 seconds. */
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 200;

type Answer = { readonly ok: true } | { readonly ok: false; readonly rejection: { readonly kind: string } };

/**
 * A client that asks again while it is told to try later: a server that is busy with its first start is no reason to end
 * a demonstration that is half played. A command keeps its id, so what was done before is not done twice (design rule 8).
 */
export const patient = (rpc: RpcClient): RpcClient => {
  const again = async <T extends Answer>(ask: () => Promise<T>): Promise<T> => {
    let answer = await ask();
    for (let n = 0; n + 1 < ATTEMPTS && !answer.ok && answer.rejection.kind === 'Unavailable'; n += 1) {
      await pause(FIRST_PAUSE_MS * 2 ** n);
      answer = await ask();
    }
    return answer;
  };
  return {
    command: (def, context, request) => again(() => rpc.command(def, context, request)),
    query: (def, context, input) => again(() => rpc.query(def, context, input)),
  };
};
