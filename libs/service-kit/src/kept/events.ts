import { keptUntilCauses } from '@toeverlaat/contracts';
import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { retentionRuleIds, retentionTermsSchema } from '@toeverlaat/legal';
import { INSTANT, LOCAL_DATE, LOCAL_ID, VERSION } from '@toeverlaat/values';
import { z } from 'zod';

/*
 * Storage format. What a service was told of how long it keeps a record stands in a stream of its own and not in the record's:
 * that one cannot be folded once its key is gone, and nothing of this is decided by the record. Every field is clear: class,
 * state, dates (design rule 6).
 */

const date = z.string().regex(LOCAL_DATE);

/** The event types of what a service tells of keeping. */
export const keptNoticeEventTypes = (service: string) =>
  [
    eventType(service, 'KeptUntilTold', 1, {
      record: clear(z.string().regex(LOCAL_ID)),
      recordClass: clear(z.enum(retentionRuleIds)),
      because: clear(z.enum(keptUntilCauses)),
      keptUntil: optional(clear(date)),
      held: clear(z.boolean()),
      ruleVersion: clear(z.number().int().min(0)),
      start: optional(clear(date)),
      period: optional(clear(retentionTermsSchema.shape.period)),
      lawVersion: optional(clear(z.string().regex(VERSION))),
      /** When records said so, and where in its own stream: what comes later than something newer is not told. */
      movedAt: clear(z.string().regex(INSTANT)),
      moved: clear(z.number().int().min(0)),
    }),
  ] as const;
export type KeptNoticeEventTypes = ReturnType<typeof keptNoticeEventTypes>;
export type KeptNoticeEvent = EventOf<KeptNoticeEventTypes>;
export type KeptNoticeData = KeptNoticeEvent['data'];
