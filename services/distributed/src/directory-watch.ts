import { watchLog, type EventLog, type LogWatch } from '@toeverlaat/event-log';
import { serviceTable } from '@toeverlaat/standalone';
import type { Logger } from '@toeverlaat/telemetry';

const categories = [
  ...new Set(
    serviceTable.find(({ name }) => name === 'directory')?.views.flatMap((view) => [...view.categories]) ?? [],
  ),
];

/**
 * Tells when the directory changed, whichever process changed it, so that what is remembered of authority ends with the next
 * change. It only makes authority fresher than it must be: when the log is silent, what is remembered ends by its age, two
 * seconds, and a directory that does not answer refuses (design rule 11).
 */
export const watchDirectoryOf = (log: EventLog, changed: () => void, logger: Logger): Promise<LogWatch> =>
  watchLog(log, {
    categories,
    onEvents: changed,
    onInterrupted: (error) => {
      // Nothing was missed that matters: what is remembered grows old by itself.
      logger.warn('the directory is not watched for a moment', { error });
      changed();
    },
  });
