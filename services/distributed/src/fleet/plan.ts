import { serviceNames, type ServiceName } from '@toeverlaat/contracts';
import { join } from 'node:path';
import { processNames, type ProcessName } from '../settings.js';

/** Where everything of a deployment on one host lies. Backups need these apart (design §4). */
export type FleetLayout = {
  readonly folder: string;
  readonly postgres: string;
  /** The log, when it is a file. */
  readonly log: string;
  readonly keys: string;
  readonly rootKey: string;
  /** The password of the roles on PostgreSQL. */
  readonly databaseSecret: string;
  readonly blobs: string;
  /** What reactions and relays know, when it is a file. */
  readonly messaging: string;
  readonly kafka: string;
  readonly certificates: string;
  readonly gatewayKey: string;
  readonly identities: string;
  readonly publishedViews: string;
  /** Of the process that plays the demonstration before the others start. */
  readonly seeding: string;
  readonly clock: string;
  /** Folder of one process. */
  readonly processFolder: (name: string) => string;
};

export const fleetLayoutOf = (folder: string): FleetLayout => ({
  folder,
  postgres: join(folder, 'postgres'),
  log: join(folder, 'log', 'events.sqlite'),
  keys: join(folder, 'keys'),
  rootKey: join(folder, 'root.key'),
  databaseSecret: join(folder, 'secrets', 'database.json'),
  blobs: join(folder, 'blobs'),
  messaging: join(folder, 'messaging', 'reactors.sqlite'),
  kafka: join(folder, 'kafka'),
  certificates: join(folder, 'certificates'),
  gatewayKey: join(folder, 'keys', 'gateway', 'position-tokens.key'),
  identities: join(folder, 'identities'),
  publishedViews: join(folder, 'published-views'),
  seeding: join(folder, 'seeding'),
  clock: join(folder, 'clock'),
  processFolder: (name) => join(folder, 'processes', name),
});

/** Where a process runs, when that is not the host of the others. */
export type Place = {
  /** Where it listens. */
  readonly host: string;
  /** The port by which the others reach it; the one where it listens when left out. */
  readonly through?: (port: number) => Promise<number>;
  /** What its command is put behind; the others' host without. */
  readonly within?: readonly string[];
};

/** One process that is to run, with everything it is told. */
export type ProcessPlan = {
  /** `case-2`. */
  readonly name: string;
  readonly service: ProcessName;
  readonly replica: string;
  readonly port: number;
  readonly operationsPort: number;
  /** What its command is put behind. */
  readonly within: readonly string[];
  /** Settings by name, given in the environment: a connection holds a password, and a list of processes shows arguments. */
  readonly settings: Readonly<Record<string, string>>;
};

export type PlanOptions = {
  readonly layout: FleetLayout;
  readonly host: string;
  /** The settings that say where a service's stores are, by name. */
  readonly stores: (service: ServiceName) => Readonly<Record<string, string>>;
  readonly replicas: Readonly<Partial<Record<ProcessName, number>>>;
  /** The gateway's first port; 0: free ones. */
  readonly gatewayPort: number;
  /** Gives a port that is free now. */
  readonly freePort: () => Promise<number>;
  readonly logLevel: string;
  /** Where one runs, for tests; on `host` when it answers nothing. */
  readonly place?: (name: string) => Place | undefined;
  /** More settings of every process, for tests. */
  readonly more?: Readonly<Record<string, string>>;
};

/** Services in the order in which they start, then the gateway. */
const inOrder: readonly ProcessName[] = [...serviceNames, 'gateway'];

/** Who runs, where, and who is told of whom. */
export const planFleet = async (options: PlanOptions): Promise<readonly ProcessPlan[]> => {
  const {
    layout,
    host,
    stores,
    replicas,
    gatewayPort,
    freePort,
    logLevel,
    more = {},
    place = () => undefined,
  } = options;
  const places: (Pick<ProcessPlan, 'name' | 'service' | 'replica' | 'port' | 'operationsPort' | 'within'> & {
    readonly host: string;
    readonly address: string;
  })[] = [];
  for (const service of inOrder)
    for (let n = 1; n <= (replicas[service] ?? 1); n += 1) {
      const port = service === 'gateway' && gatewayPort !== 0 ? gatewayPort + n - 1 : await freePort();
      const operationsPort = await freePort();
      const name = `${service}-${n}`;
      const { host: at, through, within = [] } = place(name) ?? { host };
      const address = `${at}:${through === undefined ? port : await through(port)}`;
      places.push({ name, service, replica: String(n), port, operationsPort, host: at, address, within });
    }
  const addresses = Object.fromEntries(
    serviceNames.map((service) => [
      `${service}At`,
      places
        .filter((one) => one.service === service)
        .map(({ address }) => address)
        .join(','),
    ]),
  );
  const common = { profile: 'demonstration', logLevel, certificates: layout.certificates, ...addresses };
  return places.map(({ name, service, replica, port, operationsPort, host: at, within }) => {
    const own = {
      ...common,
      host: at,
      service,
      replica,
      port: String(port),
      operationsPort: String(operationsPort),
      data: layout.processFolder(name),
    };
    return {
      name,
      service,
      replica,
      port,
      operationsPort,
      within,
      settings:
        service === 'gateway'
          ? { ...own, gatewayKey: layout.gatewayKey, demoIdentities: layout.identities, ...forGateway(more) }
          : {
              ...own,
              ...stores(service),
              rootKey: layout.rootKey,
              publishedViews: layout.publishedViews,
              demoClock: layout.clock,
              ...forService(more),
            },
    };
  });
};

/** Services that keep attachments, or copies of them. */
export const keepBlobs: ReadonlySet<string> = new Set(['case', 'referral']);
const GATEWAY_ONLY = new Set(['identityCacheMs', 'notFoundAnswerMs']);
const forGateway = (more: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(more).filter(([name]) => GATEWAY_ONLY.has(name) || name === 'drainMs'));
const forService = (more: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(more).filter(([name]) => !GATEWAY_ONLY.has(name)));

/** The environment that says the same. */
export const environmentOf = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `TOEVERLAAT_${name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`,
      value,
    ]),
  );

export const isProcessName = (text: string): text is ProcessName => processNames.some((name) => name === text);
