import type { Rejection } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import type { ErasureOwner } from '@toeverlaat/service-kit';
import { err, localDateOf, ok, type Clock } from '@toeverlaat/values';

const NOT_FOUND: Rejection = { kind: 'NotFound' };

/**
 * What records may destroy: the mapping from the pseudonyms of a year to people, once the year is over. The access history of that year
 * stays, about nobody (ADR 4). Other keys of this class, such as the one of sign-in, are no year's.
 */
export const createYearOwner = ({
  sealing,
  clock,
}: {
  readonly sealing: Pick<SealingService, 'recipients' | 'isDestroyed'>;
  readonly clock: Clock;
}): ErasureOwner => ({
  check: async (organisation, { keyClass, recordId, participantId }) => {
    if (keyClass !== 'actors' || participantId !== undefined || !/^\d{4}$/u.test(recordId)) return err(NOT_FOUND);
    const subject = `actors/${recordId}`;
    // Destroyed before: somebody finishes what was begun.
    if (await sealing.isDestroyed(organisation, subject)) return ok(undefined);
    if ((await sealing.recipients(organisation, subject)).length === 0) return err(NOT_FOUND);
    return recordId < localDateOf(clock.now()).slice(0, 4)
      ? ok(undefined)
      : err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });
  },
});
