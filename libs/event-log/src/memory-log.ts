import { InvariantBroken } from '@toeverlaat/values';
import { checkAppend, checkFrom, checkLimit, checkRevision } from './append-rules.js';
import { categoryOf } from './stream-name.js';
import { createBell, follow, LogClosed } from './follow.js';
import type { EventLog, RecordedEvent } from './port.js';
import { parsePosition, positionOf } from './position.js';

/** A log in memory, for tests: gone with the process, otherwise what the port promises. */
export const createMemoryEventLog = (): EventLog => {
  const all: RecordedEvent[] = [];
  const streams = new Map<string, RecordedEvent[]>();
  const bell = createBell();
  let closed = false;

  const assertOpen = () => {
    if (closed) throw new LogClosed();
  };

  const readAll: EventLog['readAll'] = async ({ after, categories, limit }) => {
    assertOpen();
    checkLimit(limit);
    const wanted = categories === undefined ? undefined : new Set(categories);
    const events: RecordedEvent[] = [];
    // Position n stands at index n - 1, so reading after n starts at index n.
    let index = after === undefined ? 0 : parsePosition(after);
    while (index < all.length && events.length < limit) {
      const event = all[index];
      if (event === undefined) throw new InvariantBroken(`no event at ${index}`);
      if (wanted === undefined || wanted.has(categoryOf(event.stream))) events.push(event);
      index += 1;
    }
    return { events, next: all[index - 1]?.position ?? after, atEnd: index >= all.length };
  };

  return {
    append: async (request) => {
      const checked = checkAppend(request);
      if (!checked.ok) return checked;
      if (closed) return { ok: false, error: { kind: 'LogUnavailable', detail: 'closed' } };
      const { stream, expected, organisation } = request;
      const own = streams.get(stream) ?? [];
      const firstRevision = own.length;
      const conflict = checkRevision(stream, expected, firstRevision - 1);
      if (conflict !== undefined) return { ok: false, error: conflict };
      const recorded = request.events.map((event, index): RecordedEvent => ({
        position: positionOf(all.length + index + 1),
        organisation,
        stream,
        revision: firstRevision + index,
        eventId: event.eventId,
        type: event.type,
        // The caller keeps its bytes and may use them again.
        metadata: new Uint8Array(event.metadata),
        data: new Uint8Array(event.data),
      }));
      for (const event of recorded) {
        all.push(event);
        own.push(event);
      }
      streams.set(stream, own);
      bell.ring();
      return {
        ok: true,
        value: { firstRevision, lastRevision: own.length - 1, position: positionOf(all.length) },
      };
    },

    readStream: async (stream, options = {}) => {
      assertOpen();
      const { direction = 'forwards', from, limit } = options;
      const events = streams.get(stream) ?? [];
      if (from !== undefined) checkFrom(from);
      if (limit !== undefined) checkLimit(limit);
      switch (direction) {
        case 'forwards':
          return events.slice(from ?? 0).slice(0, limit);
        case 'backwards':
          return events
            .slice(0, (from ?? events.length) + 1)
            .toReversed()
            .slice(0, limit);
      }
    },

    readAll,
    subscribe: (options) => follow(readAll, bell, options),
    head: async () => {
      assertOpen();
      return all.at(-1)?.position;
    },
    close: async () => {
      closed = true;
      bell.close();
    },
  };
};
