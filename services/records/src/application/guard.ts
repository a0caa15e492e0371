import type { RecordClass, Verb } from '@toeverlaat/access';
import type { RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { admit, freshCaller, type Admitted, type ServiceRuntime } from '@toeverlaat/service-kit';
import type { Result } from '@toeverlaat/values';

/**
 * Lets through who may do this in their own organisation, with fresh authority; anybody else is a recorded attempt. What this
 * service keeps is its organisation's, so there is no other relation to it.
 */
export const admitOwn = async (
  runtime: Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'>,
  context: RequestContext,
  verb: Verb,
  recordClass: RecordClass,
  record: string,
  query: string,
): Promise<Result<Admitted, Rejection>> => {
  const fresh = await freshCaller(runtime, context, { recordClass, record, query });
  if (!fresh.ok) return fresh;
  return admit(runtime, context, fresh.value, { verb, recordClass, record, query, relations: ['same_organisation'] });
};
