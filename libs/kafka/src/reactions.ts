import { categoryOf, type EventLog, type Position } from '@toeverlaat/event-log';
import {
  checkDeclared,
  type PublicEventSource,
  type ReactionsFactory,
  type ReactorStatus,
} from '@toeverlaat/messaging';
import { pause } from '@toeverlaat/values';
import { kafkaAdmin } from './admin.js';
import type { DeliveryOptions, Gap, Reread } from './delivery.js';
import type { KafkaConnection } from './port.js';
import { topicOf } from './record.js';
import type { RelayStore } from './relay-store.js';
import { KafkaServer } from './transport.js';

const PAGE = 200;

/** From the log of the owner: every service of an installation reads one log, and opens nothing of what it reads here. */
export const rereadFrom =
  (log: EventLog, sources: readonly PublicEventSource[]): Reread =>
  async (stream, after, before) => {
    const source = sources.find(({ category }) => category === categoryOf(stream));
    if (source === undefined) return [];
    const found = [];
    for (let from = after + 1; from < before; from += PAGE) {
      const page = await log.readStream(stream, { from, limit: Math.min(PAGE, before - from) });
      for (const recorded of page) {
        const event = source.publish(recorded);
        if (event !== undefined) found.push(event);
      }
      if (page.length === 0) break;
    }
    return found;
  };

/** A category is named `<service>.<aggregate>`; the service's relay publishes it. */
export const serviceOf = (category: string): string => category.slice(0, category.indexOf('.'));

const LOOK_PAGE = 500;

/** Whether the relay of these sources has published everything up to a position, as its checkpoint says. */
export const isPublished = async (
  log: EventLog,
  store: RelayStore,
  relay: string,
  sources: readonly PublicEventSource[],
  position: Position,
): Promise<boolean> => {
  const categories = sources.map(({ category }) => category);
  let after = (await store.checkpoint(relay))?.position;
  for (;;) {
    if (after !== undefined && after >= position) return true;
    const slice = await log.readAll({ categories, limit: LOOK_PAGE, ...(after === undefined ? {} : { after }) });
    for (const recorded of slice.events) {
      if (recorded.position > position) return true;
      if (sources.some((source) => source.publish(recorded) !== undefined)) return false;
    }
    if (slice.atEnd) return true;
    after = slice.next;
  }
};

export type KafkaReactionsOptions = Pick<
  DeliveryOptions,
  | 'client'
  | 'store'
  | 'concurrency'
  | 'perOrganisation'
  | 'mostInMemory'
  | 'sessionTimeoutMs'
  | 'replayEveryMs'
  | 'refusedMs'
> & {
  /** For questions to the cluster: how far a group is. */
  readonly connection: KafkaConnection;
  /** To read again what Kafka does not have, and to tell what is published. */
  readonly log: EventLog;
  readonly relayStore: RelayStore;
  /** Consumer groups are named `<prefix>.<service>`; `toeverlaat` when left out. */
  readonly groupPrefix?: string;
  /** The topic of a service; `toeverlaat.<service>` when left out. */
  readonly topicOf?: (service: string) => string;
  readonly onGap?: (service: string, gap: Gap) => void;
  readonly onTrouble?: (service: string, error: unknown) => void;
};

const SETTLE_LOOK_MS = 25;
/** Before a cluster that did not answer is asked again. */
const TROUBLE_LOOK_MS = 500;

/**
 * Reactions from Kafka, for a process that shares the work with its replicas: the same reactions, tried and parked the same
 * way as from the log (ADR 25).
 */
export const kafkaReactions =
  (options: KafkaReactionsOptions): ReactionsFactory =>
  (spec) => {
    checkDeclared(spec);
    const { client, store, connection, log, relayStore } = options;
    const name = `${options.groupPrefix ?? 'toeverlaat'}.${spec.name}`;
    const services = [...new Set(spec.sources.map(({ category }) => serviceOf(category)))];
    const topicNames = services.map(options.topicOf ?? topicOf);
    const { concurrency, perOrganisation, mostInMemory, sessionTimeoutMs, replayEveryMs, refusedMs } = options;
    const { attempts, backOffMs, deferralBackOffMs, onError, onParked, onFailed } = spec;
    const server = new KafkaServer({
      name,
      client,
      topics: topicNames,
      ignores: new Set(spec.ignores),
      store,
      reread: rereadFrom(log, spec.sources),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(perOrganisation === undefined ? {} : { perOrganisation }),
      ...(mostInMemory === undefined ? {} : { mostInMemory }),
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
      ...(replayEveryMs === undefined ? {} : { replayEveryMs }),
      ...(refusedMs === undefined ? {} : { refusedMs }),
      ...(attempts === undefined ? {} : { attempts }),
      ...(backOffMs === undefined ? {} : { backOffMs }),
      ...(deferralBackOffMs === undefined ? {} : { deferralBackOffMs }),
      ...(onError === undefined ? {} : { onError }),
      ...(onParked === undefined ? {} : { onParked }),
      onGap: (gap) => options.onGap?.(spec.name, gap),
      onTrouble: (error) => options.onTrouble?.(spec.name, error),
      ...(onFailed === undefined ? {} : { onFailed }),
    });
    for (const [type, reaction] of Object.entries(spec.reactions)) server.addHandler(type, reaction, true);

    let admin: ReturnType<typeof kafkaAdmin> | undefined;
    const connected = async (): Promise<ReturnType<typeof kafkaAdmin>> => {
      if (admin !== undefined) return admin;
      const mine = kafkaAdmin(connection);
      await mine.connect();
      admin = mine;
      return mine;
    };
    /** Ends of all partitions, as they are now. */
    const ends = async (): Promise<ReadonlyMap<string, bigint>> => {
      const found = new Map<string, bigint>();
      for (const topic of topicNames)
        for (const { partition, high, low } of await (await connected()).fetchTopicOffsets(topic))
          if (high !== low) found.set(`${topic}/${partition}`, BigInt(high));
      return found;
    };
    const groupHas = async (wanted: ReadonlyMap<string, bigint>): Promise<boolean> => {
      const offsets = await (await connected()).fetchOffsets({ groupId: name, topics: topicNames });
      const has = new Map<string, bigint>(
        offsets.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => [`${topic}/${partition}`, BigInt(offset)] as const),
        ),
      );
      return [...wanted].every(([at, end]) => (has.get(at) ?? -1n) >= end);
    };
    /** A cluster or a store that does not answer now has not said that it holds; the next question has a new connection. */
    const answeredYes = async (condition: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await condition();
      } catch (error) {
        options.onTrouble?.(spec.name, error);
        const broken = admin;
        admin = undefined;
        await broken?.disconnect().catch(() => undefined);
        await pause(TROUBLE_LOOK_MS, new AbortController().signal);
        return false;
      }
    };
    const whenHandled = async (position: Position, timeoutMs: number): Promise<boolean> => {
      const until = performance.now() + timeoutMs;
      const holds = async (condition: () => Promise<boolean>): Promise<boolean> => {
        for (;;) {
          if (await answeredYes(condition)) return true;
          if (performance.now() >= until) return false;
          await pause(SETTLE_LOOK_MS);
        }
      };
      for (const service of services) {
        const own = spec.sources.filter(({ category }) => serviceOf(category) === service);
        if (!(await holds(() => isPublished(log, relayStore, service, own, position)))) return false;
      }
      let wanted: ReadonlyMap<string, bigint> | undefined;
      const groupIsThere = async (): Promise<boolean> => {
        wanted ??= await ends();
        return groupHas(wanted);
      };
      return (await holds(groupIsThere)) && holds(async () => (await store.backlogSize(name)) === 0);
    };

    const stateOf = (): ReactorStatus['state'] => (listening ? server.running().state() : 'starting');
    let listening = false;
    return {
      start: () => {
        server.listen(() => {
          listening = true;
        });
      },
      stop: async () => {
        await server.close();
        await admin?.disconnect();
        admin = undefined;
      },
      status: async () => ({
        name: spec.name,
        // Several replicas share partitions of several topics: there is no one position.
        position: undefined,
        state: stateOf(),
        parked: (await store.parked(name)).length,
      }),
      whenHandled,
      replay: (position) => server.running().replay(position),
    };
  };
