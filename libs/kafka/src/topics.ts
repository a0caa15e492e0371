import { z } from 'zod';

const SERVICE = z.string().regex(/^[a-z]{2,20}$/);

const topicSchema = z.strictObject({
  name: z.string().regex(/^toeverlaat\.[a-z.]{2,60}$/),
  /** Never fewer than there are: Kafka cannot take one away. */
  partitions: z.number().int().min(1).max(200),
  /** Longer than any consumer may stand still: what is gone is read from the log again, and says so as a gap. */
  retentionDays: z.number().int().min(1).max(90),
  /** `delete`: events are facts and no state that a later one replaces. */
  cleanup: z.enum(['delete', 'compact', 'compact,delete']),
  /** The one service whose relay writes it. */
  writer: SERVICE,
  readers: z.array(SERVICE).min(1),
});

/** The topics of an installation: `infra/kafka/topics.json`. */
export const topicsSchema = z
  .strictObject({
    replication: z.number().int().min(1).max(9),
    /** Copies that must have a record before it is acknowledged. */
    minInSync: z.number().int().min(1).max(9),
    topics: z.array(topicSchema).min(1),
  })
  .superRefine(({ replication, minInSync, topics }, ctx) => {
    if (minInSync > replication)
      ctx.addIssue({ code: 'custom', path: ['minInSync'], message: 'no more than replication' });
    const names = topics.map(({ name }) => name);
    if (new Set(names).size < names.length) ctx.addIssue({ code: 'custom', path: ['topics'], message: 'a name twice' });
  });
export type TopicPlan = z.infer<typeof topicsSchema>;

/** @throws ZodError naming field and rule */
export const parseTopics = (text: string): TopicPlan => topicsSchema.parse(JSON.parse(text));

/** Who a service is to the broker. */
export const principalOf = (service: string): string => `User:toeverlaat-${service}`;
/** The consumer group of a service's reactions. */
export const groupOf = (service: string): string => `toeverlaat.${service}`;

export type AclRule = {
  readonly principal: string;
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operation: 'read' | 'write';
};

/** What exists, or is to exist. */
export type TopicState = {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
};
export type ClusterState = {
  readonly topics: readonly TopicState[];
  /** Undefined: the broker has no authorizer. */
  readonly acl: readonly AclRule[] | undefined;
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** A public event is thin: a record of 64 KiB is a mistake that must not spread. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Of the largest batch, which this setting means. */
const MAX_BATCH_BYTES = 16 * MAX_MESSAGE_BYTES;

/** The state that a plan asks for; pure. `replication` of the plan is lowered to the brokers there are, for development. */
export const wantedOf = (plan: TopicPlan, brokers: number): ClusterState => {
  const replication = Math.min(plan.replication, brokers);
  return {
    topics: plan.topics.map(({ name, partitions, retentionDays, cleanup }) => ({
      name,
      partitions,
      replication,
      config: {
        'cleanup.policy': cleanup,
        'retention.ms': String(retentionDays * DAY_MS),
        'min.insync.replicas': String(Math.min(plan.minInSync, replication)),
        'max.message.bytes': String(MAX_BATCH_BYTES),
        // A replica that lacks acknowledged records never leads.
        'unclean.leader.election.enable': 'false',
      },
    })),
    acl: plan.topics.flatMap(({ name, writer, readers }): AclRule[] => [
      { principal: principalOf(writer), resource: 'topic', name, operation: 'write' },
      ...readers.flatMap((reader): AclRule[] => [
        { principal: principalOf(reader), resource: 'topic', name, operation: 'read' },
        { principal: principalOf(reader), resource: 'group', name: groupOf(reader), operation: 'read' },
      ]),
    ]),
  };
};

export type TopicChange =
  | { readonly kind: 'create'; readonly topic: TopicState }
  | { readonly kind: 'grow'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: 'configure'; readonly name: string; readonly set: Readonly<Record<string, string>> }
  | { readonly kind: 'allow'; readonly rule: AclRule }
  | { readonly kind: 'forbid'; readonly rule: AclRule }
  /** What this command does not do: a person decides. */
  | { readonly kind: 'cannot'; readonly name: string; readonly why: string };

const ruleKey = ({ principal, resource, name, operation }: AclRule): string =>
  `${principal} ${operation} ${resource} ${name}`;

/** What to do so that the cluster is as wanted; pure. A topic that the plan does not know is left alone. */
export const changesBetween = (current: ClusterState, wanted: ClusterState): readonly TopicChange[] => {
  const changes: TopicChange[] = [];
  const existing = new Map(current.topics.map((topic) => [topic.name, topic]));
  for (const topic of wanted.topics) {
    const { name } = topic;
    const found = existing.get(name);
    if (found === undefined) {
      changes.push({ kind: 'create', topic });
      continue;
    }
    if (found.partitions < topic.partitions)
      changes.push({ kind: 'grow', name, from: found.partitions, to: topic.partitions });
    if (found.partitions > topic.partitions)
      changes.push({ kind: 'cannot', name, why: `has ${found.partitions} partitions, more than ${topic.partitions}` });
    if (found.replication !== topic.replication)
      changes.push({
        kind: 'cannot',
        name,
        why: `has ${found.replication} copies instead of ${topic.replication}: reassign its partitions`,
      });
    const set = Object.fromEntries(Object.entries(topic.config).filter(([key, value]) => found.config[key] !== value));
    if (Object.keys(set).length > 0) changes.push({ kind: 'configure', name, set });
  }
  if (current.acl === undefined) return changes;
  const have = new Map(current.acl.map((rule) => [ruleKey(rule), rule]));
  const want = new Map((wanted.acl ?? []).map((rule) => [ruleKey(rule), rule]));
  for (const [key, rule] of want) if (!have.has(key)) changes.push({ kind: 'allow', rule });
  for (const [key, rule] of have) if (!want.has(key)) changes.push({ kind: 'forbid', rule });
  return changes;
};

/** One line for an operator. */
export const describeChange = (change: TopicChange): string => {
  switch (change.kind) {
    case 'create':
      return `+ topic ${change.topic.name}: ${change.topic.partitions} partitions, ${change.topic.replication} copies`;
    case 'grow':
      return `~ topic ${change.name}: ${change.from} to ${change.to} partitions (keys move)`;
    case 'configure':
      return `~ topic ${change.name}: ${Object.entries(change.set)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}`;
    case 'allow':
      return `+ allow ${ruleKey(change.rule)}`;
    case 'forbid':
      return `- allow ${ruleKey(change.rule)}`;
    case 'cannot':
      return `! topic ${change.name}: ${change.why}`;
    default: {
      const never: never = change;
      return never;
    }
  }
};
