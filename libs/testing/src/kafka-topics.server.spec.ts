import {
  applyChange,
  changesBetween,
  createKafkaClient,
  groupOf,
  kafkaAdmin,
  parseTopics,
  stateOf,
  wantedOf,
  type KafkaConnection,
} from '@toeverlaat/kafka';
import { createSignal } from '@toeverlaat/kafka/sample';
import { canStartKafka, startKafka, type KafkaCluster } from '@toeverlaat/kafka-broker';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from './needs.js';

const plan = parseTopics(readFileSync(join(import.meta.dirname, '../../../infra/kafka/topics.json'), 'utf8'));
const wanted = wantedOf(plan, 1);
const names = wanted.topics.map(({ name }) => name);
const keys = Object.keys(wanted.topics[0]?.config ?? {});
const users = ['case', 'referral'].map((service) => ({ username: `toeverlaat-${service}`, password: `of-${service}` }));

describeWith('kafka', 'topics and who may use them', () => {
  describe.runIf(canStartKafka())('on a broker with an authorizer', () => {
    let cluster: KafkaCluster;
    const as = (user: { readonly username: string; readonly password: string } | undefined): KafkaConnection => ({
      brokers: cluster.brokers.split(','),
      clientId: 'topics',
      ...(user === undefined ? {} : { sasl: user }),
    });
    const of = (service: string): KafkaConnection =>
      as(users.find(({ username }) => username === `toeverlaat-${service}`));
    const record = (topic: string) => ({ topic, key: 'gentia|1', value: '{}', headers: {} });

    beforeAll(async () => {
      cluster = await startKafka({ users });
      const admin = kafkaAdmin(as(cluster.admin));
      await admin.connect();
      for (const change of changesBetween(await stateOf(admin, names, keys), wanted))
        await applyChange(admin, change, wanted);
      await admin.disconnect();
    });
    afterAll(() => cluster.close());

    it('are as planned once applied, and again after they were changed by hand', async () => {
      const admin = kafkaAdmin(as(cluster.admin));
      await admin.connect();
      const open = async () => changesBetween(await stateOf(admin, names, keys), wanted);
      expect(await open()).toEqual([]);
      const [topic] = wanted.topics;
      if (topic === undefined) throw new Error('no topic');
      await applyChange(
        admin,
        { kind: 'configure', name: topic.name, set: {} },
        { topics: [{ ...topic, config: { ...topic.config, 'retention.ms': '5000' } }], acl: [] },
      );
      const stray = {
        principal: 'User:toeverlaat-case',
        resource: 'topic',
        name: topic.name,
        operation: 'write',
      } as const;
      await applyChange(admin, { kind: 'allow', rule: stray }, wanted);
      const changes = await open();
      expect(changes.map(({ kind }) => kind).toSorted()).toEqual(['configure', 'forbid']);
      for (const change of changes) await applyChange(admin, change, wanted);
      expect(await open()).toEqual([]);
      await admin.disconnect();
    });

    it.each(['kafkajs', 'platformatic'] as const)('a service writes its own topic and no other: %s', async (client) => {
      const producer = await createKafkaClient(client, of('case')).producer();
      await producer.send([record('toeverlaat.case')]);
      await expect(producer.send([record('toeverlaat.referral')])).rejects.toMatchObject({ name: 'KafkaRefused' });
      await producer.send([record('toeverlaat.case')]);
      await producer.close();
    });

    it.each(['kafkajs', 'platformatic'] as const)(
      'a service reads what it hears, in its own group: %s',
      async (client) => {
        const signal = createSignal();
        let read = 0;
        const errors: unknown[] = [];
        const consumerOf = (group: string, topics: readonly string[]) =>
          createKafkaClient(client, of('referral')).consumer({
            group,
            topics,
            handlers: {
              onAssigned: () => undefined,
              onRecords: (records) => {
                read += records.length;
                signal.ring();
              },
              onError: (error) => {
                errors.push(error);
                signal.ring();
              },
            },
          });
        const producer = await createKafkaClient(client, of('case')).producer();
        await producer.send([record('toeverlaat.case')]);
        await producer.close();
        const consumer = consumerOf(groupOf('referral'), ['toeverlaat.case', 'toeverlaat.referral']);
        await consumer.start();
        await signal.until(() => read > 0);
        await consumer.stop();
        const foreign = consumerOf(groupOf('case'), ['toeverlaat.case']);
        await expect(
          foreign
            .start()
            .then(() => signal.until(() => errors.length > 0))
            .then(() => Promise.reject(errors[0])),
        ).rejects.toMatchObject({
          // kafkajs keeps the reason to itself: "no coordinator".
          name: expect.stringMatching(/^Kafka(Refused|Unavailable)$/) as string,
        });
        await foreign.stop();
      },
    );

    it('nobody without credentials is let in', async () => {
      await expect(
        createKafkaClient('kafkajs', as({ username: 'toeverlaat-case', password: 'wrong' })).producer(),
      ).rejects.toMatchObject({
        name: 'KafkaRefused',
      });
    });
  });
});
