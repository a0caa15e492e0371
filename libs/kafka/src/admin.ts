import { pause } from '@toeverlaat/values';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { guardKafkajs } from './kafkajs-guards.js';
import { KafkaUnavailable, type KafkaConnection } from './port.js';

guardKafkajs();

/** kafkajs administers whichever client carries the events: what it does here is asked once, by commands and tests. */
export const kafkaAdmin = ({ brokers, clientId, sasl, tls }: KafkaConnection) =>
  new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 },
    ...(sasl === undefined ? {} : { sasl: { mechanism: 'plain' as const, ...sasl } }),
    ...(tls === undefined ? {} : { ssl: tls }),
  }).admin();

const LOOKS = 200;
const LOOK_MS = 25;

/**
 * Makes a topic and waits until each partition has a leader that a client is told of. kafkajs's own wait gives up on a broker
 * that has not heard of the topic yet.
 */
export const createTopic = async (admin: Admin, topic: ITopicConfig): Promise<void> => {
  await admin.createTopics({ waitForLeaders: false, topics: [topic] });
  for (let look = 1; ; look += 1) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic.topic] });
      const partitions = topics[0]?.partitions ?? [];
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) return;
    } catch (error) {
      if (look >= LOOKS) throw error;
    }
    if (look >= LOOKS) throw new KafkaUnavailable(`${topic.topic} has no leader`);
    await pause(LOOK_MS);
  }
};
