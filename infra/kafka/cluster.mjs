// A real Apache Kafka (KRaft) without Docker: Maven's jars, the machine's Java, a temporary folder, free ports of the
// loopback address. Needs Java 17 or later, and Maven the first time (Debian: apt-get install default-jre-headless maven).
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
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
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { endWithParent } from './end-with-parent.mjs';
import { freePorts } from './free-ports.mjs';

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

const HOST = '127.0.0.1';
/** What a start may take on a busy machine, in milliseconds, before it is given up aloud. */
const START_WITHIN_MS = 180_000;
/** A Java that is told SIGQUIT prints what each of its threads does; it gets a moment for that, in milliseconds. */
const THREADS_MS = 3_000;
/** Characters of what a broker said that go into the error of a start that failed. */
const TAIL = 20_000;

/** A broker ended while it started, or had not started in time; the message ends with what it said. */
export class BrokerDidNotStart extends Error {
  name = 'BrokerDidNotStart';
}

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

const properties = (id, { ports, apart }, folder, options, admin) => {
  const count = ports.length / 2;
  const replicas = String(Math.min(3, count));
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': Array.from({ length: count }, (_, n) => `${n + 1}@${HOST}:${ports[count + n]}`).join(
      ',',
    ),
    listeners: [
      `CLIENTS://${HOST}:${ports[id - 1]}`,
      `CONTROLLER://${HOST}:${ports[count + id - 1]}`,
      ...apart.map((way) => `APART://${way[id - 1].at}`),
    ].join(','),
    'advertised.listeners': [
      `CLIENTS://${HOST}:${ports[id - 1]}`,
      ...apart.map((way) => `APART://${way[id - 1].told}`),
    ].join(','),
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,APART:PLAINTEXT',
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
    // A broker that was killed is taken back only when the session of its last life has ended; that is what a start waits for.
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '1000',
    // How long a start may take is bounded by who starts it: a broker that has to wait for the others does not give up before.
    'initial.broker.registration.timeout.ms': '600000',
    // The default keeps a cleaner buffer of 128 MB, too much for a small heap.
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    'log.cleaner.threads': '1',
    ...(options.users === undefined ? {} : secure(options.users, admin)),
    ...options.config,
  };
};

const waysOf = async ({ host, through = (port) => port }, count) => {
  const freePort = freePorts(host);
  const ways = [];
  for (let n = 0; n < count; n += 1) {
    const port = await freePort();
    ways.push({ at: `${host}:${port}`, told: `${host}:${await through(port)}` });
  }
  return ways;
};

export const startKafka = async (options = {}) => {
  const count = options.nodes ?? 1;
  const library = await jars();
  if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'kafka-'));
  const freePort = freePorts(HOST);
  const ports = [];
  for (let n = 0; n < count * 2; n += 1) ports.push(await freePort());
  /** None, or one: where each broker listens for those apart, and what it tells them. */
  const apart = options.apart === undefined ? [] : [await waysOf(options.apart, count)];
  // 22 characters, the first a letter: one that begins with '-' would be taken for an option.
  const clusterId = `K${randomBytes(16).toString('base64url').slice(1)}`;
  const admin =
    options.users === undefined ? undefined : { username: 'admin', password: randomBytes(12).toString('hex') };
  let output = '';
  const java = [
    'java',
    `-Xmx${options.heapMb ?? 256}m`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    // One whose memory is full ends, instead of staying half alive.
    '-XX:+ExitOnOutOfMemoryError',
    `-Dlog4j2.configurationFile=${join(here, 'log4j2.properties')}`,
    '-cp',
    join(library, '*'),
  ];
  /** The brokers end with whoever started them, however that ended; a temporary folder goes with them. */
  const watch = endWithParent(options.folder === undefined ? folder : undefined);

  const nodes = Array.from({ length: count }, (_, n) => {
    const id = n + 1;
    const home = join(folder, `node-${id}`);
    const config = join(home, 'server.properties');
    let child;
    let ended = Promise.resolve();
    const data = join(home, 'data');
    let configured = false;
    /** What is put before the command that starts it. */
    let prefix = [];
    const toRun = (...args) => {
      const [command, ...rest] = [...prefix, ...java, ...args];
      return [command, rest];
    };
    const start = async () => {
      if (!configured) {
        configured = true;
        mkdirSync(data, { recursive: true });
        prefix = (await options.within?.(id, data)) ?? [];
        const lines = Object.entries(properties(id, { ports, apart }, home, options, admin));
        writeFileSync(config, lines.map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
        // A folder that is kept has been formatted at its first start; only the ports are others.
        if (!existsSync(join(data, 'meta.properties')))
          await promisify(execFile)(...toRun('kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config));
      }
      const mine = spawn(...toRun('kafka.Kafka', config), { stdio: ['ignore', 'pipe', 'pipe'] });
      child = mine;
      const { pid } = mine;
      if (pid !== undefined) {
        watch.holds(pid, 'KILL');
        mine.once('exit', () => watch.gone(pid));
      }
      ended = new Promise((resolve) => {
        mine.once('close', resolve);
        mine.once('error', resolve);
      });
      const began = performance.now();
      let seen = '';
      let late = false;
      await new Promise((resolve, reject) => {
        let threads;
        const giveUp = setTimeout(() => {
          late = true;
          mine.kill('SIGQUIT');
          threads = setTimeout(() => mine.kill('SIGKILL'), THREADS_MS);
        }, options.startWithinMs ?? START_WITHIN_MS);
        const settle = (how, value) => {
          clearTimeout(giveUp);
          clearTimeout(threads);
          how(value);
        };
        const hear = (chunk) => {
          output = (output + chunk).slice(-200_000);
          seen = (seen + chunk).slice(-TAIL);
          if (seen.includes('Kafka Server started')) settle(resolve);
        };
        mine.stdout.setEncoding('utf8').on('data', hear);
        mine.stderr.setEncoding('utf8').on('data', hear);
        mine.once('error', (error) => settle(reject, error));
        mine.once('close', (code, signal) => {
          const how = late ? 'had not started and was ended' : `ended (${signal ?? code}) while it started`;
          const after = Math.round((performance.now() - began) / 1_000);
          settle(reject, new BrokerDidNotStart(`broker ${id} ${how} after ${after} s:\n${seen}`));
        });
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
      address: `${HOST}:${ports[n]}`,
      pid: () => child?.pid,
      start,
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
      whenEnded: () => ended,
      pause: () => child?.kill('SIGSTOP'),
      resume: () => child?.kill('SIGCONT'),
    };
  });
  const close = async () => {
    if (options.folder !== undefined) {
      await Promise.all(nodes.map((node) => node.stop()));
      watch.done();
      return;
    }
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    watch.done();
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    brokers: nodes.map(({ address }) => address).join(','),
    apart: apart.flatMap((way) => way.map(({ told }) => told)).join(','),
    nodes,
    admin,
    output: () => output,
    close,
  };
};
