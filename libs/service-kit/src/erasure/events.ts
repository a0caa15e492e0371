import { erasureReasonSchema, subjectIdSchema } from '@toeverlaat/contracts';
import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';

/*
 * Storage format. What a service does when something is erased stands in a stream of its own and not in the record's: that
 * one cannot be folded once its key is gone. Every field is clear: pseudonymous ids, key ids, times (design rule 6).
 */

const subject = () => clear(subjectIdSchema);

/** The event types of a service's part in erasures. */
export const erasurePartEventTypes = (service: string) =>
  [
    // First, so that a crash after it is found and finished; views drop their rows when they see it.
    eventType(service, 'ErasureBegun', 1, { subject: subject(), reason: clear(erasureReasonSchema) }),
    eventType(service, 'KeyDestroyed', 1, {
      subject: subject(),
      keyIds: clear(z.array(z.uuid()).max(5000)),
      /** As the ledger of the vault has it. */
      destroyedAt: clear(z.string().regex(INSTANT)),
    }),
    eventType(service, 'DerivedDataDropped', 1, { subject: subject() }),
  ] as const;
export type ErasurePartEventTypes = ReturnType<typeof erasurePartEventTypes>;
export type ErasurePartEvent = EventOf<ErasurePartEventTypes>;
