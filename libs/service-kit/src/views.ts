import type { Logger } from '@toeverlaat/telemetry';
import { assertNever } from '@toeverlaat/values';
import type { ViewNotice } from '@toeverlaat/views';

/** Says in the operator's log what views do on their own. */
export const reportViews =
  (logger: Logger) =>
  (notice: ViewNotice): void => {
    switch (notice.kind) {
      case 'failed':
        logger.error('view stopped', { view: notice.view, position: notice.position });
        return;
      case 'retrying':
        logger.warn('view tries again', { retryAfterMs: notice.delayMs });
        return;
      case 'discarded':
        logger.warn('view is built again', { view: notice.view, version: notice.version, reason: notice.reason });
        return;
      case 'built':
        logger.info('view built', { view: notice.view, version: notice.version, count: notice.events });
        return;
      case 'olderVersionDeleted':
        logger.info('older view deleted', { view: notice.view });
        return;
      default:
        assertNever(notice);
    }
  };
