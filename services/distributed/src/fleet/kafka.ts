import {
  applyChange,
  brokersOf,
  changesBetween,
  kafkaAdmin,
  parseTopics,
  stateOf,
  wantedOf,
  type TopicPlan,
} from '@toeverlaat/kafka';
import { canStartKafka, startKafka } from '@toeverlaat/kafka-broker';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** No broker can be started on this machine, or its topics are not as they must be. */
export class KafkaMissing extends Error {
  override readonly name = 'KafkaMissing';
}

export type StartedBroker = { readonly brokers: string; readonly stop: () => Promise<void> };

/** A broker of its own whose data stays in a folder. @throws KafkaMissing */
export const startBroker = async (folder: string): Promise<StartedBroker> => {
  if (!canStartKafka())
    throw new KafkaMissing(
      'no Java (or no Maven to fetch Kafka with) on this machine: install both (Debian: apt-get install default-jre-headless maven), or go without a broker: --broker none',
    );
  const cluster = await startKafka({ folder });
  return { brokers: cluster.brokers, stop: cluster.close };
};

const PLAN = fileURLToPath(new URL('../../../../infra/kafka/topics.json', import.meta.url));

const named = (plan: TopicPlan, prefix: string): TopicPlan => ({
  ...plan,
  topics: plan.topics.map((topic) => ({ ...topic, name: `${prefix}.${topic.writer}` })),
});

/** Makes the topics of `infra/kafka/topics.json` where they are not, under names of this deployment. @throws KafkaMissing */
export const prepareTopics = async (brokers: string, prefix: string): Promise<void> => {
  const admin = kafkaAdmin({ brokers: brokers.split(','), clientId: `${prefix}-prepare` });
  await admin.connect();
  try {
    const wanted = wantedOf(named(parseTopics(readFileSync(PLAN, 'utf8')), prefix), await brokersOf(admin));
    const names = wanted.topics.map(({ name }) => name);
    const current = await stateOf(admin, names, Object.keys(wanted.topics[0]?.config ?? {}));
    for (const change of changesBetween(current, wanted)) {
      if (change.kind === 'cannot') throw new KafkaMissing(`${change.name}: ${change.why}`);
      if (change.kind !== 'grow') await applyChange(admin, change, wanted);
    }
  } finally {
    await admin.disconnect();
  }
};

/** Takes the topics away again: for tests on a broker that others use. */
export const removeTopics = async (brokers: string, prefix: string): Promise<void> => {
  const admin = kafkaAdmin({ brokers: brokers.split(','), clientId: `${prefix}-remove` });
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
};
