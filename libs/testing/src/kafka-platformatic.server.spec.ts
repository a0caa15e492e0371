import { createKafkaClient, kafkaClients } from '@toeverlaat/kafka';
import { connectionTo, createSignal, freshTopic } from '@toeverlaat/kafka/sample';
import { expect, it } from 'vitest';
import { kafkaContract } from './kafka-contract.js';
import { kafkaDeliveryContract } from './kafka-delivery-contract.js';
import { describeWith } from './needs.js';

kafkaContract('@platformatic/kafka', (connection) => createKafkaClient('platformatic', connection));
kafkaDeliveryContract('@platformatic/kafka', (connection) => createKafkaClient('platformatic', connection));

describeWith('kafka', 'two clients', (address) => {
  it('put a key into the same partition, so that a switch moves nothing', async () => {
    const topic = await freshTopic(address, 12);
    const keys = Array.from({ length: 60 }, (_, n) => `${n % 2 === 0 ? 'gentia' : 'zorgnet'}|é${n}`);
    for (const name of kafkaClients) {
      const producer = await createKafkaClient(name, connectionTo(address)).producer();
      await producer.send(keys.map((key) => ({ topic, key, value: name, headers: {} })));
      await producer.close();
    }
    const partitions = new Map<string, Set<number>>();
    const signal = createSignal();
    let read = 0;
    const consumer = createKafkaClient('kafkajs', connectionTo(address)).consumer({
      group: topic,
      topics: [topic],
      handlers: {
        onAssigned: () => undefined,
        onRecords: (records) => {
          read += records.length;
          for (const { key = '', partition } of records)
            partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
          signal.ring();
        },
        onError: () => undefined,
      },
    });
    await consumer.start();
    await signal.until(() => read === keys.length * 2);
    await consumer.stop();
    expect(new Set([...partitions.values()].map(({ size }) => size))).toEqual(new Set([1]));
    expect(new Set([...partitions.values()].flatMap((one) => [...one])).size).toBeGreaterThan(6);
  });
});
