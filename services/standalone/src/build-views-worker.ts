// One thread of `buildEveryView`: builds the views of the services it is told, one after the other, over a connection of its own.
import { openSqliteEventLog } from '@toeverlaat/event-log';
import { rebuildAll, ViewStopped } from '@toeverlaat/views';
import { parentPort, workerData } from 'node:worker_threads';
import type { BuildAnswer, BuildOrder, BuildPlace } from './build-views.js';
import { serviceTable } from './services.js';

const { log: file, folder } = workerData as BuildPlace;
const log = openSqliteEventLog({ file, readOnly: true });

const answer = async (service: string): Promise<BuildAnswer> => {
  const entry = serviceTable.find(({ name }) => name === service);
  if (entry === undefined) return { kind: 'failed', message: `no service ${service}` };
  try {
    return { kind: 'built', views: await rebuildAll({ log, folder, service, views: entry.views }) };
  } catch (error) {
    if (error instanceof ViewStopped)
      return {
        kind: 'stopped',
        view: error.view,
        position: error.position,
        index: error.index,
        message: error.message,
      };
    return { kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : 'failed' };
  }
};

parentPort?.on('message', (order: BuildOrder) => {
  void (async () => {
    switch (order.kind) {
      case 'build':
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        parentPort?.postMessage(await answer(order.service));
        return;
      case 'end':
        await log.close();
        parentPort?.close();
    }
  })();
});
