import {
  createKafkaClient,
  createMemoryDeliveryStore,
  createMemoryRelayStore,
  createRelay,
  createTopic,
  kafkaAdmin,
  kafkaReactions,
} from '@toeverlaat/kafka';
import { describeWith } from '@toeverlaat/testing/needs';
import { randomId, systemClock } from '@toeverlaat/values';
import type { Overrides } from '../compose.js';
import { serviceTable } from '../services.js';
import { openTheatre } from './support.js';
import { describeScenario1 } from './testing/scenario-1.js';

/** The product as it is, but for how public events go from service to service: a relay for each, and Kafka. */
const overKafka =
  (address: string): NonNullable<Overrides['reactions']> =>
  async (log, undo) => {
    const connection = { brokers: address.split(','), clientId: 'scenario' };
    const prefix = `scenario.${randomId()}`;
    const ofService = (service: string): string => `${prefix}.${service}`;
    const client = createKafkaClient('kafkajs', connection);
    const relayStore = createMemoryRelayStore(systemClock);
    const admin = kafkaAdmin(connection);
    await admin.connect();
    for (const { name, publishes } of serviceTable) {
      if (publishes.length === 0) continue;
      await createTopic(admin, { topic: ofService(name), numPartitions: 2 });
      const producer = await client.producer();
      undo.add(`${name} producer`, producer.close);
      const relay = createRelay({
        relay: name,
        topic: ofService(name),
        log,
        sources: publishes,
        producer,
        store: relayStore,
        clock: systemClock,
        holder: 'scenario',
      });
      relay.start();
      undo.add(`${name} relay`, () => relay.stop());
    }
    await admin.disconnect();
    return kafkaReactions({
      client,
      connection,
      store: createMemoryDeliveryStore(),
      log,
      relayStore,
      groupPrefix: prefix,
      topicOf: ofService,
    });
  };

describeWith('kafka', 'with Kafka between the services', (address) => {
  describeScenario1(() => openTheatre({ reactions: overKafka(address) }));
});
