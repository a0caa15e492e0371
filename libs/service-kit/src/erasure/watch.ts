import { allServices } from '@toeverlaat/contracts';
import { categoryOf, watchLog, type EventLog, type LogWatch, type RecordedEvent } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import type { Logger } from '@toeverlaat/telemetry';
import { erasurePartCategory, erasurePartCodec } from './codec.js';

const codecs = new Map(allServices.map((service) => [erasurePartCategory(service), erasurePartCodec(service)]));

/**
 * Makes a process forget each key that another one destroyed, as soon as the log says so (design §4): open it before anything
 * else of the process uses a key. Every service's erasures are followed, because some keys are used by more than one, such as
 * those of pseudonyms. A process that is cut off from the log holds a key for 60 seconds at the most, as without this.
 */
export const watchDestroyedKeys = (
  log: Pick<EventLog, 'head' | 'subscribe'>,
  sealing: Pick<SealingService, 'forget'>,
  logger: Logger,
): Promise<LogWatch> => {
  const forget = (event: RecordedEvent): void => {
    const decoded = codecs.get(categoryOf(event.stream))?.decodeStored(event);
    if (decoded?.type !== 'KeyDestroyed') return;
    sealing.forget(event.organisation, decoded.data.subject, decoded.data.keyIds);
  };
  return watchLog(log, {
    categories: [...codecs.keys()],
    onEvents: (events) => events.forEach(forget),
    onInterrupted: (error) => {
      logger.warn('destroyed keys are not followed for a moment', { error });
    },
  });
};
