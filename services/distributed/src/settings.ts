import { serviceNames } from '@toeverlaat/contracts';
import { endpointsSchema } from '@toeverlaat/grpc';
import { kafkaClients } from '@toeverlaat/kafka';
import {
  anchorFault,
  dueShape,
  evidenceShape,
  keyTermsShape,
  readGiven,
  type SettingsError,
} from '@toeverlaat/standalone';
import { operationsSettings } from '@toeverlaat/telemetry';
import { err, ok, type Result } from '@toeverlaat/values';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/** `case-7d4b9c6f5-x2x9k` → `case7d4b9c6f5x2x9k`. */
export const replicaOf = (host: string): string =>
  host
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/gu, '')
    .slice(-20) || '1';

export const processNames = [...serviceNames, 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));
const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = (max: number) => z.coerce.number().int().min(0).max(max);
const endpoints = endpointsSchema.optional();

const postgres = z.string().regex(/^postgres(?:ql)?:\/\//u, 'postgres://role:password@host:port/database');
const onPostgres = postgres.transform((url) => ({ kind: 'postgres' as const, url }));

const kurrentdb = z
  .string()
  .regex(/^(?:kurrentdb|esdb)(?:\+discover)?:\/\//u, 'kurrentdb://user:password@host:2113?tls=true');

/** Where the log is: a PostgreSQL server, KurrentDB, or a file that several processes of one host share. */
export const logSchema = z.union([
  onPostgres,
  kurrentdb.transform((url) => ({ kind: 'kurrentdb' as const, url })),
  z
    .string()
    .startsWith('sqlite:')
    .transform((value) => ({ kind: 'sqlite' as const, file: resolve(value.slice('sqlite:'.length)) })),
]);
export type LogSetting = z.output<typeof logSchema>;

/** Where attachments are: a PostgreSQL server, or a folder that the replicas of `case` share. */
export const blobsSchema = z.union([onPostgres, path.transform((folder) => ({ kind: 'folder' as const, folder }))]);
export type BlobsSetting = z.output<typeof blobsSchema>;

/** Where reactions and relays keep what they know. */
export const messagingSchema = z.union([onPostgres, path.transform((file) => ({ kind: 'file' as const, file }))]);
export type MessagingSetting = z.output<typeof messagingSchema>;

/**
 * What one process of a distributed deployment is told. Names are the same in a config file, as `--kebab-case` flags and as
 * `TOEVERLAAT_UPPER_CASE`; secrets belong in the environment or a file, where no list of processes shows them.
 */
export const processSettingsSchema = z.strictObject({
  /** The one service this process is, or the gateway. */
  service: z.enum(processNames),
  /**
   * Tells replicas of a service apart, in their streams of access records too: unique among those that run at once.
   * `hostname`: the end of the host's name, which is unique among containers.
   */
  replica: z
    .string()
    .regex(/^[a-z0-9]{1,20}$/, '1 to 20 lower-case letters and digits')
    .default('1')
    .transform((given) => (given === 'hostname' ? replicaOf(hostname()) : given)),
  profile: z.enum(['demonstration', 'production']).default('demonstration'),
  /** Where it listens: gRPC for a service, HTTP for the gateway. */
  host: z.string().min(1).default('127.0.0.1'),
  port: port.default(0),
  /** The operator's port, over HTTP: how it is by part, and figures; what of it is traced and sent where. */
  ...operationsSettings,
  /** Folder of this process alone: view files, lock. */
  data: path,
  /** `postgres://…`, `kurrentdb://…`, or `sqlite:<file>` for processes of one host. */
  log: logSchema.optional(),
  /** Vault and keyring on PostgreSQL, in two databases, each as the role of this service. */
  vault: postgres.optional(),
  keyring: postgres.optional(),
  /** Or a folder of both, shared by the processes of one host. */
  keys: path.optional(),
  rootKey: path.optional(),
  /** Sealed attachments, of `case` and of `referral`, which keeps copies: `postgres://…`, or a folder that replicas share. */
  blobs: blobsSchema.optional(),
  /** Where reactions and relays keep how far they are and what they set aside: `postgres://…`, or a file of one host. */
  messaging: messagingSchema.optional(),
  /** Brokers, `host:port,…`: public events then go over Kafka; without them each service reads them from the log. */
  kafkaBrokers: z.string().min(1).optional(),
  kafkaClient: z.enum(kafkaClients).default('kafkajs'),
  kafkaUsername: z.string().min(1).optional(),
  kafkaPasswordFile: path.optional(),
  kafkaCaFile: path.optional(),
  kafkaCertFile: path.optional(),
  kafkaKeyFile: path.optional(),
  /** First part of the names of topics and consumer groups. */
  kafkaPrefix: z
    .string()
    .regex(/^[a-z][a-z0-9.]{1,40}$/, 'lower-case letters, digits and dots')
    .default('toeverlaat'),
  /** Folder in which view files are published for cold replicas to start from. */
  publishedViews: path.optional(),
  /** Folder with `ca.crt` and this process's own certificate and key. */
  certificates: path,
  /** Where the others are: `host:port,host:port` or `dns:host:port`. */
  directoryAt: endpoints,
  intakeAt: endpoints,
  caseAt: endpoints,
  referralAt: endpoints,
  reportingAt: endpoints,
  recordsAt: endpoints,
  /**
   * Where the seals of the evidence go; `records` brings them there, now and then. Every service is told, outside the demonstration: it
   * opens no log that is older, and only reads there.
   */
  ...evidenceShape,
  ...keyTermsShape,
  ...dueShape,
  /** File of the key that seals position tokens: the same for every replica of the gateway. */
  gatewayKey: path.optional(),
  /** Milliseconds that what is under way may take to end when the process is told to stop. */
  drainMs: milliseconds(300_000).default(10_000),
  /** Milliseconds between looks at dates; 0: only when the operator asks. */
  timersEveryMs: milliseconds(3_600_000).default(60_000),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
  oidcIssuer: z.url().optional(),
  oidcAudience: z.string().min(1).optional(),
  oidcJwks: z.url().optional(),
  /** Milliseconds for which the gateway uses again who somebody is, and on which beat it answers "not found". */
  identityCacheMs: milliseconds(2_000).optional(),
  notFoundAnswerMs: milliseconds(1_000).optional(),
  /** In the demonstration: folder of its identity provider's key, shared by the replicas of the gateway. */
  demoIdentities: path.optional(),
  /** In the demonstration: file that says what time it is, so that its past can be played in every process at once. */
  demoClock: path.optional(),
});
export type ProcessSettings = Readonly<z.output<typeof processSettingsSchema>>;

/** What a service cannot do without; the gateway has no database and no keys (design §2). */
const NEEDED_BY_SERVICES = ['log', 'rootKey', 'messaging'] as const;
const FOR_SERVICES_ONLY = [
  'log',
  'vault',
  'keyring',
  'keys',
  'rootKey',
  'messaging',
  'kafkaBrokers',
  'blobs',
  'publishedViews',
] as const;
const FOR_THE_DEMONSTRATION_ONLY = ['demoIdentities', 'demoClock'] as const;

const refused = (setting: string, rule: string, help: string): Result<never, SettingsError> =>
  err({ setting, rule, help });

/** Reads and checks the settings of one process; the first that is wrong is named. */
export const readProcessSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<ProcessSettings, SettingsError> => {
  const given = readGiven(processSettingsSchema, [], argv, environment);
  if (!given.ok) return given;
  const settings = given.value;
  const { service, profile } = settings;
  const missing = (names: readonly (keyof ProcessSettings)[]) => names.find((name) => settings[name] === undefined);
  if (service === 'gateway') {
    const foreign = FOR_SERVICES_ONLY.find((name) => settings[name] !== undefined);
    if (foreign !== undefined)
      return refused(foreign, 'not for the gateway', 'the gateway has no database and no keys');
    if (settings.gatewayKey === undefined)
      return refused('gatewayKey', 'required', 'the gateway needs the key that its replicas share');
    if (profile === 'demonstration' && settings.demoIdentities === undefined)
      return refused('demoIdentities', 'required', 'the demonstration signs people in by itself');
    if (profile === 'production') {
      const name = missing(['oidcIssuer', 'oidcAudience']);
      if (name !== undefined) return refused(name, 'required', 'people sign in at your own OpenID Connect provider');
    }
  } else {
    const needed = missing(
      service === 'case' || service === 'referral' ? [...NEEDED_BY_SERVICES, 'blobs'] : NEEDED_BY_SERVICES,
    );
    if (needed !== undefined) return refused(needed, 'required', `${service} cannot start without it`);
    const apart = [settings.vault, settings.keyring].filter((one) => one !== undefined).length;
    if (apart === 1) return refused(settings.vault === undefined ? 'vault' : 'keyring', 'required', 'both or neither');
    if ((apart === 2) === (settings.keys !== undefined))
      return refused('keys', 'one of both', 'set --vault and --keyring, or --keys');
    const fault = anchorFault(settings);
    if (fault !== undefined) return err(fault);
  }
  if (profile !== 'demonstration') {
    const name = FOR_THE_DEMONSTRATION_ONLY.find((one) => settings[one] !== undefined);
    if (name !== undefined)
      return refused(name, 'for the demonstration only', 'nobody sets the clock or signs anybody in elsewhere');
  }
  return ok(settings);
};
