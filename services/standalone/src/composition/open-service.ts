import { createRecorder, type AuthoritySource } from '@toeverlaat/access';
import type { RpcClient } from '@toeverlaat/contracts';
import type { EventLog } from '@toeverlaat/event-log';
import type { ReactionsFactory, ReactorStore } from '@toeverlaat/messaging';
import { observed, observedLog, type ServiceHandle, type ServiceRuntime } from '@toeverlaat/service-kit';
import { noTelemetry, type Logger, type Telemetry } from '@toeverlaat/telemetry';
import type { Clock } from '@toeverlaat/values';
import { serviceTable, type Choices, type ServiceEntry } from '../services.js';
import type { Adapters } from './adapters.js';

export type ServiceSurroundings = Pick<Adapters, 'sealing' | 'blobs'> & {
  readonly log: EventLog;
  /** As in the runtime of a service; left out where this process alone has the keys. */
  readonly whenForgotten?: NonNullable<ServiceRuntime['whenForgotten']>;
  readonly reactorStore: ReactorStore;
  /** Brings public events to reactions; from the log when left out. */
  readonly reactions?: ReactionsFactory;
  readonly clock: Clock;
  readonly viewsFolder: string;
  /** Where view files to start from may lie. */
  readonly publishedViews?: string;
  /** Names this process in the streams of access records: unique among those that write at the same time. */
  readonly writerId: string;
  readonly authority: AuthoritySource;
  readonly rpc: RpcClient;
  readonly choices: Choices;
  readonly logger: Logger;
  /** Traces and figures of this service; nobody collects them without it. */
  readonly telemetry?: Telemetry;
};

const published = new Map(serviceTable.map(({ name, publishes }) => [name, publishes] as const));

/** One service, made of its line in the table and what surrounds it; not started yet. */
export const openService = (
  { name, keys, keepsBlobs, create }: ServiceEntry,
  { blobs, writerId, choices, telemetry = noTelemetry, ...surroundings }: ServiceSurroundings,
): ServiceHandle => {
  const { clock, sealing } = surroundings;
  const log = observedLog(surroundings.log, telemetry);
  const own = sealing.forService({ classes: keys });
  return create(
    observed({
      ...surroundings,
      log,
      telemetry,
      service: name,
      sealing: own,
      recorder: createRecorder({ log, clock, service: name, writerId, pseudonym: own.pseudonym }),
      ...(keepsBlobs === true ? { blobs: blobs(own) } : {}),
    }),
    (service) => published.get(service) ?? [],
    choices,
  );
};
