import { createKafkaClient } from '@toeverlaat/kafka';
import { kafkaContract } from './kafka-contract.js';
import { kafkaDeliveryContract } from './kafka-delivery-contract.js';

kafkaContract('@platformatic/kafka', (connection) => createKafkaClient('platformatic', connection));
kafkaDeliveryContract('@platformatic/kafka', (connection) => createKafkaClient('platformatic', connection));
