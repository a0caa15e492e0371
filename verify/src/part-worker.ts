import { parentPort, workerData } from 'node:worker_threads';
import { partOf } from './part.js';
import type { PartOrder } from './parts.js';

/* A thread that goes through the files it is told to, and ends when the port is closed (`parts.ts`). */

const { folder, organisation } = workerData as PartOrder;
parentPort?.on('message', (number: number) => {
  const part = partOf(folder, organisation, number);
  parentPort?.postMessage(part, [part.nodes.buffer]);
});
