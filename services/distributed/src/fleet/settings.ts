import { readGiven, type SettingsError } from '@toeverlaat/standalone';
import { err, ok, type Result } from '@toeverlaat/values';
import { resolve } from 'node:path';
import { z } from 'zod';
import { processNames, type ProcessName } from '../settings.js';

/** Replicas of one process on one host: beyond this it is another host's work. */
const MOST = 8;
const PAIR = /^([a-z]+)=(\d{1,2})$/u;
const counts = z.string().transform((text, context): Readonly<Partial<Record<ProcessName, number>>> => {
  const found: Partial<Record<ProcessName, number>> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name, count] = PAIR.exec(part.trim()) ?? [];
    const known = processNames.find((one) => one === name);
    const replicas = Number(count);
    if (known === undefined || replicas < 1 || replicas > MOST) {
      context.addIssue({ code: 'custom', message: `<process>=<1 to ${MOST}>, separated by commas` });
      return z.NEVER;
    }
    found[known] = replicas;
  }
  return found;
});

/** What `npm run start:distributed` takes: a whole deployment on one host, in the demonstration. */
export const fleetSettingsSchema = z.strictObject({
  /** Only the demonstration: a production deployment is started by what runs it (docs/how-to/run-distributed.md). */
  profile: z.literal('demonstration').default('demonstration'),
  /** Folder for everything: cluster, keys, certificates, views, blobs. */
  data: z
    .string()
    .min(1)
    .default('./data-distributed')
    .transform((value) => resolve(value)),
  host: z.string().min(1).default('127.0.0.1'),
  /** The gateway's; further gateways take the next ones. 0 takes free ones. */
  port: z.coerce.number().int().min(0).max(65_000).default(4000),
  /** `case=2,gateway=2`; one of each where nothing is said. */
  replicas: counts.default({}),
  /**
   * `postgres`: a server of its own in the data folder; `sqlite`: a file; `postgres://owner:…@…/…` of a server that runs; or
   * `kurrentdb://…` of one that runs, beside a PostgreSQL server of its own for keys, attachments and positions of messages.
   */
  log: z
    .union([
      z.enum(['postgres', 'sqlite']),
      z
        .string()
        .regex(
          /^(?:postgres(?:ql)?|(?:kurrentdb|esdb)(?:\+discover)?):\/\//u,
          'postgres, sqlite, postgres://… or kurrentdb://…',
        ),
    ])
    .default('postgres'),
  /** `kafka`: a broker of its own in the data folder; `none`; or `host:port,…` of brokers that run. */
  broker: z
    .union([
      z.enum(['kafka', 'none']),
      z.string().regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/u, 'kafka, none or host:port,…'),
    ])
    .default('kafka'),
  /** Cases to add to the demonstration beyond the scenarios. */
  cases: z.coerce.number().int().min(0).max(1_000_000).default(0),
  seed: z.coerce.number().int().min(0).default(1),
  logLevel: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});
export type FleetSettings = Readonly<z.output<typeof fleetSettingsSchema>>;

export const readFleetSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<FleetSettings, SettingsError> => {
  const given = readGiven(fleetSettingsSchema, [], argv, environment);
  if (!given.ok) return err(given.error);
  return ok(given.value);
};
