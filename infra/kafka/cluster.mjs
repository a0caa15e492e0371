// A real Apache Kafka (KRaft) without Docker: Maven's jars, the machine's Java, a temporary folder, free ports of the
// loopback address. Needs Java 17 or later, and Maven the first time (Debian: apt-get install default-jre-headless maven).
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const pom = join(here, 'pom.xml');
const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(pom, 'utf8'))[1];
const cached = join(here, '..', '..', 'node_modules', '.cache', 'kafka', version);

const answers = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
const haveJars = () => existsSync(cached) && readdirSync(cached).length > 0;

export const canStartKafka = () => answers('java', '-version') && (haveJars() || answers('mvn', '--version'));

/** The folder of jars; fetched once, into place by one rename, so that two starts at once do not meet. */
const jars = async () => {
  if (haveJars()) return cached;
  mkdirSync(dirname(cached), { recursive: true });
  const fetched = mkdtempSync(join(dirname(cached), 'fetching-'));
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fetched}`];
    await promisify(execFile)('mvn', ['-q', '-B', '-C', '-f', pom, ...goal]);
    if (!haveJars()) renameSync(fetched, cached);
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
  return cached;
};

/**
 * Below the range that the system gives to whoever connects: a broker that is killed and started again finds its port as it
 * left it. From that range a client that keeps trying to reach the broker may be given the very port it tries.
 */
const LOWEST_PORT = 18_000;
const HIGHEST_PORT = 32_000;

const listening = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(listening()) : reject(error)));
    server.listen(randomInt(LOWEST_PORT, HIGHEST_PORT), '127.0.0.1', () => resolve(server));
  });

/** All at once, so that none is given twice. */
const freePorts = async (count) => {
  const servers = await Promise.all(Array.from({ length: count }, listening));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const secure = (users, admin) => ({
  'listener.security.protocol.map': 'CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'listener.name.clients.plain.sasl.jaas.config':
    [
      'org.apache.kafka.common.security.plain.PlainLoginModule required',
      `username="${admin.username}" password="${admin.password}"`,
      ...[admin, ...users].map(({ username, password }) => `user_${username}="${password}"`),
    ].join(' ') + ';',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  // ANONYMOUS is who speaks on the controllers' own listener.
  'super.users': `User:${admin.username};User:ANONYMOUS`,
  'allow.everyone.if.no.acl.found': 'false',
});

const properties = (id, ports, folder, options, admin) => {
  const count = ports.length / 2;
  const replicas = String(Math.min(3, count));
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': Array.from({ length: count }, (_, n) => `${n + 1}@127.0.0.1:${ports[count + n]}`).join(
      ',',
    ),
    listeners: `CLIENTS://127.0.0.1:${ports[id - 1]},CONTROLLER://127.0.0.1:${ports[count + id - 1]}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${ports[id - 1]}`,
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENTS',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': count > 1 ? '2' : '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // The default keeps a cleaner buffer of 128 MB, too much for a small heap.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    'log.cleaner.threads': '1',
    ...(options.users === undefined ? {} : secure(options.users, admin)),
    ...options.config,
  };
};

export const startKafka = async (options = {}) => {
  const count = options.nodes ?? 1;
  const library = await jars();
  if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'kafka-'));
  const ports = await freePorts(count * 2);
  // 22 characters, the first a letter: one that begins with '-' would be taken for an option.
  const clusterId = `K${randomBytes(16).toString('base64url').slice(1)}`;
  const admin =
    options.users === undefined ? undefined : { username: 'admin', password: randomBytes(12).toString('hex') };
  let output = '';
  const java = [
    `-Xmx${options.heapMb ?? 256}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${join(here, 'log4j2.properties')}`,
    '-cp',
    join(library, '*'),
  ];
  // The kernel ends the broker with whoever started it, however that ended.
  const [command, ...before] = answers('setpriv', '--pdeathsig', 'KILL', 'true')
    ? ['setpriv', '--pdeathsig', 'KILL', 'java']
    : ['java'];

  const nodes = Array.from({ length: count }, (_, n) => {
    const id = n + 1;
    const home = join(folder, `node-${id}`);
    const config = join(home, 'server.properties');
    let child;
    let ended = Promise.resolve();
    let configured = false;
    const start = async () => {
      if (!configured) {
        configured = true;
        mkdirSync(home, { recursive: true });
        const lines = Object.entries(properties(id, ports, home, options, admin));
        writeFileSync(config, lines.map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
        // A folder that is kept has been formatted at its first start; only the ports are others.
        if (!existsSync(join(home, 'data', 'meta.properties')))
          await promisify(execFile)('java', [
            ...java,
            'kafka.tools.StorageTool',
            'format',
            '-t',
            clusterId,
            '-c',
            config,
          ]);
      }
      const mine = spawn(command, [...before, ...java, 'kafka.Kafka', config], { stdio: ['ignore', 'pipe', 'pipe'] });
      child = mine;
      ended = new Promise((resolve) => mine.once('close', resolve));
      await new Promise((resolve, reject) => {
        let seen = '';
        const hear = (chunk) => {
          output = (output + chunk).slice(-200_000);
          seen = (seen + chunk).slice(-20_000);
          if (seen.includes('Kafka Server started')) resolve();
        };
        mine.stdout.setEncoding('utf8').on('data', hear);
        mine.stderr.setEncoding('utf8').on('data', hear);
        mine.once('error', reject);
        mine.once('close', (code) => reject(new Error(`broker ${id} ended (${code}) while it started:\n${seen}`)));
      });
    };
    const end = async (signal) => {
      child?.kill('SIGCONT');
      child?.kill(signal);
      await ended;
      child = undefined;
    };
    return {
      id,
      address: `127.0.0.1:${ports[n]}`,
      pid: () => child?.pid,
      start,
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
      pause: () => child?.kill('SIGSTOP'),
      resume: () => child?.kill('SIGCONT'),
    };
  });
  const close = async () => {
    if (options.folder !== undefined) {
      await Promise.all(nodes.map((node) => node.stop()));
      return;
    }
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return { brokers: nodes.map(({ address }) => address).join(','), nodes, admin, output: () => output, close };
};
