import { createKafkajsClient } from './kafkajs-client.js';
import { createPlatformaticClient } from './platformatic-client.js';
import type { KafkaClient, KafkaClientName, KafkaConnection } from './port.js';

/** The client of that name (ADR 23): both pass one contract suite, and a setting chooses. */
export const createKafkaClient = (name: KafkaClientName, connection: KafkaConnection): KafkaClient => {
  switch (name) {
    case 'kafkajs':
      return createKafkajsClient(connection);
    case 'platformatic':
      return createPlatformaticClient(connection);
    default: {
      const never: never = name;
      throw new TypeError(`unknown Kafka client ${String(never)}`);
    }
  }
};
