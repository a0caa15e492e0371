import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kafkaSettingsOf } from './settings.js';
import { changesBetween, describeChange, parseTopics, wantedOf, type ClusterState } from './topics.js';

const text = readFileSync(join(import.meta.dirname, '../../../infra/kafka/topics.json'), 'utf8');
const plan = parseTopics(text);
const wanted = wantedOf(plan, 3);
const nothing: ClusterState = { topics: [], acl: [] };

describe('topics', () => {
  it('are made with their rules, and then are as planned', () => {
    const changes = changesBetween(nothing, wanted);
    expect(changes.filter(({ kind }) => kind === 'create').length).toBe(plan.topics.length);
    expect(changes.filter(({ kind }) => kind === 'allow').map(describeChange)).toContain(
      '+ allow User:toeverlaat-referral read topic toeverlaat.case',
    );
    expect(changesBetween(wanted, wanted)).toEqual([]);
  });

  it('let each service write its own topic alone', () => {
    const writes = (wanted.acl ?? []).filter(({ operation }) => operation === 'write');
    expect(writes.map(({ principal, name }) => [principal, name])).toEqual(
      plan.topics.map(({ name }) => [`User:toeverlaat-${name.slice('toeverlaat.'.length)}`, name]),
    );
  });

  it('have as many copies as there are brokers at the most, and acknowledge by fewer', () => {
    expect(wantedOf(plan, 1).topics[0]).toMatchObject({ replication: 1, config: { 'min.insync.replicas': '1' } });
    expect(wanted.topics[0]).toMatchObject({ replication: 3, config: { 'min.insync.replicas': '2' } });
  });

  it('grow, are set, lose a rule that nobody planned, and say what a person must decide', () => {
    const [first, ...others] = wanted.topics;
    if (first === undefined) throw new Error('no topic');
    const stray = {
      principal: 'User:toeverlaat-reporting',
      resource: 'topic',
      name: first.name,
      operation: 'read',
    } as const;
    const current: ClusterState = {
      topics: [
        { ...first, partitions: 1, replication: 1, config: { ...first.config, 'retention.ms': '1' } },
        ...others.map((topic) => ({ ...topic, partitions: topic.partitions + 1 })),
        { name: 'of.somebody.else', partitions: 1, replication: 1, config: {} },
      ],
      acl: [...(wanted.acl ?? []), stray],
    };
    expect(changesBetween(current, wanted).map(({ kind }) => kind)).toEqual([
      'grow',
      'cannot',
      'configure',
      ...others.map(() => 'cannot'),
      'forbid',
    ]);
  });

  it('leave rules alone where no authorizer enforces them', () => {
    expect(changesBetween({ topics: wanted.topics, acl: undefined }, wanted)).toEqual([]);
  });

  it.each([
    ['minInSync', (json: { minInSync: number }) => ({ ...json, minInSync: 9 })],
    ['topics', (json: { topics: unknown[] }) => ({ ...json, topics: [...json.topics, json.topics[0]] })],
    [
      'topics.0.retentionDays',
      (json: { topics: object[] }) => ({ ...json, topics: [{ ...json.topics[0], retentionDays: 0 }] }),
    ],
  ] as const)('refuse a plan whose %s is wrong, naming it', (field, spoil) => {
    expect(() => parseTopics(JSON.stringify(spoil(JSON.parse(text))))).toThrow(
      expect.objectContaining({
        issues: [
          expect.objectContaining({ path: field.split('.').map((part) => (/^\d$/.test(part) ? Number(part) : part)) }),
        ],
      }) as Error,
    );
  });
});

describe('settings of Kafka', () => {
  it('come from the environment', () => {
    expect(kafkaSettingsOf({ KAFKA_BROKERS: 'a:9092,b:9092', KAFKA_CLIENT: 'platformatic' }, 'case')).toMatchObject({
      client: 'platformatic',
      connection: { brokers: ['a:9092', 'b:9092'], clientId: 'case' },
    });
  });

  it.each([
    ['KAFKA_BROKERS', {}],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'a' }],
    ['KAFKA_CLIENT', { KAFKA_BROKERS: 'a:1', KAFKA_CLIENT: 'x' }],
    ['KAFKA_USERNAME', { KAFKA_BROKERS: 'a:1', KAFKA_USERNAME: 'u' }],
    ['KAFKA_CERT_FILE', { KAFKA_BROKERS: 'a:1', KAFKA_KEY_FILE: 'k' }],
  ])('are refused naming %s', (name, environment) => {
    expect(() => kafkaSettingsOf(environment, 'case')).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: [name] })] }) as Error,
    );
  });
});
