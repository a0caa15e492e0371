import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { kafkaClients, type KafkaClientName, type KafkaConnection } from './port.js';
import { watchTlsFiles, type TlsWatch } from './tls-files.js';

const file = z.string().min(1).optional();
const environmentSchema = z
  .object({
    KAFKA_BROKERS: z.string().regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'host:port, separated by commas'),
    KAFKA_CLIENT: z.enum(kafkaClients).default('kafkajs'),
    KAFKA_USERNAME: z.string().min(1).optional(),
    /** A file, so that no list of processes shows it. */
    KAFKA_PASSWORD_FILE: file,
    KAFKA_CA_FILE: file,
    KAFKA_CERT_FILE: file,
    KAFKA_KEY_FILE: file,
  })
  .superRefine((given, ctx) => {
    const together = (one: keyof typeof given, other: keyof typeof given): void => {
      if ((given[one] === undefined) !== (given[other] === undefined))
        ctx.addIssue({ code: 'custom', path: [one], message: `together with ${other}` });
    };
    together('KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE');
    together('KAFKA_CERT_FILE', 'KAFKA_KEY_FILE');
  });

export type KafkaSettings = {
  readonly client: KafkaClientName;
  readonly connection: KafkaConnection;
  /** Looks at the files of TLS now, as every new connection does. @returns whether they were exchanged */
  readonly lookAtTls: () => boolean;
  /** Milliseconds since the epoch at which the own certificate in use is over; undefined without one. */
  readonly tlsEndsAt: () => number | undefined;
};

/**
 * How a process reaches Kafka, from its environment. Files of TLS are looked at again whenever a connection is made.
 * @throws ZodError naming variable and rule, never a value
 * @throws KafkaTlsUnusable naming the file and the rule
 */
export const kafkaSettingsOf = (
  environment: Readonly<Record<string, string | undefined>>,
  clientId: string,
  watch: TlsWatch = {},
): KafkaSettings => {
  const given = environmentSchema.parse(environment);
  const { KAFKA_PASSWORD_FILE, KAFKA_CA_FILE: ca, KAFKA_CERT_FILE: cert, KAFKA_KEY_FILE: key } = given;
  const password = KAFKA_PASSWORD_FILE === undefined ? undefined : readFileSync(KAFKA_PASSWORD_FILE, 'utf8').trim();
  const own = cert === undefined || key === undefined ? undefined : { cert, key };
  const watched = ca === undefined && own === undefined ? undefined : watchTlsFiles({ ca, own }, watch);
  return {
    client: given.KAFKA_CLIENT,
    connection: {
      brokers: given.KAFKA_BROKERS.split(','),
      clientId,
      ...(given.KAFKA_USERNAME === undefined || password === undefined
        ? {}
        : { sasl: { username: given.KAFKA_USERNAME, password } }),
      ...(watched === undefined ? {} : { tls: watched.tls }),
    },
    lookAtTls: () => watched?.look() ?? false,
    tlsEndsAt: () => watched?.endsAt(),
  };
};
