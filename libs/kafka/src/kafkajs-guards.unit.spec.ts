import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { guardKafkajs } from './kafkajs-guards.js';

const require = createRequire(import.meta.url);

it('a commit is tried once: what kafkajs tried again after its group was joined anew took the group back', async () => {
  guardKafkajs();
  const { prototype }: { readonly prototype: object } = require('kafkajs/src/consumer/runner');
  const asked: number[] = [];
  const consumerGroup = {
    generationId: 6,
    commitOffsets: (): Promise<void> => {
      asked.push(consumerGroup.generationId);
      consumerGroup.generationId += 1;
      return Promise.reject(Object.assign(new Error('the connection was closed'), { retriable: true }));
    },
  };
  const runner: { commitOffsets: (offsets: object) => Promise<void> } = Object.assign(Object.create(prototype), {
    running: true,
    consumerGroup,
    retrier: (fn: (bail: () => void) => Promise<void>) => fn(() => undefined).catch(() => fn(() => undefined)),
    logger: { debug: () => undefined },
  });
  await expect(runner.commitOffsets({ topics: [] })).rejects.toThrow('the connection was closed');
  expect(asked).toEqual([6]);
});
