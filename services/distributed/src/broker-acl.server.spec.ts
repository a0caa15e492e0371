import { brokerParts, issueCertificates, type IssuedCertificates } from '@toeverlaat/grpc';
import {
  applyChange,
  createDelivery,
  createKafkaClient,
  createMemoryDeliveryStore,
  createMemoryRelayStore,
  createRelay,
  groupOf,
  kafkaAdmin,
  kafkaClients,
  kafkaSettingsOf,
  KafkaUnavailable,
  parseTopics,
  principalOf,
  type KafkaClientName,
  type KafkaConnection,
  type RelayNotice,
} from '@toeverlaat/kafka';
import { createMemoryEventLog } from '@toeverlaat/event-log';
import { appendSample, createSignal, sampleSource } from '@toeverlaat/kafka/sample';
import { organisationId, systemClock } from '@toeverlaat/values';
import { canStartKafka, startKafka, type KafkaCluster } from '@toeverlaat/kafka-broker';
import { peerSchema, type Peer } from '@toeverlaat/contracts';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../../..');
const plan = parseTopics(readFileSync(join(ROOT, 'infra/kafka/topics.json'), 'utf8'));
const writers = plan.topics.map(({ writer }) => peerSchema.parse(writer));
const DAY_MS = 86_400_000;
/** Two services that hear of cases. */
const READERS = ['records', 'referral'] as const;

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** What the broker of docker-compose.yml is told of who may come and do what, with the files where this test has them. */
const securityOfCompose = (folder: string): Readonly<Record<string, string>> => {
  const compose = z
    .looseObject({
      services: z.looseObject({ kafka: z.looseObject({ environment: z.record(z.string(), z.string()) }) }),
    })
    .parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }));
  const of = /^KAFKA_(?:SSL_|AUTHORIZER_|SUPER_USERS|ALLOW_EVERYONE|LISTENER_SECURITY)/u;
  return Object.fromEntries(
    Object.entries(compose.services.kafka.environment)
      .filter(([name]) => of.test(name))
      .map(([name, value]) => [
        name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'),
        value.replaceAll('$$', '$').replace('/run/broker', folder),
      ]),
  );
};

/* The very settings of docker-compose.yml on a real broker: services are who their certificates say, and may do what topics.json says. */
const missing = !canStartKafka();
const why = missing ? ' [needs kafka: Java and Maven on this machine]' : '';
(missing ? describe.skip : describe)(`who may come to the broker of the containers, and do what${why}`, () => {
  describe('with mutual TLS and the authorizer', () => {
    let cluster: KafkaCluster;
    let folder: string;
    const validity = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) };
    const ours = issueCertificates([...peerSchema.options, ...brokerParts], validity);
    const theirs = issueCertificates(['case', 'topics'], validity);
    const anew = issueCertificates(['case', ...READERS, 'kafka'], validity);

    const as = (who: Peer | 'topics' | undefined, from: IssuedCertificates = ours): KafkaConnection => {
      const issued = who === undefined ? undefined : from.peers[who];
      return {
        brokers: cluster.brokers.split(','),
        clientId: `acl-${who ?? 'nobody'}`,
        tls: { ca: ours.authority, ...(issued === undefined ? {} : { cert: issued.certificate, key: issued.key }) },
      };
    };
    const record = (topic: string) => ({ topic, key: 'gentia|1', value: '{}', headers: {} });
    const refused = { name: 'KafkaRefused', message: expect.stringContaining('AUTHORIZATION_FAILED') as string };
    const file = (name: string, ...content: readonly string[]): string => {
      const path = join(folder, name);
      writeFileSync(path, content.join(''), { mode: 0o600 });
      return path;
    };
    const topicsCommand = (who: Peer | 'topics', ...flags: readonly string[]) => {
      const { certificate = '', key = '' } = ours.peers[who] ?? {};
      const child = spawn(process.execPath, [join(ROOT, 'libs/kafka/dist/commands/topics.js'), ...flags], {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'],
          KAFKA_BROKERS: cluster.brokers,
          KAFKA_CA_FILE: join(folder, 'ca.crt'),
          KAFKA_CERT_FILE: file(`${who}.crt`, certificate),
          KAFKA_KEY_FILE: file(`${who}.key`, key),
        },
      });
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
      return new Promise<{ readonly code: number | null; readonly out: string }>((resolve) => {
        child.on('close', (code) => resolve({ code, out }));
      });
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'toeverlaat-acl-'));
      const { certificate = '', key = '' } = ours.peers.kafka ?? {};
      file('ca.crt', ours.authority);
      file('broker.pem', key, certificate);
      cluster = await startKafka({ config: securityOfCompose(folder) });
      const applied = await topicsCommand('topics', '--apply');
      if (applied.code !== 0 || applied.out.includes('no authorizer')) throw new Error(applied.out);
    });
    afterAll(async () => {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Of one who may, what the broker says while it begins is no answer yet; of one who may not, its first refusal is. */
    const reads = async (
      client: KafkaClientName,
      who: Peer,
      topic: string,
      may: boolean,
    ): Promise<'read' | 'nothing'> => {
      const signal = createSignal();
      let outcome: 'read' | 'nothing' | undefined;
      const consumer = createKafkaClient(client, as(who)).consumer({
        group: groupOf(who),
        topics: [topic],
        handlers: {
          onAssigned: () => undefined,
          onRecords: () => {
            outcome = 'read';
            signal.ring();
          },
          onError: () => {
            if (!may) outcome ??= 'nothing';
            signal.ring();
          },
        },
      });
      try {
        await consumer.start();
        await signal.until(() => outcome !== undefined);
      } catch (error) {
        if (may) throw error;
        outcome ??= 'nothing';
      } finally {
        await consumer.stop().catch(() => undefined);
      }
      return outcome ?? 'nothing';
    };

    it('the topics command has made everything, as the one who may, and nobody else may', async () => {
      expect(await topicsCommand('topics')).toEqual({ code: 0, out: 'as planned\n' });
      expect((await topicsCommand('case', '--apply')).code).not.toBe(0);
    });

    it.each(kafkaClients)('a service writes its own topic and no other: %s', async (client) => {
      for (const writer of writers) {
        const producer = await createKafkaClient(client, as(writer)).producer();
        for (const { name } of plan.topics.filter((topic) => topic.writer === writer))
          await producer.send([record(name)]);
        for (const { name } of plan.topics.filter((topic) => topic.writer !== writer))
          await expect(producer.send([record(name)])).rejects.toMatchObject(refused);
        await producer.close();
      }
    });

    it.each(kafkaClients)('a service reads the topics that the map has it hear, and no other: %s', async (client) => {
      const [directory] = plan.topics;
      if (directory === undefined) throw new RangeError('no topic');
      for (const reader of directory.readers)
        expect([reader, await reads(client, peerSchema.parse(reader), directory.name, true)]).toEqual([reader, 'read']);
      for (const stranger of ['referral', 'reporting'] as const)
        expect([stranger, await reads(client, stranger, directory.name, false)]).toEqual([stranger, 'nothing']);
    });

    it('what is on the broker of rights is what the map says, and nothing more', async () => {
      const admin = kafkaAdmin(as('topics'));
      await admin.connect();
      try {
        const { resources } = await admin.describeAcls({
          resourceType: 1,
          resourcePatternType: 1,
          operation: 1,
          permissionType: 1,
        });
        const rights = resources.flatMap(({ resourceName, acls }) =>
          acls.map(
            ({ principal, operation }) =>
              `${principal} ${operation === 3 ? 'reads' : operation === 4 ? 'writes' : operation} ${resourceName}`,
          ),
        );
        const groups = new Set(plan.topics.flatMap(({ readers }) => readers));
        expect(rights.toSorted()).toEqual(
          [
            ...plan.topics.map(({ name, writer }) => `${principalOf(writer)} writes ${name}`),
            ...plan.topics.flatMap(({ name, readers }) => readers.map((one) => `${principalOf(one)} reads ${name}`)),
            ...[...groups].map((one) => `${principalOf(one)} reads ${groupOf(one)}`),
          ].toSorted(),
        );
      } finally {
        await admin.disconnect();
      }
    });

    it.each(kafkaClients)('who is granted a right goes on without being started again: %s', async (client) => {
      const admin = kafkaAdmin(as('topics'));
      await admin.connect();
      const rule = (operation: 'read' | 'write', resource: 'topic' | 'group', name: string) =>
        ({ principal: principalOf('reporting'), resource, name, operation }) as const;
      const rules = [rule('read', 'topic', 'toeverlaat.directory'), rule('read', 'group', groupOf('reporting'))];
      const settle = async (kind: 'allow' | 'forbid', all: typeof rules) => {
        for (const one of all) await applyChange(admin, { kind, rule: one }, { topics: [], acl: [] });
      };
      // A right of `case` is taken away under a running relay.
      const writes = { ...rule('write', 'topic', 'toeverlaat.case'), principal: principalOf('case') };
      const producer = await createKafkaClient(client, as('case')).producer();
      const log = createMemoryEventLog();
      const signal = createSignal();
      const notices: RelayNotice['kind'][] = [];
      const relay = createRelay({
        relay: 'sample',
        topic: 'toeverlaat.case',
        log,
        sources: [sampleSource],
        producer,
        store: createMemoryRelayStore(systemClock),
        clock: systemClock,
        holder: undefined,
        refusedMs: 100,
        onNotice: ({ kind }) => {
          notices.push(kind);
          signal.ring();
        },
      });
      await settle('forbid', [writes]);
      const target = await appendSample(log, organisationId('gentia'), 'one', 'none', ['Opened']);
      relay.start();
      await signal.until(() => notices.includes('refused'));
      await settle('allow', [writes]);
      expect(await relay.whenPublished(target, 120_000)).toBe(true);
      await relay.stop();
      await producer.close();

      // And one that never had any gets it while it asks.
      let troubles = 0;
      const states = createSignal();
      const told = (): void => {
        troubles += 1;
        states.ring();
      };
      const delivery = createDelivery({
        name: groupOf('reporting'),
        client: createKafkaClient(client, as('reporting')),
        topics: ['toeverlaat.directory'],
        reactions: new Map(),
        ignores: new Set(),
        store: createMemoryDeliveryStore(),
        reread: () => Promise.resolve([]),
        refusedMs: 100,
        // What is read is no public event: that it is set aside shows that it was read.
        onParked: () => {
          parked += 1;
          states.ring();
        },
        onTrouble: told,
        onFailed: told,
      });
      let parked = 0;
      delivery.start();
      await states.until(() => troubles > 0);
      await settle('allow', rules);
      // One that the group has not been given before.
      const directory = await createKafkaClient(client, as('directory')).producer();
      await directory.send([record('toeverlaat.directory')]);
      await directory.close();
      await states.until(() => parked > 0);
      await delivery.stop();
      await settle('forbid', rules);
      await admin.disconnect();
    });

    it.each(kafkaClients)(
      'whoever has no certificate of ours is not let in, and one without rights does nothing: %s',
      async (client) => {
        const sends = async (connection: KafkaConnection, topic: string): Promise<void> => {
          const producer = await createKafkaClient(client, connection).producer();
          try {
            await producer.send([record(topic)]);
          } finally {
            await producer.close();
          }
        };
        // At once: each is tried for seconds before the client gives up.
        const outcomes = await Promise.allSettled(
          [as(undefined), as('case', theirs), as('topics', theirs)].map((one) => sends(one, 'toeverlaat.case')),
        );
        const notLetIn = {
          status: 'rejected',
          reason: { name: expect.stringMatching(/^Kafka(?:Refused|Unavailable)$/u) as string },
        };
        expect(outcomes).toMatchObject([notLetIn, notLetIn, notLetIn]);
        // The gateway has a certificate and no business at the broker.
        for (const { name } of plan.topics) await expect(sends(as('gateway'), name)).rejects.toMatchObject(refused);
      },
    );

    /* Last: from here on the broker believes another authority. */
    it('goes on when every certificate and the authority itself are exchanged while it runs, with both clients', async () => {
      const certificates = join(folder, 'exchanged');
      mkdirSync(certificates);
      const at = (name: string): string => join(certificates, name);
      const put = (from: IssuedCertificates): void => {
        writeFileSync(at('ca.crt'), from.authority);
        for (const who of ['case', ...READERS] as const) {
          writeFileSync(at(`${who}.crt`), from.peers[who]?.certificate ?? '');
          writeFileSync(at(`${who}.key`), from.peers[who]?.key ?? '', { mode: 0o600 });
        }
      };
      put(ours);
      const signal = createSignal();
      const exchanged: string[] = [];
      const of = (client: KafkaClientName, who: 'case' | (typeof READERS)[number]) =>
        createKafkaClient(
          client,
          kafkaSettingsOf(
            {
              KAFKA_BROKERS: cluster.brokers,
              KAFKA_CA_FILE: at('ca.crt'),
              KAFKA_CERT_FILE: at(`${who}.crt`),
              KAFKA_KEY_FILE: at(`${who}.key`),
            },
            `exchange-${client}-${who}`,
            { onReplaced: () => exchanged.push(`${client} ${who}`) },
          ).connection,
        );
      /** One for each client, each with the group of its own service. */
      const readers = kafkaClients.map((client, n) => {
        const who = READERS[n] ?? 'records';
        const read: string[] = [];
        const consumer = of(client, who).consumer({
          group: groupOf(who),
          topics: ['toeverlaat.case'],
          // The least a broker takes: what a member waits for that comes back before it was given up.
          sessionTimeoutMs: 6_000,
          handlers: {
            onAssigned: () => undefined,
            onRecords: (records) => {
              read.push(...records.map(({ value }) => value ?? ''));
              signal.ring();
            },
            onError: () => undefined,
          },
        });
        return { client, who, read, consumer };
      });
      await Promise.all(readers.map(({ consumer }) => consumer.start()));
      const producers = await Promise.all(kafkaClients.map((client) => of(client, 'case').producer()));
      /** Sent until it is taken, as a relay does. */
      const send = async (value: string): Promise<void> => {
        for (const producer of producers)
          for (;;)
            try {
              await producer.send([{ ...record('toeverlaat.case'), value }]);
              break;
            } catch (error) {
              if (!(error instanceof KafkaUnavailable)) throw error;
            }
        await signal.until(() =>
          readers.every(({ read }) => read.filter((one) => one === value).length >= producers.length),
        );
      };
      await send('before');
      expect(exchanged).toEqual([]);
      const { certificate = '', key = '' } = anew.peers.kafka ?? {};
      await cluster.nodes[0]?.stop();
      file('ca.crt', anew.authority);
      file('broker.pem', key, certificate);
      put(anew);
      await cluster.nodes[0]?.start();
      await send('after');
      expect(exchanged.toSorted()).toEqual(
        readers.flatMap(({ client, who }) => [`${client} case`, `${client} ${who}`]).toSorted(),
      );
      await Promise.all(producers.map((producer) => producer.close()));
      await Promise.all(readers.map(({ consumer }) => consumer.stop()));
    });
  });
});
