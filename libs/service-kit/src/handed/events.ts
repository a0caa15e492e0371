import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';

/*
 * Storage format. What a service was told of files that went to another host stands in one stream of its own for the organisation,
 * and not in the files': those are not to change once they were handed over. Ids of records alone, all clear.
 */

/** Most records that one event names: more of them are more events. */
export const MAX_HANDED = 500;

/** `case/<id>`: what a key is of. */
const RECORD = /^[a-z][a-z_]{0,39}\/[A-Za-z0-9][A-Za-z0-9._:-]{0,119}$/;
const records = () => clear(z.array(z.string().regex(RECORD)).min(1).max(MAX_HANDED));

/** The event types of what a service was told of a handover. */
export const handedNoticeEventTypes = (service: string) =>
  [
    // These files are at the next host: nobody works on them here.
    eventType(service, 'FilesHandedOver', 1, { handoverId: clear(z.uuid()), records: records() }),
    // They are worked on here again: these, or all of that handover.
    eventType(service, 'FilesReopened', 1, { handoverId: clear(z.uuid()), records: optional(records()) }),
  ] as const;
export type HandedNoticeEventTypes = ReturnType<typeof handedNoticeEventTypes>;
export type HandedNoticeEvent = EventOf<HandedNoticeEventTypes>;
