import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConnection } from './port.js';

/** kafkajs administers whichever client carries the events: what it does here is asked once, by commands and tests. */
export const kafkaAdmin = ({ brokers, clientId, sasl, tls }: KafkaConnection) =>
  new Kafka({
    brokers: [...brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 },
    ...(sasl === undefined ? {} : { sasl: { mechanism: 'plain' as const, ...sasl } }),
    ...(tls === undefined ? {} : { ssl: tls }),
  }).admin();
