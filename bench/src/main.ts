import { parseArgs } from 'node:util';
import { accessHistoryBench } from './access-history.js';
import { append } from './append.js';
import { catchUpOfReplicas } from './catch-up.js';
import { contactRequest } from './contact-request.js';
import { desk } from './desk.js';
import { erasure } from './erasure.js';
import { evidence } from './evidence.js';
import { evidenceCost } from './evidence-cost.js';
import { logServers } from './log-servers.js';
import { distributedPath } from './distributed.js';
import { notFoundTiming } from './not-found-timing.js';
import { openCase } from './open-case.js';
import { rebuild } from './rebuild.js';
import { relay } from './relay.js';
import { retention } from './retention.js';
import { start } from './start.js';
import { telemetry } from './telemetry.js';

const USE = `npm run bench -- <bench> … | all
  append            sealed durable append beside a raw SQLite insert
  log-servers       append and catch-up through each log on a server, beside the bare driver
  open-case         a case of 30 events over GraphQL
  rebuild           every view from the log              [--events 1000000]
  desk              the first page of a desk over GraphQL [--cases 1000,100000]
  contact-request   contact requests over HTTP, and whether each is in the log once
  relay             log to reaction over Kafka beside bare kafkajs, and the lag at 1000 events/s [--events 20000]
  distributed       a command over a process per service beside one process, two replicas beside one; memory, idle
  catch-up          an empty replica's views from PostgreSQL and from a file, beside the bare driver [--events 40000]
  access-history    questions of the access history at ten million accesses [--events 10000000]
  retention         simulation of other retention rules beside reading the rows [--events 1000000]
  start             start to first answer, memory when idle
  telemetry         what traces and figures cost a command, off and on
  erasure           cases destroyed with certificates beside deleting rows and signing [--cases 10000]
  evidence          integrate, publish, verify; cost to appends [--events 200000]
  evidence-cost     only what the evidence costs appends, at 1 and 64 callers
  not-found-timing  whether the time of "not found" tells what exists [--pairs 600]`;

/** A whole number from 1, or nothing when it was not given. */
const counted = (name: string, given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  const number = Number(given);
  if (!Number.isSafeInteger(number) || number < 1) throw new TypeError(`--${name}: a whole number from 1`);
  return number;
};

const run = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { events: { type: 'string' }, cases: { type: 'string' }, pairs: { type: 'string' } },
  });
  const events = counted('events', values.events);
  const pairs = counted('pairs', values.pairs);
  const [few, many] = (values.cases?.split(',') ?? []).map((part) => counted('cases', part));
  const benches: Readonly<Record<string, () => Promise<void>>> = {
    append,
    'log-servers': logServers,
    'open-case': openCase,
    desk: () => desk(few, many),
    'contact-request': contactRequest,
    start,
    telemetry,
    erasure: () => erasure(few),
    evidence: () => evidence(events),
    'evidence-cost': evidenceCost,
    distributed: distributedPath,
    'catch-up': () => catchUpOfReplicas(events),
    'not-found-timing': () => notFoundTiming(pairs),
    rebuild: () => rebuild(events),
    relay: () => relay(events),
    retention: () => retention(events),
    'access-history': () => accessHistoryBench(events),
  };
  const everything = Object.keys(benches).filter((name) => name !== 'evidence-cost'); // `evidence` has it too
  const wanted = positionals.length === 1 && positionals[0] === 'all' ? everything : positionals;
  const unknown = wanted.find((name) => benches[name] === undefined);
  if (unknown !== undefined || wanted.length === 0)
    throw new TypeError(unknown === undefined ? 'name a bench' : `no bench ${unknown}`);
  for (const name of wanted) await benches[name]?.();
};

try {
  await run();
} catch (error) {
  const wrongUse = error instanceof TypeError;
  process.stderr.write(
    wrongUse ? `${error.message}\n${USE}\n` : `${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`,
  );
  process.exitCode = wrongUse ? 2 : 1;
}
