import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { kafkaClients, type KafkaClientName, type KafkaConnection } from './port.js';

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

export type KafkaSettings = { readonly client: KafkaClientName; readonly connection: KafkaConnection };

/**
 * How a process reaches Kafka, from its environment.
 * @throws ZodError naming variable and rule, never a value
 */
export const kafkaSettingsOf = (
  environment: Readonly<Record<string, string | undefined>>,
  clientId: string,
): KafkaSettings => {
  const given = environmentSchema.parse(environment);
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  const password = read(given.KAFKA_PASSWORD_FILE)?.trim();
  const [ca, cert, key] = [read(given.KAFKA_CA_FILE), read(given.KAFKA_CERT_FILE), read(given.KAFKA_KEY_FILE)];
  return {
    client: given.KAFKA_CLIENT,
    connection: {
      brokers: given.KAFKA_BROKERS.split(','),
      clientId,
      ...(given.KAFKA_USERNAME === undefined || password === undefined
        ? {}
        : { sasl: { username: given.KAFKA_USERNAME, password } }),
      ...(ca === undefined && cert === undefined
        ? {}
        : {
            tls: {
              ...(ca === undefined ? {} : { ca }),
              ...(cert === undefined || key === undefined ? {} : { cert, key }),
            },
          }),
    },
  };
};
