import type { EventLog, RecordedEvent } from '@toeverlaat/event-log';
import type { PublicEventSource } from '@toeverlaat/messaging';

const MOST_STREAMS = 20_000;
const PAGE = 50;

/**
 * The revision of the previous public event of a stream. Read from the log, where a stream is met for the first time, so that
 * every relay that ever publishes an event says the same of it; remembered for the streams met last.
 */
export const createPrevious = (log: EventLog, most = MOST_STREAMS) => {
  const known = new Map<string, number>();
  const remember = (stream: string, revision: number): void => {
    known.delete(stream);
    known.set(stream, revision);
    if (known.size > most) for (const oldest of known.keys()) return void known.delete(oldest);
  };
  const look = async (recorded: RecordedEvent, source: PublicEventSource): Promise<number | undefined> => {
    for (let from = recorded.revision - 1; from >= 0; from -= PAGE) {
      const page = await log.readStream(recorded.stream, { direction: 'backwards', from, limit: PAGE });
      const found = page.find((event) => source.publish(event) !== undefined);
      if (found !== undefined) return found.revision;
    }
    return undefined;
  };
  return {
    /** Of an event that is public; the next of its stream will be told of this one. */
    of: async (recorded: RecordedEvent, source: PublicEventSource): Promise<number | undefined> => {
      const before = known.get(recorded.stream);
      const previous =
        recorded.revision === 0
          ? undefined
          : before !== undefined && before < recorded.revision
            ? before
            : await look(recorded, source);
      remember(recorded.stream, recorded.revision);
      return previous;
    },
  };
};
