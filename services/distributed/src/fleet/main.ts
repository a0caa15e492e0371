import { complain, demoPeople, ownerOnly, say } from '@toeverlaat/standalone';
import { refusalOfDistributed } from '../refusals.js';
import { startFleet, type Fleet } from './fleet.js';
import { KafkaMissing } from './kafka.js';
import { PostgresMissing } from './postgres.js';
import { SeedFailed } from './seed-process.js';
import { readFleetSettings } from './settings.js';
import { ProcessDidNotStart } from './supervisor.js';

/* `npm run start:distributed`: a whole deployment on this host, and the demonstration in it. */

const STEPS: Readonly<Record<string, string>> = {
  certificates: 'Certificates',
  stores: 'Log, keys, attachments',
  broker: 'Kafka',
  demonstration: 'The demonstration',
  processes: 'Every process',
};

const announce = (fleet: Fleet, data: string): void => {
  for (const { plan, pid } of fleet.processes.values())
    say(
      `  ${plan.name.padEnd(12)} process ${pid() ?? 'none'}, ${plan.service === 'gateway' ? 'http' : 'grpc'} ${plan.port}, operator http ${plan.operationsPort}`,
    );
  say(`Toeverlaat listens on ${fleet.urls.join(', ')}   (GraphQL: POST ${fleet.url}/graphql)`);
  say(`Data: ${data}   Stop: Ctrl-C`);
  say(`Demonstration: sign in at ${fleet.url} in a browser, or get a token:`);
  say(`  npm run demo:token -- ${demoPeople[0]?.name ?? ''} --url ${fleet.url}`);
};

ownerOnly();
const settings = readFleetSettings(process.argv.slice(2), process.env);
if (!settings.ok) {
  const { setting, rule, help } = settings.error;
  complain(`setting ${setting} (${rule}): ${help}`);
  process.exit(2);
}
const { data, host, port, replicas, log, broker, cases, seed, logLevel } = settings.value;
/** A terminal and each launcher between it and us pass the same Ctrl-C on: within this many milliseconds it is one. */
const SAME_SIGNAL_MS = 1_000;
let fleet: Fleet | undefined;
let since: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    const now = performance.now();
    if (since !== undefined) {
      if (now - since > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    since = now;
    say('Stopping');
    void starting.then(
      async (running) => {
        await running.stop();
        process.exit(0);
      },
      () => process.exit(1),
    );
  });

const starting = startFleet({
  data,
  host,
  port,
  replicas,
  log,
  broker,
  cases,
  seed,
  logLevel,
  play: 'everything',
  rotating: true,
  onStep: (step) => {
    if (step === 'broker' && broker === 'none') return;
    say(`${STEPS[step] ?? step} …`);
  },
  onLine: (name, line) => {
    say(`${name.padEnd(12)}| ${line}`);
  },
  onRestart: (name, how) => {
    say(`${name.padEnd(12)}| ended (${how}); it is started again`);
  },
});
try {
  fleet = await starting;
  announce(fleet, data);
} catch (error) {
  const known =
    error instanceof PostgresMissing ||
    error instanceof KafkaMissing ||
    error instanceof SeedFailed ||
    error instanceof ProcessDidNotStart
      ? `${error.name}: ${error.message}`
      : refusalOfDistributed(error);
  complain(known ?? (error instanceof Error ? (error.stack ?? error.message) : 'failed to start'));
  process.exit(1);
}
