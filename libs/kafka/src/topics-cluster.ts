import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { createTopic } from './admin.js';
import { KafkaRefused } from './port.js';
import type { AclRule, ClusterState, TopicChange } from './topics.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

const typeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';

const entryOf = ({ principal, resource, name, operation }: AclRule): AclEntry => ({
  principal,
  host: '*',
  resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
  resourceName: name,
  resourcePatternType: ResourcePatternTypes.LITERAL,
  operation: operation === 'read' ? AclOperationTypes.READ : AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.ALLOW,
});

const operationOf = (operation: AclEntry['operation']): AclRule['operation'] | undefined =>
  operation === AclOperationTypes.READ ? 'read' : operation === AclOperationTypes.WRITE ? 'write' : undefined;

/** Rules of our principals on topics and groups; undefined where the broker has no authorizer. */
const aclOf = async (admin: Admin): Promise<readonly AclRule[] | undefined> => {
  const rules: AclRule[] = [];
  for (const [resource, resourceType] of [
    ['topic', AclResourceTypes.TOPIC],
    ['group', AclResourceTypes.GROUP],
  ] as const) {
    try {
      const { resources } = await admin.describeAcls({
        resourceType,
        resourcePatternType: ResourcePatternTypes.ANY,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ALLOW,
      });
      for (const { resourceName, acls } of resources)
        for (const { principal, operation } of acls) {
          const known = operationOf(operation);
          if (known !== undefined && principal.startsWith('User:toeverlaat-'))
            rules.push({ principal, resource, name: resourceName, operation: known });
        }
    } catch (error) {
      if (typeOf(error) === 'SECURITY_DISABLED') return undefined;
      throw error;
    }
  }
  return rules;
};

/** How many brokers there are. */
export const brokersOf = async (admin: Admin): Promise<number> => (await admin.describeCluster()).brokers.length;

/** What the cluster has of these topics and of our rules. */
export const stateOf = async (
  admin: Admin,
  names: readonly string[],
  keys: readonly string[],
): Promise<ClusterState> => {
  const existing = new Set(await admin.listTopics());
  const wanted = names.filter((name) => existing.has(name));
  const acl = await aclOf(admin);
  if (wanted.length === 0) return { topics: [], acl };
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: [...keys] })),
  });
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      replication: partitions[0]?.replicas.length ?? 0,
      config: configs.get(name) ?? {},
    })),
    acl,
  };
};

/**
 * Carries out one change.
 * @throws KafkaRefused for what a person must decide
 */
export const applyChange = async (admin: Admin, change: TopicChange, all: ClusterState): Promise<void> => {
  switch (change.kind) {
    case 'create': {
      const { name, partitions, replication, config } = change.topic;
      await createTopic(admin, {
        topic: name,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      });
      return;
    }
    case 'grow':
      await admin.createPartitions({ topicPartitions: [{ topic: change.name, count: change.to }] });
      return;
    case 'configure': {
      // The request replaces what was set: all of the topic's wanted settings go along.
      const config = all.topics.find(({ name }) => name === change.name)?.config ?? change.set;
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: change.name,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          },
        ],
      });
      return;
    }
    case 'allow':
      await admin.createAcls({ acl: [entryOf(change.rule)] });
      return;
    case 'forbid':
      await admin.deleteAcls({ filters: [entryOf(change.rule)] });
      return;
    case 'cannot':
      throw new KafkaRefused(`${change.name}: ${change.why}`);
    default: {
      const never: never = change;
      return never;
    }
  }
};
