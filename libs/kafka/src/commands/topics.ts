import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ZodError } from 'zod';
import { kafkaAdmin } from '../admin.js';
import { kafkaSettingsOf } from '../settings.js';
import { applyChange, brokersOf, stateOf } from '../topics-cluster.js';
import { changesBetween, describeChange, parseTopics, wantedOf } from '../topics.js';

const USE = `npm run kafka:topics -- [--brokers host:port,…] [--plan file] [--apply [--grow]]
Says what differs from the plan; --apply changes it. Without --grow no partition is added: keys move then.
Brokers and credentials otherwise from KAFKA_BROKERS, KAFKA_USERNAME, KAFKA_PASSWORD_FILE, KAFKA_CA_FILE, KAFKA_CERT_FILE, KAFKA_KEY_FILE.`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      plan: { type: 'string', default: 'infra/kafka/topics.json' },
      apply: { type: 'boolean', default: false },
      grow: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(USE);
    return 0;
  }
  const plan = parseTopics(readFileSync(values.plan, 'utf8'));
  const environment = values.brokers === undefined ? process.env : { ...process.env, KAFKA_BROKERS: values.brokers };
  const admin = kafkaAdmin(kafkaSettingsOf(environment, 'toeverlaat-topics').connection);
  await admin.connect();
  try {
    const wanted = wantedOf(plan, await brokersOf(admin));
    const keys = Object.keys(wanted.topics[0]?.config ?? {});
    const names = wanted.topics.map(({ name }) => name);
    const current = await stateOf(admin, names, keys);
    const changes = changesBetween(current, wanted);
    if (current.acl === undefined) say('! the broker has no authorizer: who may read and write is not enforced');
    for (const change of changes) say(describeChange(change));
    if (changes.length === 0) say('as planned');
    const open = changes.filter(({ kind }) => kind === 'cannot' || (kind === 'grow' && !values.grow));
    if (!values.apply) return changes.length === 0 ? 0 : 1;
    for (const change of changes) if (!open.includes(change)) await applyChange(admin, change, wanted);
    say(`${changes.length - open.length} changed${open.length === 0 ? '' : `, ${open.length} left to a person`}`);
    return open.length === 0 ? 0 : 1;
  } finally {
    await admin.disconnect();
  }
};

try {
  process.exitCode = await run();
} catch (error) {
  const issue = error instanceof ZodError ? error.issues[0] : undefined;
  const what = issue === undefined ? undefined : `${issue.path.join('.')}: ${issue.message}`;
  process.stderr.write(`${what ?? (error instanceof Error ? error.message : 'failed')}\n${USE}\n`);
  process.exitCode = 2;
}
