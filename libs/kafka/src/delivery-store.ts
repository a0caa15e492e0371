import type { ParkedStore, ParkedEvent, PublicEvent } from '@toeverlaat/messaging';
import type { OrganisationId } from '@toeverlaat/values';
import type { TopicPartition } from './port.js';
import type { Provenance } from './record.js';

/** An event that was taken from Kafka and set aside until its organisation's turn (ADR 26). */
export type Spilled = {
  readonly organisation: OrganisationId;
  readonly at: TopicPartition & { readonly offset: bigint };
  readonly event: PublicEvent;
  readonly from: Provenance;
};

/** What one step of a consumer leaves behind; all of it stands, or nothing. */
export type Settlement = {
  /** Stream to the revision of its last event that was handled or parked; never moved back. */
  readonly handled: ReadonlyMap<string, number>;
  readonly parked: readonly ParkedEvent[];
  /** To be handled later; the same record again changes nothing. */
  readonly spilled: readonly Spilled[];
  /** Spilled before, and handled now. */
  readonly unspilled: readonly Spilled['at'][];
};

/**
 * What a consumer keeps beside its offsets in Kafka: how far it is in each stream, which tells a duplicate and a gap; what it
 * parked; and what waits for its organisation's turn. `consumer` is the consumer group: its replicas share one store.
 */
export type DeliveryStore = ParkedStore & {
  /** Of the streams that are known. */
  readonly handled: (consumer: string, streams: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly settle: (consumer: string, settlement: Settlement) => Promise<void>;
  /** Organisations with something spilled from these partitions, and how much. */
  readonly backlogs: (
    consumer: string,
    partitions: readonly TopicPartition[],
  ) => Promise<ReadonlyMap<OrganisationId, number>>;
  /** The oldest that an organisation has waiting, of these partitions, in their order. */
  readonly backlog: (
    consumer: string,
    organisation: OrganisationId,
    partitions: readonly TopicPartition[],
    limit: number,
  ) => Promise<readonly Spilled[]>;
  /** How much waits in all, of every partition. */
  readonly backlogSize: (consumer: string) => Promise<number>;
};

export const emptySettlement: Settlement = { handled: new Map(), parked: [], spilled: [], unspilled: [] };
