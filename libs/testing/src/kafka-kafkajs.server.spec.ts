import { createKafkaClient } from '@toeverlaat/kafka';
import { kafkaContract } from './kafka-contract.js';
import { kafkaDeliveryContract } from './kafka-delivery-contract.js';

kafkaContract('kafkajs', (connection) => createKafkaClient('kafkajs', connection));
kafkaDeliveryContract('kafkajs', (connection) => createKafkaClient('kafkajs', connection));
