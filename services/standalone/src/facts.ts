import type { CountedFact as CaseFact, FactSink } from '@toeverlaat/case';
import { MAX_FACTS, recordFactsCommand, type RpcClient } from '@toeverlaat/contracts';
import { serviceCaller } from '@toeverlaat/service-kit';
import { err, ok, uuidV5 } from '@toeverlaat/values';

/**
 * Where the facts of cases go: to reporting, in the order of chance they come in. A batch that comes again has the same
 * command ids, and reporting knows each fact by its own: nothing is counted twice.
 */
export const factSink =
  (rpc: RpcClient): FactSink =>
  async (organisation, facts) => {
    for (let at = 0; at < facts.length; at += MAX_FACTS) {
      const batch: readonly CaseFact[] = facts.slice(at, at + MAX_FACTS);
      const id = uuidV5('facts', organisation, ...batch.map(({ factId }) => factId));
      const reply = await rpc.command(
        recordFactsCommand,
        {
          requestId: id,
          correlationId: id,
          caller: serviceCaller('case', organisation),
          purpose: 'timer',
          language: 'nl',
        },
        { commandId: id, data: { facts: [...batch] } },
      );
      if (!reply.ok) return err(reply.rejection);
    }
    return ok(undefined);
  };
