import type { EventLog } from '@toeverlaat/event-log';
import {
  createKafkaClient,
  createRelay,
  kafkaReactions,
  kafkaSettingsOf,
  relayTelemetry,
  watchRelay,
  type Relay,
} from '@toeverlaat/kafka';
import type { ReactionsFactory } from '@toeverlaat/messaging';
import { serviceTable, type Undo } from '@toeverlaat/standalone';
import type { Logger, Telemetry } from '@toeverlaat/telemetry';
import { systemClock } from '@toeverlaat/values';
import type { Messaging } from './adapters.js';
import type { ProcessSettings } from './settings.js';

/** How often the files of certificates are looked at, in milliseconds. */
export const CERTIFICATE_LOOK_MS = 60_000;

export type Broker = {
  /** How public events reach the reactions of this process: shared with its replicas, a consumer group for each service. */
  readonly reactions: ReactionsFactory;
  /** Brings this service's public events to the broker; undefined for one that tells nobody anything. */
  readonly relay: Relay | undefined;
  /** Milliseconds since the epoch at which the certificate to the broker is over; undefined without one. */
  readonly certificateEndsAt: () => number | undefined;
};

/**
 * Kafka between the services (design §6): a relay of this service's own events, of which one replica's works at a time, and
 * reactions whose work the replicas share. Undefined without brokers: each service then reads the others' public events from
 * the log, in every replica.
 * @throws ZodError naming what is wrong with how Kafka is reached
 * @throws KafkaTlsUnusable naming the file
 */
export const openBroker = async (
  settings: ProcessSettings,
  log: EventLog,
  { relays, deliveries }: Messaging,
  logger: Logger,
  undo: Undo,
  telemetry: Telemetry,
): Promise<Broker | undefined> => {
  const { service, replica, kafkaBrokers, kafkaClient, kafkaPrefix } = settings;
  if (kafkaBrokers === undefined) return undefined;
  const {
    client: name,
    connection,
    lookAtTls,
    tlsEndsAt,
  } = kafkaSettingsOf(
    {
      KAFKA_BROKERS: kafkaBrokers,
      KAFKA_CLIENT: kafkaClient,
      KAFKA_USERNAME: settings.kafkaUsername,
      KAFKA_PASSWORD_FILE: settings.kafkaPasswordFile,
      KAFKA_CA_FILE: settings.kafkaCaFile,
      KAFKA_CERT_FILE: settings.kafkaCertFile,
      KAFKA_KEY_FILE: settings.kafkaKeyFile,
    },
    `${kafkaPrefix}-${service}-${replica}`,
    {
      onReplaced: () => {
        logger.info('certificate to the broker exchanged');
      },
      onRefused: (error) => {
        logger.warn('certificate to the broker not exchanged', { reason: error.message });
      },
    },
  );
  // Every new connection looks by itself; this tells whoever exchanged them before one has to be made.
  const looks = setInterval(lookAtTls, CERTIFICATE_LOOK_MS).unref();
  undo.add('certificate to the broker', () => {
    clearInterval(looks);
  });
  const client = createKafkaClient(name, connection);
  const topicOf = (of: string): string => `${kafkaPrefix}.${of}`;
  const sources = serviceTable.find((entry) => entry.name === service)?.publishes ?? [];
  let relay: Relay | undefined;
  if (sources.length > 0) {
    const producer = await client.producer();
    undo.add('producer', producer.close);
    relay = createRelay({
      relay: service,
      topic: topicOf(service),
      log,
      sources,
      producer,
      store: relays,
      // Leases and lag are of the present, whatever time the demonstration plays.
      clock: systemClock,
      holder: `${service}-${replica}-${process.pid}`,
      ...relayTelemetry(topicOf(service), telemetry),
      onNotice: (notice) => {
        switch (notice.kind) {
          case 'failed':
            logger.error('relay stopped', { error: notice.error });
            return;
          case 'refused':
            logger.error('relay refused by the broker', { error: notice.error, retryAfterMs: notice.waitMs });
            return;
          case 'waiting':
            logger.warn('relay waits for the broker', {
              attempt: notice.attempt,
              retryAfterMs: notice.waitMs,
            });
            return;
          case 'active':
          case 'standby':
            logger.info('relay', { state: notice.kind });
        }
      },
    });
    watchRelay(relay, telemetry);
  }
  return {
    relay,
    certificateEndsAt: tlsEndsAt,
    reactions: kafkaReactions({
      client,
      connection,
      store: deliveries,
      log,
      relayStore: relays,
      groupPrefix: kafkaPrefix,
      topicOf,
      onGap: (of) => {
        logger.warn('events were missing from the broker and read from the log', { service: of });
      },
      onTrouble: (of, error) => {
        logger.warn('the broker does not answer', { service: of, error });
      },
    }),
  };
};
