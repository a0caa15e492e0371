import { createKafkaClient } from '@toeverlaat/kafka';
import { kafkaContract } from './kafka-contract.js';

kafkaContract('kafkajs', (connection) => createKafkaClient('kafkajs', connection));
