import type { Caller, Verb } from '@toeverlaat/access';
import type { CommandReply, RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { deny, refused, type ServiceRuntime } from '@toeverlaat/service-kit';
import { ok, type Result } from '@toeverlaat/values';
import { admitOwn } from '../application/guard.js';

/** Who may decide about erasures, and how a refusal is answered, for one erasure and for many. */
export const erasureAdmission = (needs: Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'>) => {
  const admitted = async (
    context: RequestContext,
    verb: Verb,
    record: string,
    query: string,
  ): Promise<Result<Caller, Rejection>> => {
    const allowed = await admitOwn(needs, context, verb, 'erasure', record, query);
    return allowed.ok ? ok(allowed.value.caller) : allowed;
  };

  /** A refusal as it is answered: what is not there is a recorded attempt like any other (design rule 7). */
  const answered = async (
    context: RequestContext,
    caller: Caller,
    record: string,
    query: string,
    rejection: Rejection,
  ): Promise<CommandReply> => {
    if (rejection.kind !== 'NotFound') return refused(rejection);
    return refused((await deny(needs, context, caller, { recordClass: 'erasure', record, query })).error);
  };

  return { admitted, answered };
};
