import { CannotServe, CertificateUnusable } from '@toeverlaat/grpc';
import { KafkaTlsUnusable } from '@toeverlaat/kafka';
import {
  KeyServerUnfit,
  PostgresBlobsUnusable,
  PostgresConnectionRefused,
  PostgresLogUnusable,
  PostgresMessagingUnusable,
} from '@toeverlaat/postgres';

/** What to tell whoever starts a process that refuses for a reason we know; undefined for a fault of ours. */
export const refusalOfDistributed = (error: unknown): string | undefined =>
  error instanceof CannotServe ||
  error instanceof CertificateUnusable ||
  error instanceof KafkaTlsUnusable ||
  error instanceof PostgresLogUnusable ||
  error instanceof PostgresBlobsUnusable ||
  error instanceof PostgresMessagingUnusable ||
  error instanceof PostgresConnectionRefused ||
  error instanceof KeyServerUnfit
    ? `${error.name}: ${error.message}`
    : undefined;
