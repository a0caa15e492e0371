import { cachedAuthority, type AuthoritySource } from '@toeverlaat/access';
import { capacitiesOfQuery, type RpcClient, type ServiceName } from '@toeverlaat/contracts';
import type { EventLog } from '@toeverlaat/event-log';
import { serviceCaller } from '@toeverlaat/service-kit';
import { err, ok, randomId, type OrganisationId } from '@toeverlaat/values';

/** Authority as the directory has it, asked over RPC like by any other process. */
export const directoryAuthority = (rpc: RpcClient, service: ServiceName): AuthoritySource => ({
  capacitiesOf: async (home: OrganisationId, person) => {
    const id = randomId();
    const reply = await rpc.query(
      capacitiesOfQuery,
      {
        requestId: id,
        correlationId: id,
        caller: serviceCaller(service, home),
        purpose: 'operate',
        language: 'nl',
      },
      { home, person },
    );
    if (reply.ok) return ok(reply.value);
    return err({ kind: 'AuthorityUnavailable', detail: reply.rejection.kind });
  },
});

export type WatchedAuthority = {
  readonly authority: AuthoritySource;
  /** Forgets everything; called when the directory changed. */
  readonly forget: () => void;
};

/**
 * A cache of authority that ends with the next change in the directory. Other processes can only let it grow old, two
 * seconds at the most; in one process we see the change.
 */
export const watchedAuthority = (source: AuthoritySource): WatchedAuthority => {
  let current = cachedAuthority(source);
  return {
    authority: { capacitiesOf: (home, person, at) => current.capacitiesOf(home, person, at) },
    forget: () => {
      current = cachedAuthority(source);
    },
  };
};

const DIRECTORY = /^directory\.(?!access-)/;

/** The log, telling when something of the directory was appended. */
export const watchDirectory = (log: EventLog, changed: () => void): EventLog => ({
  ...log,
  append: async (request) => {
    const answer = await log.append(request);
    if (answer.ok && DIRECTORY.test(request.stream)) changed();
    return answer;
  },
});
