import type { Rejection } from '@toeverlaat/event-log';
import { mayErase, type ErasureOwner } from '@toeverlaat/service-kit';
import { err, ok, type Result } from '@toeverlaat/values';
import type { Core } from './core.js';

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const stillOpen: Result<never, Rejection> = err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });

/**
 * What the directory may destroy: the entry of somebody who left, and is counsellor nowhere any more. What stands of a designation or a
 * mandate is a record of its own: that it was held, by an id, is not ended with the name.
 */
export const createErasureOwner = (core: Core): ErasureOwner => ({
  check: async (organisation, { keyClass, recordId, participantId }) => {
    if (keyClass !== 'person' || participantId !== undefined) return err(NOT_FOUND);
    const today = core.today();
    return mayErase(await core.runners.person.load(organisation, recordId), ({ leftOn }) => {
      if (leftOn === undefined || leftOn > today) return stillOpen;
      const designated = core.across<{ designation: string }>(
        'designations',
        "SELECT designation FROM designations WHERE home = ? AND person = ? AND status <> 'ended' LIMIT 1",
        [organisation, recordId],
      );
      return designated.length > 0 ? stillOpen : ok(undefined);
    });
  },
});
