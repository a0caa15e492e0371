import type { Verb } from '@toeverlaat/access';
import type { RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { deny, release, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, type OrganisationId, type Result } from '@toeverlaat/values';
import { ViewNotReady } from '@toeverlaat/views';
import { admitOwn } from '../application/guard.js';

/** A list is always there. */
export const ofCaller = (organisation: OrganisationId): Promise<OrganisationId> => Promise.resolve(organisation);

/** Reads of what stands of erasures, by those who oversee them: admitted, recorded, and a miss is an attempt. */
export const guardedErasures =
  (needs: Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'>) =>
  async <T, F>(
    context: RequestContext,
    verb: Verb,
    record: string,
    query: string,
    find: (organisation: OrganisationId) => Promise<F | undefined>,
    read: (found: F) => Promise<Result<T, Rejection>>,
  ): Promise<Result<T, Rejection>> => {
    const allowed = await admitOwn(needs, context, verb, 'erasure', record, query);
    if (!allowed.ok) return allowed;
    const { caller } = allowed.value;
    const { organisation } = caller;
    // What is not there is an attempt, and no reading (design rule 7).
    const found = await find(organisation);
    if (found === undefined) return deny(needs, context, caller, { recordClass: 'erasure', record, query });
    return release(
      needs,
      context,
      caller,
      {
        recordClass: 'erasure',
        organisation,
        records: [record],
        fields: ['subject', 'rule', 'status', 'requestedBy', 'approvedBy'],
        query,
        outcome: verb === 'list' ? 'listed' : 'opened',
      },
      async () => {
        try {
          return await read(found);
        } catch (error) {
          if (error instanceof ViewNotReady) return err({ kind: 'Unavailable', detail: 'register is being built' });
          throw error;
        }
      },
    );
  };
