import { z } from 'zod';
import { positionSchema, serviceNameSchema, type ServiceName } from './core.js';
import { defineQuery } from './rpc.js';

const empty = z.strictObject({});

const of = (service: ServiceName) => ({
  /** The position of the last event of the log, as this process sees it; null for an empty log. */
  head: defineQuery(`${service}.operateHead`, empty, z.strictObject({ position: positionSchema.nullable() })),
  /** Waits until this process's views, reactions and authority have handled everything up to a position. */
  settled: defineQuery(
    `${service}.operateSettled`,
    z.strictObject({ position: positionSchema, timeoutMs: z.number().int().min(0).max(60_000) }),
    z.strictObject({ settled: z.boolean() }),
  ),
  /** Looks at dates now. Whatever it does it would have done by itself, and twice is once (design rule 8). */
  timers: defineQuery(`${service}.operateTimers`, empty, z.strictObject({ looked: z.literal(true) })),
  /** View name to SHA-256 of its ordered canonical rows. */
  viewHashes: defineQuery(
    `${service}.operateViewHashes`,
    empty,
    z.strictObject({ hashes: z.record(z.string(), z.string()) }),
  ),
  /** Copies the view files to where cold replicas of the service look; false when the process was not told where. */
  publishViews: defineQuery(`${service}.operatePublishViews`, empty, z.strictObject({ published: z.boolean() })),
});

/**
 * What whoever runs a distributed deployment asks of one process, by its own address and not through the balancing. No
 * answer holds anything of a record.
 */
export const operations: Readonly<Record<ServiceName, ReturnType<typeof of>>> = {
  directory: of('directory'),
  intake: of('intake'),
  case: of('case'),
  referral: of('referral'),
  reporting: of('reporting'),
  records: of('records'),
};

/** Every service there is, in the order in which they start: who is asked starts before who asks. */
export const serviceNames = serviceNameSchema.options;
