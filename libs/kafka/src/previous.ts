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
    /**
     * Of an event that is public; the next of its stream will be told of this one. A promise only where the log must be asked:
     * a promise for each event cost as much as making its record.
     */
    of: (recorded: RecordedEvent, source: PublicEventSource): number | undefined | Promise<number | undefined> => {
      const { stream, revision } = recorded;
      const before = known.get(stream);
      const isTold = revision === 0 || (before !== undefined && before < revision);
      const previous = isTold ? (revision === 0 ? undefined : before) : look(recorded, source);
      remember(stream, revision);
      return previous;
    },
  };
};
