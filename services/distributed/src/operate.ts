import { operations, type ServiceName } from '@toeverlaat/contracts';
import type { EventLog, LogWatch } from '@toeverlaat/event-log';
import { createRpcController, serveQuery, type ServiceHandle } from '@toeverlaat/service-kit';
import { ok } from '@toeverlaat/values';

/** What this process answers to whoever runs the deployment; nobody else may ask (libs/contracts/src/peers.ts). */
export const operationsController = (
  service: ServiceName,
  log: EventLog,
  handle: ServiceHandle,
  watches: readonly LogWatch[],
  runTimers: () => Promise<void>,
  publishedViews: string | undefined,
) => {
  const asked = operations[service];
  return createRpcController('OperationsController', [
    serveQuery(asked.head, async () => ok({ position: (await log.head()) ?? null })),
    serveQuery(asked.settled, async (_, { position, timeoutMs }) => {
      const [handled, ...seen] = await Promise.all([
        handle.whenSettled(position, timeoutMs),
        ...watches.map((watch) => watch.whenSeen(position, timeoutMs)),
      ]);
      return ok({ settled: handled && seen.every(Boolean) });
    }),
    serveQuery(asked.timers, async () => {
      await runTimers();
      return ok({ looked: true as const });
    }),
    serveQuery(asked.viewHashes, async () => ok({ hashes: { ...(await handle.viewHashes()) } })),
    serveQuery(asked.publishViews, async () => {
      if (publishedViews === undefined) return ok({ published: false });
      await handle.publishViews(publishedViews);
      return ok({ published: true });
    }),
  ]);
};
