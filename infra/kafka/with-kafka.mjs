// Runs a command beside a Kafka of its own: with-kafka.mjs [--nodes 3] <command …>. A new cluster in a temporary folder, on
// free ports of the loopback address, gone afterwards. The command finds it in KAFKA_BROKERS, the tests in
// TOEVERLAAT_TEST_KAFKA.
import { spawn } from 'node:child_process';
import { canStartKafka, startKafka } from './cluster.mjs';

const args = process.argv.slice(2);
const nodes = args[0] === '--nodes' ? Number(args.splice(0, 2)[1]) : 1;
const [command, ...rest] = args;
if (command === undefined || ![1, 3].includes(nodes)) {
  console.error('with-kafka.mjs [--nodes 1|3] <command …>');
  process.exit(2);
}
if (!canStartKafka()) {
  console.error(
    'no Kafka can be started here: install Java 17 and Maven (Debian: apt-get install default-jre-headless maven)',
  );
  process.exit(1);
}
const cluster = await startKafka({ nodes });
const child = spawn(command, rest, {
  stdio: 'inherit',
  env: { ...process.env, KAFKA_BROKERS: cluster.brokers, TOEVERLAAT_TEST_KAFKA: cluster.brokers },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
const end = async (code) => {
  await cluster.close();
  process.exit(code);
};
child.on('error', (error) => {
  console.error(error.message);
  void end(127);
});
child.on('exit', (code) => void end(code ?? 1));
