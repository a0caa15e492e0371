import type { EventToAppend } from '@toeverlaat/event-log';
import { canonicalBytes, eventIdOf, newCommandId } from '@toeverlaat/values';

/** An event of no service, with as much of an envelope as the log's own checks look at. */
export const sampleEvent = (note: string, size = 0): EventToAppend => {
  const eventId = eventIdOf('sample.note', newCommandId(), 0);
  const type = 'sample.NoteTaken.v1';
  return {
    eventId,
    type,
    metadata: canonicalBytes({ eventId, type }),
    data: canonicalBytes({ note, ...(size > 0 ? { filler: 'x'.repeat(size) } : {}) }),
  };
};
